/* test_hostile.c - programs that do to the app what nobody should: from inside commands, component hooks,
 * walks, extracts and builds that fail. */
#include "support.h"

typedef struct Pos {
    double x, y;
} Pos;
typedef struct Hit {
    int damage;
} Hit;
typedef struct Score {
    int points;
} Score;
typedef enum Mode { MENU, PLAYING, PAUSED } Mode;
FA_TYPE_STATIC(Pos);
FA_TYPE_STATIC(Hit);
FA_TYPE_STATIC(Score);
FA_TYPE_STATIC(Mode);
/* Another plugin's state of the same name: another type. */
static const fa_type other_mode = {.name = "Mode", .size_bytes = sizeof(Mode), .align_bytes = sizeof(Mode)};

static stage st;
static unsigned calls;

static void setup(void)
{
    stage_open(&st, NULL);
    calls = 0;
}
static void teardown(void)
{
    stage_close(&st);
}

static void nothing(fa_sys *s)
{
    (void)s;
}
static void frame_memory(void)
{
    EXPECT_OK(fa_app_add_plugin(st.app, fa_framealloc_plugin()));
}

/* ---- from inside a command -------------------------------------------------------------------------------- */

static void takes_all_down(fa_app *app, void *data)
{
    (void)data;
    calls++;
    EXPECT_RESULT(fa_app_destroy(app), REENTRANT);
    EXPECT_TOLD(&st.w, FA105, "from inside a command");
    EXPECT_RESULT(fa_app_frame_end(app), REENTRANT);
    EXPECT_TOLD(&st.w, FA105, "from inside a command");
    EXPECT_RESULT(fa_app_update(app), REENTRANT);
    EXPECT_TOLD(&st.w, FA105, "from inside a command");
    EXPECT_RESULT(fa_app_run_schedule(app, FA_LAST), REENTRANT);
    EXPECT_TOLD(&st.w, FA105, "schedules of your own only");
    EXPECT(fa_app_add_subapp(app, "self", app, NULL, NULL) == FA_RESULT_INVALID_ARGUMENT);
    EXPECT_TOLD(&st.w, FA005, "is the app itself");
}
static void may_change_things(fa_app *app, void *data)
{
    (void)data;
    calls++;
    EXPECT(fa_tag_current(fa_app_context(app)) == stats_of(app, "sends").tag);
    EXPECT_OK(FA_INSERT_RESOURCE(app, Score, {7}));
    EXPECT(FA_WORLD_SPAWN(fa_app_world(app), FA_V(Pos, {1, 2})) != FA_ENTITY_NONE);
    EXPECT_OK(fa_app_run_schedule(app, fa_app_schedule(app, "Own")));
    (void)fa_tag_push(fa_app_context(app), FA_TAG_NONE); /* and leaves it open */
}
static void (*command)(fa_app *app, void *data);
static void sends(fa_sys *s)
{
    EXPECT_OK(fa_cmd_call(s, command, NULL, 0));
}

START_TEST(a_command_cannot_take_the_app_down_or_end_its_frame)
{
    frame_memory();
    command = takes_all_down;
    EXPECT_OK(fa_app_add_system(st.app, FA_FIRST, FA_SYS(sends)));
    EXPECT_OK(fa_app_update_ns(st.app, FRAME_NS));
    EXPECT_UINT(calls, 1);
}
END_TEST

START_TEST(a_command_may_do_what_exclusive_systems_may_under_its_systems_tag)
{
    frame_memory();
    EXPECT_OK(fa_app_add_system(st.app, fa_app_schedule(st.app, "Own"), SAID("own")));
    command = may_change_things;
    EXPECT_OK(fa_app_add_system(st.app, FA_UPDATE, FA_SYS(sends)));
    EXPECT_OK(fa_app_update_ns(st.app, FRAME_NS));
    EXPECT_TOLD(&st.w, FA804, "app/sends");
    EXPECT_UINT(calls, 1);
    EXPECT_UINT(FA_APP_RES(st.app, Score)->points, 7);
    EXPECT_UINT(fa_world_entity_count(fa_app_world(st.app)), 1);
    EXPECT_TRACE("own ");
}
END_TEST

