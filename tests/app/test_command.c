/* test_command.c - what systems note down comes true, in one order, and nothing else does. */
#include "support.h"

typedef struct Pos {
    float x, y;
} Pos;
typedef struct Vel {
    float x, y;
} Vel;
typedef struct Burning {
    uint32_t left;
} Burning;
FA_TYPE_STATIC(Pos);
FA_TYPE_STATIC(Vel);
FA_TYPE_STATIC_EX(Burning, .storage = FA_STORAGE_SPARSE);

static stage st;
static fa_entity made[64];
static uint32_t seen;

static void setup(void)
{
    stage_open(&st, NULL);
    EXPECT_OK(fa_app_add_plugin(st.app, fa_framealloc_plugin()));
    seen = 0;
    memset(made, 0, sizeof made);
}
static void teardown(void)
{
    EXPECT(fa_world_validate(fa_app_world(st.app)));
    stage_close(&st);
}
static void frame(void)
{
    EXPECT_OK(fa_app_update_ns(st.app, FRAME_NS));
}

/* ---- systems ------------------------------------------------------------------------------------------- */

static void spawn_some(fa_sys *s)
{
    for (int i = 0; i < 10; i++) {
        made[i] = FA_SPAWN(s, FA_V(Pos, {(float)i, 0}), FA_V(Vel, {1, 2}));
        EXPECT(made[i] != FA_ENTITY_NONE && !fa_sys_is_alive(s, made[i]));
    }
    EXPECT_OK(FA_ADD(s, made[3], Burning, {7})); /* its id is good for commands at once */
    EXPECT_OK(fa_cmd_remove(s, made[4], FA_T(Vel)));
    EXPECT_OK(fa_cmd_despawn(s, made[5]));
    EXPECT_OK(FA_ADD(s, made[6], Pos, {60, 0}));
}
static void count_pos(fa_sys *s)
{
    seen = 0;
    FA_EACH (s, 0, it) {
        seen += it.count;
    }
}

START_TEST(command_is_applied_at_the_end_of_the_schedule)
{
    EXPECT_OK(fa_app_add_system(st.app, FA_STARTUP, FA_SYS(spawn_some)));
    EXPECT_OK(fa_app_add_system(st.app, FA_STARTUP, FA_SYSTEM(count_pos, .query = {{FA_R(Pos)}})));
    frame();
    EXPECT_UINT(seen, 0); /* nobody has ordered them: the one does not wait for the other's commands */
    fa_world *w = fa_app_world(st.app);
    EXPECT_UINT(fa_world_entity_count(w), 9);
    EXPECT(fa_world_has(w, made[3], FA_T(Burning)) && FA_WORLD_GET(w, made[3], Burning)->left == 7);
    EXPECT(!fa_world_has(w, made[4], FA_T(Vel)) && fa_world_has(w, made[4], FA_T(Pos)));
    EXPECT(!fa_world_is_alive(w, made[5]));
    EXPECT(FA_WORLD_GET(w, made[6], Pos)->x == 60);
    fa_world_stats stats;
    fa_world_stats_get(w, &stats);
    EXPECT(stats.archetypes <= 4); /* none, Pos (by remove and on the way), Pos+Vel */
    EXPECT_UINT(stats_of(st.app, "spawn_some").commands, 34);
}
END_TEST

START_TEST(command_is_applied_before_who_is_ordered_after)
{
    EXPECT_OK(fa_app_add_system(st.app, FA_UPDATE, FA_SYS(spawn_some)));
    EXPECT_OK(fa_app_add_system(st.app, FA_UPDATE,
                                FA_SYSTEM(count_pos, .query = {{FA_R(Pos)}}, .after = {"spawn_some"})));
    frame();
    EXPECT_UINT(seen, 9);
}
END_TEST

START_TEST(command_may_wait_where_no_sync_says_so)
{
    EXPECT_OK(fa_app_add_system(st.app, FA_UPDATE, FA_SYSTEM(spawn_some, .no_sync = true)));
    EXPECT_OK(fa_app_add_system(st.app, FA_UPDATE,
                                FA_SYSTEM(count_pos, .query = {{FA_R(Pos)}}, .after = {"spawn_some"})));
    frame();
    EXPECT_UINT(seen, 0);
    EXPECT_UINT(fa_world_entity_count(fa_app_world(st.app)), 9);
}
END_TEST

static void sees_all(fa_sys *s)
{
    fa_world *w = fa_sys_world(s);
    seen = fa_world_entity_count(w);
    EXPECT(FA_WORLD_SPAWN(w, FA_V(Pos, {1, 1})) != FA_ENTITY_NONE);
    fa_entity later = FA_SPAWN(s, FA_V(Pos, {2, 2}));
    EXPECT(later != FA_ENTITY_NONE && !fa_world_is_alive(w, later));
    FA_EACH (s, 0, it) {
        EXPECT(FA_WORLD_SPAWN(w, FA_V(Pos, {1, 1})) == FA_ENTITY_NONE); /* it is being walked */
        EXPECT_TOLD(&st.w, FA110, "iterated");
        break;
    }
    EXPECT(FA_WORLD_SPAWN(w, FA_V(Pos, {3, 3})) != FA_ENTITY_NONE);
}

START_TEST(command_is_applied_before_an_exclusive_system)
{
    EXPECT_OK(fa_app_add_system(st.app, FA_UPDATE, FA_SYS(spawn_some)));
    EXPECT_OK(
        fa_app_add_system(st.app, FA_UPDATE, FA_SYSTEM(sees_all, .exclusive = true, .query = {{FA_R(Pos)}})));
    frame();
    EXPECT_UINT(seen, 9);
    EXPECT_UINT(fa_world_entity_count(fa_app_world(st.app)), 12);
}
END_TEST

static fa_schedule inner;
static void notes_and_runs_others(fa_sys *s)
{
    EXPECT(FA_SPAWN(s, FA_V(Pos, {1, 1})) != FA_ENTITY_NONE);
    EXPECT_OK(
        fa_app_run_schedule(fa_sys_app(s), inner)); /* its commands are applied; ours wait for our end */
    EXPECT_UINT(fa_world_entity_count(fa_sys_world(s)), seen);
}

START_TEST(command_waits_for_its_system_while_others_run_inside)
{
    inner = fa_app_schedule(st.app, "inner");
    EXPECT_OK(fa_app_add_system(st.app, inner, FA_SYS(spawn_some)));
    EXPECT_OK(fa_app_add_system(st.app, FA_UPDATE, FA_SYSTEM(notes_and_runs_others, .exclusive = true)));
    seen = 9;
    frame();
    EXPECT_UINT(fa_world_entity_count(fa_app_world(st.app)), 10);
}
END_TEST

static fa_entity stay[4];
static bool by_walk;
static void moves_and_writes(fa_sys *s)
{
    if (stay[0] == FA_ENTITY_NONE) {
        return;
    }
    fa_world *w = fa_sys_world(s);
    for (int i = 0; i < 2; i++) { /* the second has nothing to say that the first has not said */
        EXPECT_OK(FA_WORLD_ADD(w, stay[i], Vel, {1, 1}));
    }
    if (by_walk) {
        FA_EACH (s, 0, it) {
            EXPECT_UINT(it.count, 2);
        }
    } else {
        EXPECT(FA_GET_MUT(s, stay[2], Pos) != NULL);
    }
    EXPECT_OK(FA_WORLD_ADD(w, stay[2], Vel, {1, 1}));
}

START_TEST(change_is_not_lost_between_moves_of_an_exclusive_system)
{
    EXPECT_OK(fa_app_add_system(st.app, FA_PRE_UPDATE,
                                FA_SYSTEM(count_pos, .query = {{FA_CHANGED(Pos), FA_R(Vel)}})));
    EXPECT_OK(fa_app_add_system(st.app, FA_UPDATE,
                                FA_SYSTEM(moves_and_writes, .exclusive = true,
                                          .query = {{FA_W(Pos), FA_WITHOUT(Vel)}})));
    fa_world *w = fa_app_world(st.app);
    for (int i = 0; i < 2; i++) {
        EXPECT_OK(fa_world_clear(w));
        const fa_part part = FA_Z(Pos);
        fa_entity e[4];
        EXPECT_OK(fa_world_spawn_bulk(w, &part, 1, 4, e));
        frame(); /* it is no news any more */
        by_walk = i == 0;
        memcpy(stay, e, sizeof stay);
        frame();
        memset(stay, 0, sizeof stay);
        frame();
        EXPECT_UINT(seen, 3);
    }
}
END_TEST