/* ---- from inside a component's hook ----------------------------------------------------------------------- */

static fa_app *hooked;
static fa_result hook_got[4];
static void bites(fa_world *of, fa_entity entity, void *value)
{
    (void)of, (void)entity, (void)value;
    calls++;
    hook_got[0] = fa_app_destroy(hooked);
    hook_got[1] = fa_app_frame_end(hooked);
    hook_got[2] = fa_app_update(hooked);
    hook_got[3] = fa_app_start(hooked);
}
typedef struct Trap {
    int armed;
} Trap;
FA_TYPE_STATIC_EX(Trap, .on_add = bites, .on_remove = bites);

static void expect_bites(unsigned expected, int line)
{
    EXPECTF(calls == expected, "line %d: %u hooks", line, calls);
    for (int i = 0; i < 4; i++) {
        EXPECTF(hook_got[i] != FA_RESULT_OK, "line %d: call %d went through", line, i);
    }
    EXPECT(st.w.rec.count >= 3);
    recorder_clear(&st.w.rec);
}
static void spawns_trap(fa_sys *s)
{
    EXPECT(FA_SPAWN(s, FA_V(Trap, {1})) != FA_ENTITY_NONE);
}

START_TEST(a_components_hook_cannot_take_the_app_down)
{
    frame_memory();
    hooked = st.app;
    EXPECT(FA_WORLD_SPAWN(fa_app_world(st.app), FA_V(Trap, {1})) != FA_ENTITY_NONE);
    expect_bites(1, __LINE__);
    EXPECT_OK(fa_app_add_system(st.app, FA_STARTUP, FA_SYS(spawns_trap)));
    EXPECT_OK(fa_app_start(st.app));
    expect_bites(2, __LINE__);
    /* The last ones go while the app is taken down. */
    fa_app *app = st.app;
    EXPECT_OK(fa_app_destroy(app));
    expect_bites(4, __LINE__);
    world_expect_nothing_left(&st.w);
    tracking_close(&st.w.backing);
    stage_open(&st, NULL);
}
END_TEST

/* What a hook needs is there until the last entity is gone. */
typedef struct Space {
    unsigned bodies;
} Space;
FA_TYPE_STATIC(Space);
static unsigned shut_down_at;
static void body_goes(fa_world *of, fa_entity entity, void *value)
{
    (void)of, (void)entity, (void)value;
    FA_APP_RES_MUT(hooked, Space)->bodies--;
}
typedef struct Body {
    int id;
} Body;
FA_TYPE_STATIC_EX(Body, .on_remove = body_goes);
static void space_goes(fa_app *app, void *user)
{
    (void)user;
    shut_down_at = FA_APP_RES(app, Space)->bodies;
}

START_TEST(entities_go_before_what_their_hooks_need)
{
    hooked = st.app;
    shut_down_at = 99;
    EXPECT_OK(fa_app_add_plugin(st.app, PLUGIN("space", .shutdown = space_goes)));
    EXPECT_OK(FA_INSERT_RESOURCE(st.app, Space, {3}));
    for (int i = 0; i < 3; i++) {
        EXPECT(FA_WORLD_SPAWN(fa_app_world(st.app), FA_V(Body, {i})) != FA_ENTITY_NONE);
    }
    EXPECT_OK(fa_app_destroy(st.app));
    EXPECT_UINT(shut_down_at, 0);
    tracking_close(&st.w.backing);
    stage_open(&st, NULL);
}
END_TEST

/* ---- from inside a handler ------------------------------------------------------------------------------ */