static void insert_late(fa_app *app, void *data)
{
    EXPECT_OK(fa_app_insert_resource(app, FA_T(Pos), data));
    EXPECT(FA_WORLD_SPAWN(fa_app_world(app), FA_Z(Vel)) != FA_ENTITY_NONE);
}
static void call_late(fa_sys *s)
{
    const Pos value = {8, 9};
    EXPECT_OK(fa_cmd_call(s, insert_late, &value, sizeof value));
    EXPECT_RESULT(fa_cmd_call(s, NULL, NULL, 0), INVALID_ARGUMENT);
    EXPECT_TOLD(&st.w, FA005, "fa_cmd_call");
}

START_TEST(command_of_any_kind_gets_a_copy_and_may_change_the_app)
{
    EXPECT_OK(fa_app_add_system(st.app, FA_UPDATE, FA_SYS(call_late)));
    frame();
    EXPECT(FA_APP_RES(st.app, Pos)->y == 9);
    EXPECT_UINT(fa_world_entity_count(fa_app_world(st.app)), 1);
}
END_TEST

static void despawn_first(fa_sys *s)
{
    EXPECT_OK(fa_cmd_despawn(s, made[0]));
    EXPECT_OK(FA_ADD(s, made[0], Vel, {0, 0})); /* there now; gone when its turn comes */
}
static void use_gone(fa_sys *s)
{
    EXPECT_RESULT(fa_cmd_despawn(s, made[0]), STALE);
    EXPECT_TOLD(&st.w, FA111, "is gone");
    EXPECT_RESULT(FA_ADD(s, made[0], Vel, {0, 0}), STALE);
    EXPECT_TOLD(&st.w, FA111, "fa_cmd_add");
    EXPECT(FA_GET(s, made[0], Pos) == NULL);
    EXPECT_TOLD(&st.w, FA111, "fa_sys_get");
}

START_TEST(command_about_an_entity_that_is_gone_is_refused_or_counted)
{
    made[0] = FA_WORLD_SPAWN(fa_app_world(st.app), FA_Z(Pos));
    EXPECT_OK(fa_app_add_system(st.app, FA_PRE_UPDATE, FA_SYS(despawn_first)));
    EXPECT_OK(fa_app_add_system(st.app, FA_UPDATE, FA_SYSTEM(use_gone, .query = {{FA_R(Pos)}})));
    frame();
    EXPECT_UINT(stats_of(st.app, "despawn_first").commands_dropped, 1);
    EXPECT_UINT(st.w.rec.log_count[FA_LOG_COMMANDS_DROPPED], 1);
    EXPECT_UINT(stats_of(st.app, "use_gone").commands, 0);
}
END_TEST

static void changes_at_once(fa_sys *s)
{
    (void)s;
    fa_world *w = fa_app_world(st.app); /* got hold of it behind the app's back */
    EXPECT(FA_WORLD_SPAWN(w, FA_Z(Pos)) == FA_ENTITY_NONE);
    EXPECT_TOLD(&st.w, FA110, "Update are running");
    EXPECT_RESULT(fa_world_destroy(w), INVALID_ARGUMENT);
    EXPECT_TOLD(&st.w, FA005, "belongs to an app");
    EXPECT(fa_sys_world(s) == NULL);
    EXPECT_TOLD(&st.w, FA107, "not declared exclusive");
}

START_TEST(the_world_stands_still_while_systems_run)
{
    EXPECT_OK(fa_app_add_system(st.app, FA_UPDATE, FA_SYS(changes_at_once)));
    frame();
}
END_TEST

static void rolls_back(fa_sys *s)
{
    fa_checkpoint before = fa_frame_mark(fa_sys_ctx(s));
    EXPECT(FA_SPAWN(s, FA_V(Pos, {1, 1})) != FA_ENTITY_NONE);
    EXPECT_OK(fa_frame_rewind(fa_sys_ctx(s), before));
    if (seen++ > 0) { /* something else stands there now */
        memset(FA_FRAME(s, char, 4096), 0x41, 4096);
    }
}

START_TEST(command_in_memory_that_was_given_back_is_told_and_dropped)
{
    EXPECT_OK(fa_app_add_system(st.app, FA_UPDATE, FA_SYS(rolls_back)));
    frame();
    EXPECT_TOLD(&st.w, FA606, "2 commands");
    frame();
    EXPECT_TOLD(&st.w, FA606, "2 commands");
    EXPECT_UINT(fa_world_entity_count(fa_app_world(st.app)), 0);
}
END_TEST

static bool notes(fa_sys *s, const void *arg)
{
    (void)arg;
    EXPECT(fa_cmd_spawn(s) == FA_ENTITY_NONE);
    EXPECT_TOLD(&st.w, FA107, "condition");
    return true;
}
static void nothing(fa_sys *s)
{
    (void)s;
}
static fa_sys *kept;
static void keeps(fa_sys *s)
{
    kept = s;
}

START_TEST(command_of_a_condition_or_after_the_end_is_refused)
{
    EXPECT_OK(fa_app_add_system(st.app, FA_UPDATE, FA_SYSTEM(nothing, .run_if = {{.fn = notes}})));
    EXPECT_OK(fa_app_add_system(st.app, FA_UPDATE, FA_SYS(keeps)));
    frame();
    EXPECT(fa_cmd_spawn(kept) == FA_ENTITY_NONE);
    EXPECT_TOLD(&st.w, FA105, "after it has returned");
}
END_TEST

static void no_frame(fa_sys *s)
{
    EXPECT(fa_cmd_spawn(s) == FA_ENTITY_NONE);
    EXPECT_TOLD(&st.w, FA001, "");
    seen++;
}

START_TEST(command_without_a_frame_is_refused)
{
    fa_schedule own = fa_app_schedule(st.app, "own");
    EXPECT_OK(fa_app_add_system(st.app, own, FA_SYS(no_frame)));
    frame();
    EXPECT_OK(fa_app_run_schedule(st.app, own)); /* between two frames */
    EXPECT_UINT(seen, 1);
}
END_TEST

#ifdef FA_DEBUG
static void undeclared(fa_sys *s)
{
    EXPECT(FA_GET(s, made[0], Vel) == NULL);
    EXPECT_TOLD(&st.w, FA107, "reads component 'Vel'");
    EXPECT(FA_GET_MUT(s, made[0], Pos) == NULL);
    EXPECT_TOLD(&st.w, FA107, "writes component 'Pos'");
    EXPECT(FA_GET(s, made[0], Pos) != NULL);
}
#endif
static void walks_too_far(fa_sys *s)
{
    FA_EACH (s, 1, it) {
        seen++;
    }
    EXPECT_TOLD(&st.w, FA107, "query 1");
}

START_TEST(what_was_not_declared_is_refused_and_named)
{
    made[0] = FA_WORLD_SPAWN(fa_app_world(st.app), FA_Z(Pos), FA_Z(Vel));
#ifdef FA_DEBUG
    EXPECT_OK(fa_app_add_system(st.app, FA_UPDATE, FA_SYSTEM(undeclared, .query = {{FA_R(Pos)}})));
#endif
    EXPECT_OK(fa_app_add_system(st.app, FA_UPDATE, FA_SYSTEM(walks_too_far, .query = {{FA_R(Pos)}})));
    frame();
    EXPECT_UINT(seen, 0);
    EXPECT_RESULT(fa_app_add_system(st.app, FA_UPDATE,
                                    FA_SYSTEM_AS("twice", nothing, .query = {{FA_R(Pos), FA_W(Pos)}})),
                  INVALID_DESC);
    EXPECT_TOLD(&st.w, FA103, "query[0] names a type twice");
}
END_TEST