static unsigned handled;
static void handler_bites(void *user, const fa_diagnostic *given)
{
    fa_app *app = user;
    if (given->id == FA_CODE_FA105 || handled++ > 3) {
        return;
    }
    EXPECT_RESULT(fa_app_destroy(app), REENTRANT);
    if (fa_app_frame_end(app) != FA_RESULT_NO_FRAME) { /* in the middle of one */
        EXPECT_RESULT(fa_app_frame_end(app), REENTRANT);
        EXPECT_RESULT(fa_app_update(app), REENTRANT);
    }
}
static void makes_mistakes(fa_sys *s)
{
    (void)fa_sys_app(s);                                                   /* FA107, told by the app */
    EXPECT_RESULT(fa_pool_free(fa_sys_ctx(s), &handled), FOREIGN_POINTER); /* told by the core */
}

START_TEST(a_handler_cannot_take_the_app_down_under_who_reports)
{
    handled = 0;
    st.w.rec.and_then = handler_bites;
    st.w.rec.and_then_user = st.app;
    EXPECT_OK(fa_app_add_system(st.app, FA_UPDATE, FA_SYS(makes_mistakes)));
    EXPECT_RESULT(fa_app_add_system(st.app, 999, FA_SYS(nothing)), INVALID_ARGUMENT);
    EXPECT_OK(fa_app_update_ns(st.app, FRAME_NS));
    EXPECT_UINT(handled, 3);
    st.w.rec.and_then = NULL;
    recorder_clear(&st.w.rec);
}
END_TEST

/* ---- while something is walked ----------------------------------------------------------------------------- */

START_TEST(frames_and_destruction_are_refused_while_the_world_is_walked)
{
    static const fa_term terms[] = {FA_W(Pos)};
    frame_memory();
    EXPECT(FA_WORLD_SPAWN(fa_app_world(st.app), FA_V(Pos, {1, 2})) != FA_ENTITY_NONE);
    fa_query *q;
    EXPECT_OK(fa_query_create(fa_app_world(st.app), terms, 1, &q));
    FA_QUERY_EACH(q, it)
    {
        EXPECT_RESULT(fa_app_update_ns(st.app, FRAME_NS), BUSY);
        EXPECT_TOLD(&st.w, FA110, "is being iterated");
        EXPECT_RESULT(fa_app_frame_begin(st.app, FRAME_NS), BUSY);
        EXPECT_TOLD(&st.w, FA110, "is being iterated");
        EXPECT_RESULT(fa_app_start(st.app), BUSY);
        EXPECT_TOLD(&st.w, FA110, "is being iterated");
        EXPECT_RESULT(fa_app_destroy(st.app), BUSY);
        EXPECT_TOLD(&st.w, FA110, "is being iterated");
        EXPECT_UINT(it.count, 1);
    }
    EXPECT_OK(fa_app_update_ns(st.app, FRAME_NS));
}
END_TEST

static void forgets_a_walk(fa_sys *s)
{
    fa_iter it = fa_sys_query(s, 0);
    EXPECT(fa_next(&it));
}
static void changes(fa_sys *s)
{
    EXPECT(FA_WORLD_SPAWN(fa_sys_world(s), FA_V(Pos, {1, 2})) != FA_ENTITY_NONE);
}

START_TEST(an_exclusive_system_that_forgets_a_walk_does_not_shut_the_world)
{
    EXPECT(FA_WORLD_SPAWN(fa_app_world(st.app), FA_V(Pos, {1, 2})) != FA_ENTITY_NONE);
    EXPECT_OK(fa_app_add_system(st.app, FA_UPDATE,
                                FA_SYSTEM(forgets_a_walk, .exclusive = true, .query = {{FA_W(Pos)}})));
    EXPECT_OK(fa_app_add_system(st.app, FA_UPDATE, FA_SYSTEM(changes, .exclusive = true)));
    EXPECT_OK(fa_app_update_ns(st.app, FRAME_NS));
    EXPECT_TOLD(&st.w, FA110, "app/forgets_a_walk");
    EXPECT_UINT(fa_world_entity_count(fa_app_world(st.app)), 2);
}
END_TEST

/* ---- sub-apps ---------------------------------------------------------------------------------------------- */

static fa_app *make_sub(const char *name)
{
    fa_app *sub;
    EXPECT_OK(fa_app_create(&(fa_app_desc){.name = name, .allocator = fa_app_allocator(st.app)}, &sub));
    return sub;
}
static void hostile_extract(const fa_app *app, fa_app *sub, void *user)
{
    fa_app *main = user;
    EXPECT(app == main);
    calls++;
    EXPECT_RESULT(fa_app_destroy(main), REENTRANT);
    EXPECT_TOLD(&st.w, FA105, "from inside the frame of a sub-app");
    EXPECT_RESULT(fa_app_frame_end(main), REENTRANT);
    EXPECT_TOLD(&st.w, FA105, "from inside the frame of a sub-app");
    EXPECT_RESULT(fa_app_destroy(sub), BUSY);
    EXPECT_TOLD(&st.w, FA104, "is a sub-app of app 'app'");
    EXPECT_RESULT(fa_app_run_schedule(main, FA_UPDATE), REENTRANT);
    EXPECT_TOLD(&st.w, FA105, "schedules of your own only");
}

START_TEST(a_sub_app_can_neither_be_destroyed_alone_nor_take_the_main_app_along)
{
    fa_app *sub = make_sub("sub");
    EXPECT_OK(fa_app_add_subapp(st.app, "sub", sub, hostile_extract, st.app));
    EXPECT_RESULT(fa_app_destroy(sub), BUSY);
    EXPECT_TOLD(&st.w, FA104, "which destroys it");
    EXPECT_OK(fa_app_update_ns(st.app, FRAME_NS));
    EXPECT_UINT(calls, 1);
}
END_TEST

START_TEST(sub_apps_do_not_go_in_circles)
{
    fa_app *a = make_sub("a");
    fa_app *b = make_sub("b");
    EXPECT_OK(fa_app_add_subapp(st.app, "a", a, NULL, NULL));
    EXPECT_OK(fa_app_add_subapp(a, "b", b, NULL, NULL));
    EXPECT_RESULT(fa_app_add_subapp(b, "main", st.app, NULL, NULL), INVALID_ARGUMENT);
    EXPECT_TOLD(&st.w, FA005, "that the app is a sub-app of");
    EXPECT_RESULT(fa_app_add_subapp(b, "a", a, NULL, NULL), INVALID_ARGUMENT);
    EXPECT_TOLD(&st.w, FA005, "is the sub-app of an app already");
    EXPECT_OK(fa_app_update_ns(st.app, FRAME_NS));
    EXPECT_UINT(fa_app_time(b)->frame, 1);
}
END_TEST

START_TEST(sub_apps_run_once_per_frame_where_the_caller_drives_the_phases)
{
    fa_app *sub = make_sub("sub");
    EXPECT_OK(fa_app_add_system(sub, FA_UPDATE, SAID("sub")));
    EXPECT_OK(fa_app_add_system(st.app, FA_UPDATE, SAID("main")));
    EXPECT_OK(fa_app_add_system(st.app, FA_LAST, SAID("last")));
    EXPECT_OK(fa_app_add_subapp(st.app, "sub", sub, NULL, NULL));
    EXPECT_RESULT(fa_app_run_subapps(st.app), NO_FRAME);
    EXPECT_TOLD(&st.w, FA603, "no frame is open");
    EXPECT_OK(fa_app_frame_begin(st.app, FRAME_NS));
    EXPECT_OK(fa_app_run_schedule(st.app, FA_UPDATE));
    EXPECT_OK(fa_app_run_subapps(st.app));
    EXPECT_OK(fa_app_run_subapps(st.app));
    EXPECT_OK(fa_app_run_schedule(st.app, FA_LAST));
    EXPECT_OK(fa_app_frame_end(st.app));
    EXPECT_TRACE("main sub last ");
    EXPECT_OK(fa_app_frame_begin(st.app, FRAME_NS));
    EXPECT(fa_app_step_begin(st.app));
    EXPECT_RESULT(fa_app_run_subapps(st.app), FRAME_OPEN);
    EXPECT_TOLD(&st.w, FA603, "a fixed step is open");
    EXPECT_OK(fa_app_run_schedule(st.app, FA_LAST));
    EXPECT_OK(fa_app_frame_end(st.app)); /* left out: the frame's end runs them */
    EXPECT_TRACE("last sub ");
    EXPECT_OK(fa_app_update_ns(st.app, FRAME_NS));
    EXPECT_TRACE("main last sub ");
    EXPECT_UINT(fa_app_time(sub)->frame, 3);
}
END_TEST