/* Systems see what changed since their own last run. */
static uint32_t changed_seen;
static void sees_changes(fa_sys *s)
{
    changed_seen = 0;
    FA_EACH (s, 0, it) {
        changed_seen += it.count;
    }
}
static bool writes_now;
static void writes_pos(fa_sys *s)
{
    if (writes_now) {
        FA_GET_MUT(s, made[0], Pos)->x++;
    }
}

START_TEST(changes_are_seen_by_the_next_run_and_only_once)
{
    made[0] = FA_WORLD_SPAWN(fa_app_world(st.app), FA_Z(Pos));
    EXPECT_OK(fa_app_add_system(st.app, FA_UPDATE, FA_SYSTEM(sees_changes, .query = {{FA_CHANGED(Pos)}})));
    EXPECT_OK(fa_app_add_system(st.app, FA_UPDATE, FA_SYSTEM(writes_pos, .query = {{FA_W(Pos)}})));
    writes_now = false;
    frame();
    EXPECT_UINT(changed_seen, 1);
    frame();
    EXPECT_UINT(changed_seen, 0);
    writes_now = true;
    frame();
    EXPECT_UINT(changed_seen, 0); /* it writes after the look */
    writes_now = false;
    frame();
    EXPECT_UINT(changed_seen, 1);
    frame();
    EXPECT_UINT(changed_seen, 0);
}
END_TEST

/* Spawns 1,000 a frame, despawns those of the frame before: indices and memory stay what they are. */
static fa_entity wave[2][1000];
static void churn(fa_sys *s)
{
    uint64_t n = FA_RES(s, fa_time)->frame;
    for (int i = 0; i < 1000; i++) {
        if (n > 1) {
            EXPECT_OK(fa_cmd_despawn(s, wave[(n + 1) % 2][i]));
        }
        wave[n % 2][i] = FA_SPAWN(s, FA_V(Pos, {(float)i, 0}));
        EXPECT(wave[n % 2][i] != FA_ENTITY_NONE);
    }
}

START_TEST(ids_of_systems_are_used_again)
{
    EXPECT_OK(fa_app_add_system(st.app, FA_UPDATE, FA_SYSTEM(churn, .res = {FA_R(fa_time)})));
    EXPECT_OK(fa_app_add_system(st.app, FA_UPDATE, FA_SYS(nothing)));
    for (int i = 0; i < 200; i++) {
        frame();
    }
    fa_world_stats stats;
    fa_world_stats_get(fa_app_world(st.app), &stats);
    EXPECT_UINT(stats.entities, 1000);
    EXPECT(stats.indices <= 8 * 1024);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("command");
    TCase *t = support_case(suite, "command");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, command_is_applied_at_the_end_of_the_schedule);
    tcase_add_test(t, command_is_applied_before_who_is_ordered_after);
    tcase_add_test(t, command_may_wait_where_no_sync_says_so);
    tcase_add_test(t, command_is_applied_before_an_exclusive_system);
    tcase_add_test(t, command_waits_for_its_system_while_others_run_inside);
    tcase_add_test(t, change_is_not_lost_between_moves_of_an_exclusive_system);
    tcase_add_test(t, command_of_any_kind_gets_a_copy_and_may_change_the_app);
    tcase_add_test(t, command_about_an_entity_that_is_gone_is_refused_or_counted);
    tcase_add_test(t, the_world_stands_still_while_systems_run);
    tcase_add_test(t, command_in_memory_that_was_given_back_is_told_and_dropped);
    tcase_add_test(t, command_of_a_condition_or_after_the_end_is_refused);
    tcase_add_test(t, command_without_a_frame_is_refused);
    tcase_add_test(t, what_was_not_declared_is_refused_and_named);
    tcase_add_test(t, changes_are_seen_by_the_next_run_and_only_once);
    tcase_add_test(t, ids_of_systems_are_used_again);
    return support_run(suite);
}