/* ---- builds that fail ---------------------------------------------------------------------------------------- */

static fa_result inner_build(fa_app *app, void *user)
{
    (void)user;
    return FA_INSERT_RESOURCE(app, Score, {2}); /* the program's own, written over */
}
static void inner_shutdown(fa_app *app, void *user)
{
    (void)user;
    calls++;
    (void)fa_app_remove_resource(app, FA_T(Score));
    (void)FA_INSERT_RESOURCE(app, Hit, {5});
}
static fa_app *built_sub;
static fa_result outer_build(fa_app *app, void *user)
{
    (void)user;
    EXPECT_OK(fa_app_add_plugin(app, PLUGIN("inner", .build = inner_build, .shutdown = inner_shutdown)));
    built_sub = make_sub("of_build");
    EXPECT_OK(fa_app_add_subapp(app, "of_build", built_sub, NULL, NULL));
    return FA_RESULT_IO;
}

START_TEST(what_an_undone_plugins_shutdown_does_to_resources_is_undone_as_well)
{
    EXPECT_OK(FA_INSERT_RESOURCE(st.app, Score, {1}));
    const Score *score = FA_APP_RES(st.app, Score);
    EXPECT_RESULT(fa_app_add_plugin(st.app, PLUGIN("outer", .build = outer_build)), IO);
    EXPECT_UINT(calls, 1);
    EXPECT(FA_APP_RES(st.app, Score) == score && score->points == 1);
    EXPECT(FA_APP_RES(st.app, Hit) == NULL);
    EXPECT(fa_app_subapp(st.app, "of_build") == NULL);
    EXPECT_OK(fa_app_update_ns(st.app, FRAME_NS));
}
END_TEST

static fa_plugin_group *group;
static fa_result edits_its_group(fa_app *app, void *user)
{
    (void)user;
    calls++;
    EXPECT_RESULT(fa_plugin_group_add(group, PLUGIN("more", .user = NULL)), REENTRANT);
    EXPECT_TOLD(&st.w, FA105, "while it is being added");
    EXPECT_RESULT(fa_plugin_group_disable(group, "editor"), REENTRANT);
    EXPECT_TOLD(&st.w, FA105, "while it is being added");
    EXPECT_RESULT(fa_plugin_group_set(group, PLUGIN("editor", .user = NULL)), REENTRANT);
    EXPECT_TOLD(&st.w, FA105, "while it is being added");
    EXPECT_RESULT(fa_app_add_plugin_group(app, group), REENTRANT);
    EXPECT_TOLD(&st.w, FA105, "while it is being added");
    return FA_RESULT_OK;
}

START_TEST(a_group_cannot_be_edited_from_its_plugins_nor_added_twice)
{
    group = fa_plugin_group_create(st.app);
    EXPECT_OK(fa_plugin_group_add(group, PLUGIN("editor", .build = edits_its_group)));
    EXPECT_OK(fa_app_add_plugin_group(st.app, group));
    EXPECT_UINT(calls, 1);
    EXPECT_RESULT(fa_app_add_plugin_group(st.app, group), INVALID_ARGUMENT);
    EXPECT_TOLD(&st.w, FA005, "added already");
}
END_TEST

/* ---- events -------------------------------------------------------------------------------------------------- */

static fa_sys *kept;
static void keeps_its_handle(fa_sys *s)
{
    kept = s;
}

START_TEST(a_handle_that_is_kept_neither_sends_nor_reads)
{
    uint32_t count = 9;
    EXPECT_OK(fa_app_add_event(st.app, FA_T(Hit), NULL));
    EXPECT_OK(fa_app_add_system(st.app, FA_UPDATE, FA_SYSTEM(keeps_its_handle, .events = {FA_W(Hit)})));
    EXPECT_OK(fa_app_update_ns(st.app, FRAME_NS));
    EXPECT_RESULT(FA_EMIT(kept, Hit, {1}), REENTRANT);
    EXPECT_TOLD(&st.w, FA105, "after the system has returned");
    EXPECT(FA_READ(kept, Hit, &count) == NULL && count == 0);
    EXPECT_TOLD(&st.w, FA105, "after the system has returned");
}
END_TEST

START_TEST(an_event_whose_array_has_no_size_is_refused)
{
    static const fa_type huge = {.name = "huge", .size_bytes = FA_REQUEST_MAX / 2, .align_bytes = 8};
    EXPECT_RESULT(fa_app_add_event(st.app, &huge, &(fa_event_desc){.capacity = UINT32_MAX}), FULL);
    static const fa_type large = {.name = "large", .size_bytes = (size_t)1 << 33, .align_bytes = 8};
    EXPECT_RESULT(fa_app_add_event(st.app, &large, &(fa_event_desc){.capacity = UINT32_MAX}), FULL);
}
END_TEST

/* One system sends and reads the same event; the reading is in steps, and the clock is the frame's. */
static void sends_and_reads(fa_sys *s)
{
    uint32_t count;
    (void)FA_READ(s, Hit, &count);
    calls += count;
}

START_TEST(who_sends_an_event_and_reads_it_too_loses_none_under_another_clock)
{
    EXPECT_OK(fa_app_add_event(st.app, FA_T(Hit), NULL));
    EXPECT_OK(fa_app_add_system(st.app, FA_FIXED_UPDATE, FA_SYSTEM(sends_and_reads, .events = {FA_W(Hit)})));
    EXPECT_OK(fa_app_update_ns(st.app, FRAME_NS));
    unsigned sent = 0;
    for (int i = 0; i < 40; i++) {
        EXPECT_OK(FA_APP_EMIT(st.app, Hit, {i}));
        sent++;
        EXPECT_OK(fa_app_update_ns(st.app, FRAME_NS / 8)); /* a step in one frame of eight */
    }
    EXPECT_OK(fa_app_update_ns(st.app, FRAME_NS));
    EXPECT_UINT(calls, sent);
}
END_TEST

/* ---- states -------------------------------------------------------------------------------------------------- */

START_TEST(states_of_the_same_name_have_schedules_of_their_own)
{
    EXPECT_OK(fa_app_add_state(st.app, FA_T(Mode), MENU));
    EXPECT_OK(fa_app_add_state(st.app, &other_mode, MENU));
    EXPECT_OK(fa_app_add_system(st.app, fa_on_enter(st.app, FA_T(Mode), PLAYING), SAID("mine")));
    EXPECT_OK(fa_app_add_system(st.app, fa_on_enter(st.app, &other_mode, PLAYING), SAID("other")));
    EXPECT_OK(fa_app_add_system(st.app, fa_on_exit(st.app, &other_mode, MENU), SAID("left")));
    EXPECT(fa_on_enter(st.app, FA_T(Mode), PLAYING) == fa_on_enter(st.app, FA_T(Mode), PLAYING));
    EXPECT(fa_on_enter(st.app, FA_T(Mode), PLAYING) != fa_on_enter(st.app, &other_mode, PLAYING));
    EXPECT(strcmp(fa_app_schedule_name(st.app, fa_on_enter(st.app, &other_mode, PLAYING)),
                  "OnEnter(Mode#2=1)") == 0);
    EXPECT_OK(fa_app_update_ns(st.app, FRAME_NS));
    EXPECT_TRACE("");
    EXPECT_OK(fa_app_set_state(st.app, FA_T(Mode), PLAYING));
    EXPECT_OK(fa_app_update_ns(st.app, FRAME_NS));
    EXPECT_TRACE("mine ");
    EXPECT_OK(fa_app_set_state(st.app, &other_mode, PLAYING));
    EXPECT_OK(fa_app_update_ns(st.app, FRAME_NS));
    EXPECT_TRACE("left other ");
    EXPECT(fa_on_enter(NULL, NULL, 0) == FA_SCHEDULE_NONE);
}
END_TEST

/* ---- schedules that are large --------------------------------------------------------------------------------- */

static const char *name_of(int kind, int i)
{
    static char names[8][16];
    static unsigned next;
    char *name = names[next++ % 8];
    (void)snprintf(name, sizeof names[0], "%c%d", "abc"[kind], i);
    return name;
}

/* Sets that lie in sets by two ways each: 2^40 ways through all of them. */
START_TEST(sets_with_many_ways_through_them_are_ordered_at_once)
{
    enum { LAYERS = 40 };
    for (int i = 0; i < LAYERS; i++) {
        const char *next = name_of(0, i + 1);
        for (int kind = 1; kind < 3; kind++) {
            const char *side = name_of(kind, i);
            EXPECT_OK(
                fa_app_configure_set(st.app, FA_UPDATE, name_of(0, i), &(fa_set_desc){.before = {side}}));
            EXPECT_OK(fa_app_configure_set(st.app, FA_UPDATE, side, &(fa_set_desc){.before = {next}}));
        }
    }
    EXPECT_OK(fa_app_configure_set(st.app, FA_UPDATE, name_of(0, LAYERS), &(fa_set_desc){.chained = false}));
    EXPECT_OK(fa_app_add_system(st.app, FA_UPDATE, SAY("last", .in_set = {name_of(0, LAYERS)})));
    EXPECT_OK(fa_app_add_system(st.app, FA_UPDATE, SAY("first", .in_set = {name_of(0, 0)})));
    EXPECT_OK(fa_app_update_ns(st.app, FRAME_NS));
    EXPECT_TRACE("first last ");
}
END_TEST

static bool reads_score(fa_sys *s, const void *arg)
{
    (void)arg;
    return FA_RES(s, Score) == NULL || FA_RES(s, Score)->points >= 0;
}

/* More conditions on a set than one call can name: what the last of them reads is known as well. */
START_TEST(any_number_of_conditions_counts_for_what_runs_beside_what)
{
    enum { CALLS = 60 };
    EXPECT_OK(FA_INSERT_RESOURCE(st.app, Pos, {0, 0}));
    for (int i = 0; i < CALLS; i++) {
        fa_set_desc desc = {0};
        for (int j = 0; j < FA_SYSTEM_CONDITIONS_MAX; j++) {
            bool last = i == CALLS - 1 && j == FA_SYSTEM_CONDITIONS_MAX - 1;
            desc.run_if[j] =
                (fa_condition){.fn = reads_score, .res = {FA_R(Pos), FA_R(Hit), FA_R(Space), FA_R(Body)}};
            desc.run_if[j].res[0] = last ? (fa_term)FA_R(Score) : (fa_term)FA_R(Trap);
            desc.run_if[j].fn = last ? reads_score : fa_if_every_ms;
            static const uint32_t always = 0;
            desc.run_if[j].arg = &always;
        }
        EXPECT_OK(fa_app_configure_set(st.app, FA_UPDATE, "gated", &desc));
    }
    EXPECT_OK(fa_app_add_system(st.app, FA_UPDATE, FA_SYSTEM_AS("writes", nothing, .res = {FA_W(Score)})));
    EXPECT_OK(fa_app_add_system(st.app, FA_UPDATE, FA_SYSTEM_AS("asks", nothing, .in_set = {"gated"})));
    fa_ambiguity found;
    EXPECT_UINT(fa_app_ambiguities(st.app, FA_UPDATE, &found, 1), 1);
    EXPECT_STR(found.over, "Score");
    EXPECT_OK(fa_app_update_ns(st.app, FRAME_NS));
    EXPECT_UINT(stats_of(st.app, "asks").runs, 1);
}
END_TEST

/* ---- time ------------------------------------------------------------------------------------------------------ */

START_TEST(any_scale_and_any_delta_leave_time_in_order)
{
    static const double scales[] = {0.0,    -0.0,  -1.0,      1e-300,    1000.0,
                                    1001.0, 1e308, 0.0 / 0.0, 1.0 / 0.0, 0.5};
    static const int64_t deltas[] = {0, 1, FRAME_NS, INT64_MAX / 2, INT64_MAX, INT64_MIN, -1};
    int64_t elapsed = 0;
    uint64_t steps = 0;
    for (int i = 0; i < 10; i++) {
        for (int j = 0; j < 7; j++) {
            FA_APP_RES_MUT(st.app, fa_time)->scale = scales[i];
            FA_APP_RES_MUT(st.app, fa_time)->paused = i * j % 3 == 1;
            fa_result result = fa_app_update_ns(st.app, deltas[j]);
            EXPECT(result == (deltas[j] < 0 ? FA_RESULT_INVALID_ARGUMENT : FA_RESULT_OK));
            const fa_time *t = fa_app_time(st.app);
            EXPECT(t->elapsed_ns >= elapsed && t->delta_ns >= 0 && t->step >= steps);
            EXPECT(t->step - steps <= fa_app_resolved_desc(st.app)->max_steps);
            EXPECT(t->alpha >= 0 && t->alpha < 1 && t->real_elapsed_ns >= 0);
            elapsed = t->elapsed_ns;
            steps = t->step;
            recorder_clear(&st.w.rec);
        }
    }
    EXPECT(fa_app_time(st.app)->real_elapsed_ns == INT64_MAX);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("hostile");
    TCase *t = support_case(suite, "hostile");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, a_command_cannot_take_the_app_down_or_end_its_frame);
    tcase_add_test(t, a_command_may_do_what_exclusive_systems_may_under_its_systems_tag);
    tcase_add_test(t, a_components_hook_cannot_take_the_app_down);
    tcase_add_test(t, entities_go_before_what_their_hooks_need);
    tcase_add_test(t, a_handler_cannot_take_the_app_down_under_who_reports);
    tcase_add_test(t, frames_and_destruction_are_refused_while_the_world_is_walked);
    tcase_add_test(t, an_exclusive_system_that_forgets_a_walk_does_not_shut_the_world);
    tcase_add_test(t, a_sub_app_can_neither_be_destroyed_alone_nor_take_the_main_app_along);
    tcase_add_test(t, sub_apps_do_not_go_in_circles);
    tcase_add_test(t, sub_apps_run_once_per_frame_where_the_caller_drives_the_phases);
    tcase_add_test(t, what_an_undone_plugins_shutdown_does_to_resources_is_undone_as_well);
    tcase_add_test(t, a_group_cannot_be_edited_from_its_plugins_nor_added_twice);
    tcase_add_test(t, a_handle_that_is_kept_neither_sends_nor_reads);
    tcase_add_test(t, an_event_whose_array_has_no_size_is_refused);
    tcase_add_test(t, who_sends_an_event_and_reads_it_too_loses_none_under_another_clock);
    tcase_add_test(t, states_of_the_same_name_have_schedules_of_their_own);
    tcase_add_test(t, sets_with_many_ways_through_them_are_ordered_at_once);
    tcase_add_test(t, any_number_of_conditions_counts_for_what_runs_beside_what);
    tcase_add_test(t, any_scale_and_any_delta_leave_time_in_order);
    return support_run(suite);
}
