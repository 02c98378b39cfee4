/* test_refusal.c - a program that uses all of the app layer, while the system refuses the k-th call of a
 * kind, once or from then on, for every k. Whatever is refused is told as a result, nothing leaks, the app
 * can be destroyed, and an app on the same backing that is refused nothing does the whole work. */
#include "support.h"

typedef struct Pos {
    double x, y;
} Pos;
typedef struct Vel {
    double x, y;
} Vel;
typedef struct Far {
    uint64_t n;
} Far;
typedef struct Hit {
    char bytes[64];
} Hit;
typedef struct Score {
    char bytes[70000];
} Score;
typedef enum Mode { MENU, PLAYING } Mode;
FA_TYPE_STATIC(Pos);
FA_TYPE_STATIC(Vel);
FA_TYPE_STATIC_EX(Far, .storage = FA_STORAGE_SPARSE);
FA_TYPE_STATIC(Hit);
FA_TYPE_STATIC(Score);
FA_TYPE_STATIC(Mode);

static tracking_backing backing;
static recorder rec;
static unsigned refused; /* answers "no memory" in this run */

/* OK, or no memory: nobody's mistake. */
static bool allowed(fa_result result, const char *call)
{
    bool fine = result == FA_RESULT_OK || result == FA_RESULT_OUT_OF_MEMORY || result == FA_RESULT_FULL ||
                result == FA_RESULT_OVER_BUDGET;
    EXPECTF(fine, "%s gave %s", call, fa_result_name(result));
    refused += result != FA_RESULT_OK;
    return result == FA_RESULT_OK;
}
#define TRY(call) allowed((call), #call)

/* ---- the program ----------------------------------------------------------------------------------------- */

static void spawns(fa_sys *s)
{
    for (uint64_t i = 0; i < 1200; i++) {
        fa_entity e = FA_SPAWN(s, FA_V(Pos, {(double)i, 0}), FA_V(Vel, {1, 1}));
        if (e == FA_ENTITY_NONE) {
            refused++;
        } else if (i % 8 == 0) {
            (void)TRY(FA_ADD(s, e, Far, {i}));
        } else if (i % 8 == 1) {
            (void)TRY(FA_ADD(s, e, fa_state_is, {FA_T(Mode), PLAYING, 0}));
        }
    }
}
static void moves(fa_sys *s)
{
    FA_EACH (s, 0, it) {
        for (uint32_t i = 0; i < it.count; i++) {
            FA_COL(it, Pos, 0)[i].x += FA_COL(it, Vel, 1)[i].x;
        }
    }
}
static void piece(fa_sys *s, size_t begin, size_t end, void *user)
{
    unsigned char *hit = user;
    char *scratch = FA_SCRATCH(s, char, 40000);
    char *frame = FA_FRAME(s, char, 20000);
    char *step = FA_STEP(s, char, 20000);
    if (scratch != NULL) {
        memset(scratch, 1, 40000);
    }
    if (frame != NULL) {
        memset(frame, 2, 20000);
    }
    if (step != NULL) {
        memset(step, 3, 20000);
    }
    for (size_t i = begin; i < end; i++) {
        hit[i]++;
    }
}
static void cuts(fa_sys *s)
{
    unsigned char hit[64] = {0};
    EXPECT_OK(fa_sys_for(s, 64, 8, piece, hit));
    for (int i = 0; i < 64; i++) {
        EXPECT(hit[i] == 1); /* memory or not: each piece once */
    }
}
static void emits(fa_sys *s)
{
    for (int i = 0; i < 50; i++) {
        (void)TRY(FA_EMIT(s, Hit, {{1}}));
    }
}
static void reads(fa_sys *s)
{
    uint32_t count;
    (void)FA_READ(s, Hit, &count);
    FA_EACH (s, 0, it) {
        for (uint32_t i = 0; i < it.count; i += 3) {
            (void)TRY(fa_cmd_despawn(s, it.entities[i]));
        }
    }
}
static void adds_later(fa_app *app, void *data)
{
    (void)data;
    fa_schedule own = fa_app_schedule(app, "Own");
    if (own == FA_SCHEDULE_NONE) {
        refused++;
    } else if (fa_app_time(app)->frame == 2) {
        (void)TRY(fa_app_add_system(app, own, FA_SYSTEM(moves, .query = {{FA_W(Pos), FA_R(Vel)}})));
    } else {
        (void)TRY(fa_app_run_schedule(app, own));
    }
}
static void changes_state(fa_sys *s)
{
    (void)TRY(fa_sys_set_state(s, FA_T(Mode), fa_sys_state(s, FA_T(Mode)) == MENU ? PLAYING : MENU));
    (void)TRY(fa_cmd_call(s, adds_later, &refused, sizeof refused));
}

static fa_result build_inner(fa_app *app, void *user)
{
    (void)user;
    fa_result r = FA_RESULT_OK;
    r = r ? r : fa_app_insert_resource(app, FA_T(Score), NULL);
    r = r ? r : fa_app_add_event(app, FA_T(Hit), &(fa_event_desc){.capacity = 4000});
    r = r ? r : fa_app_add_state(app, FA_T(Mode), MENU);
    return r ? r
             : fa_app_configure_set(app, FA_UPDATE, "all",
                                    &(fa_set_desc){.run_if = {{.fn = fa_if_resource, .arg = FA_T(Score)}}});
}
static fa_result build(fa_app *app, void *user)
{
    (void)user;
    fa_result r = fa_app_add_plugin(app, PLUGIN("inner", .build = build_inner));
    fa_schedule enter = fa_on_enter(app, FA_T(Mode), PLAYING);
    fa_schedule own = fa_app_schedule(app, "Own");
    if (enter == FA_SCHEDULE_NONE || own == FA_SCHEDULE_NONE) {
        return r ? r : FA_RESULT_OUT_OF_MEMORY;
    }
    r = r ? r : fa_app_add_system(app, enter, FA_SYSTEM(spawns, .in_set = {"spawning"}));
    r = r ? r
          : fa_app_add_system(app, FA_UPDATE,
                              FA_SYSTEM(moves, .in_set = {"all"}, .query = {{FA_W(Pos), FA_R(Vel)}},
                                        .local_bytes = 30000));
    r = r ? r : fa_app_add_system(app, FA_FIXED_UPDATE, FA_SYS(cuts));
    r = r ? r : fa_app_add_system(app, FA_UPDATE, FA_SYSTEM(emits, .in_set = {"all"}, .events = {FA_W(Hit)}));
    r = r ? r
          : fa_app_add_system(app, FA_UPDATE,
                              FA_SYSTEM(reads, .after = {"emits"}, .events = {FA_R(Hit)},
                                        .query = {{FA_R(Far)}}));
    return r ? r : fa_app_add_system(app, FA_POST_UPDATE, FA_SYS(changes_state));
}

static fa_app_desc desc_of(uint32_t workers)
{
    fa_app_desc desc = {.workers = workers, .parallel_min_ns = 1};
    desc.memory.backing = tracking_table(&backing);
    desc.memory.handler.fn = recorder_handle;
    desc.memory.handler.user = &rec;
    desc.memory.log.fn = recorder_log;
    desc.memory.log.user = &rec;
    desc.memory.frame_max_bytes = 4u << 20;
    desc.memory.object_max_bytes = 64u << 20;
    desc.scratch_max_bytes = desc.step_max_bytes = 4u << 20;
    desc.memory.strictness = FA_STRICT_REPORT;
    return desc;
}

static void play_by(const fa_app_desc *desc)
{
    fa_app *app = NULL;
    fa_app *sub = NULL;
    if (!TRY(fa_app_create(desc, &app))) {
        EXPECT(app == NULL);
        return;
    }
    fa_plugin_group *group = fa_plugin_group_default(app);
    (void)fa_plugin_group_add(group, PLUGIN("game", .build = build));
    (void)TRY(fa_app_add_plugin_group(app, group));
    if (TRY(fa_app_create(&(fa_app_desc){.name = "sub", .allocator = fa_app_allocator(app)}, &sub)) &&
        !TRY(fa_app_add_subapp(app, "sub", sub, NULL, NULL))) {
        EXPECT_OK(fa_app_destroy(sub));
    }
    for (int i = 0; i < 5; i++) {
        (void)TRY(fa_app_update_ns(app, FRAME_NS));
        EXPECT(fa_world_validate(fa_app_world(app)));
    }
    EXPECT_OK(fa_app_destroy(app));
}

static void play(uint32_t workers)
{
    fa_app_desc desc = desc_of(workers);
    play_by(&desc);
}

static void expect_quiet_and_empty(const char *when, uint64_t k)
{
    for (unsigned i = 0; i < rec.count && i < RECORDER_KEEPS; i++) {
        fa_diagnostic_code id = rec.items[i].id;
        EXPECTF(false, "%s %d: %s %s (code %d)", when, (int)k, rec.items[i].code, rec.items[i].message,
                (int)id);
    }
    EXPECTF(backing.reserved_bytes == 0 && backing.committed_bytes == 0, "%s %d: %zu bytes left", when,
            (int)k, backing.reserved_bytes);
    EXPECTF(backing.problem[0] == '\0', "%s", backing.problem);
    recorder_clear(&rec);
}

/* Every k-th call of a kind, until there are no so many calls. */
static void sweep(backing_op op, bool from_then_on, uint32_t workers, uint64_t stride)
{
    tracking_open(&backing);
    recorder_open(&rec);
    play(workers); /* what is made once per process */
    expect_quiet_and_empty("without refusal", 0);
    refused = 0;
    uint64_t runs = 0;
    for (uint64_t k = 1;; k += stride, runs++) {
        uint64_t before = backing.refused[op];
        refused = 0;
        tracking_fail(&backing, op, k, from_then_on);
        play(workers);
        tracking_fail(&backing, op, 0, false);
        expect_quiet_and_empty(backing_op_names[op], k);
        if (backing.refused[op] == before) {
            break;
        }
    }
    EXPECT(runs > 0);
    refused = 0;
    play(workers);
    EXPECT_UINT(refused, 0);
    expect_quiet_and_empty("afterwards", 0);
    tracking_close(&backing);
}

/* ---- every request of the app ------------------------------------------------------------------------------ */

/* A context whose budget is used up from the start, and that asks each time: so the k-th request is refused,
 * whether or not the system would have been asked for it. */
static uint64_t asked, refuse_at;
static bool refuse_from_then_on;
static fa_budget_kind refuse_kind;

static fa_budget_policy judge(void *user, const fa_budget_event *event)
{
    (void)user;
    if (!event->hard || event->kind != refuse_kind) {
        return FA_BUDGET_ALLOW;
    }
    asked++;
    return asked == refuse_at || (refuse_from_then_on && asked > refuse_at) ? FA_BUDGET_FAIL
                                                                            : FA_BUDGET_ALLOW;
}

static void play_on_budget(uint64_t k)
{
    fa_app_desc desc = desc_of(0);
    fa_allocator *allocator;
    fa_context *ctx;
    const fa_context_budget budget = {.frame = {.hard_bytes = 1},
                                      .pool = {.hard_bytes = 1},
                                      .exceeded = FA_BUDGET_CUSTOM,
                                      .handler = {.fn = judge}};
    EXPECT_OK(fa_allocator_create(&desc.memory, &allocator));
    EXPECT_OK(fa_context_attach(allocator, NULL, &ctx));
    EXPECT_OK(fa_context_budget_set(ctx, &budget));
    memset(&desc.memory, 0, sizeof desc.memory);
    desc.ctx = ctx;
    asked = 0;
    refuse_at = k;
    play_by(&desc);
    fa_allocator_stats stats;
    EXPECT_OK(fa_allocator_stats_get(allocator, &stats));
    EXPECTF(stats.pool_bytes == 0, "request %d: %d bytes leaked", (int)k, (int)stats.pool_bytes);
    EXPECT(fa_allocator_validate(allocator));
    EXPECT_OK(fa_allocator_destroy(allocator));
    expect_quiet_and_empty("request", k);
}

static void sweep_requests(fa_budget_kind kind, bool from_then_on, uint64_t stride)
{
    tracking_open(&backing);
    recorder_open(&rec);
    refuse_kind = kind;
    refuse_from_then_on = false;
    refused = 0;
    play_on_budget(0);
    EXPECT_UINT(refused, 0);
    refuse_from_then_on = from_then_on;
    const uint64_t all = asked;
    EXPECT(all > 100);
    for (uint64_t k = 1; k <= all; k += stride) {
        refused = 0;
        play_on_budget(k);
    }
    refuse_from_then_on = false;
    refused = 0;
    play_on_budget(0);
    EXPECT_UINT(refused, 0);
    EXPECT_UINT(asked, all);
    tracking_close(&backing);
}

/* One thread: what a race detector could see there, it sees in a few runs. */
#define SPARSELY (SUPPORT_TSAN ? 12 : 1)
#define STRIDE (SUPPORT_SLOW ? 3 * SPARSELY : 1)

START_TEST(refused_reservation_is_an_answer_of_the_app)
{
    sweep(OP_RESERVE, _i == 1, 0, SUPPORT_TSAN ? 2 : 1);
}
END_TEST
START_TEST(refused_commit_is_an_answer_of_the_app)
{
    sweep(OP_COMMIT, _i == 1, 0, STRIDE);
}
END_TEST
START_TEST(refused_memory_is_an_answer_of_the_app_with_workers)
{
    sweep(OP_COMMIT, _i == 1, 2, SUPPORT_SLOW ? 9 : 3);
}
END_TEST

START_TEST(every_pool_request_of_the_app_may_be_refused)
{
    sweep_requests(FA_BUDGET_OF_POOL, _i == 1, SUPPORT_SLOW ? 2 * SPARSELY : 1);
}
END_TEST
START_TEST(frame_requests_of_systems_and_commands_may_be_refused)
{
    sweep_requests(FA_BUDGET_OF_FRAME, _i == 1, SUPPORT_SLOW ? 997 * SPARSELY : 211);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("refusal");
    TCase *t = support_case(suite, "refusal");
    tcase_add_loop_test(t, refused_reservation_is_an_answer_of_the_app, 0, 2);
    tcase_add_loop_test(t, refused_commit_is_an_answer_of_the_app, 0, 2);
    tcase_add_loop_test(t, refused_memory_is_an_answer_of_the_app_with_workers, 0, 2);
    tcase_add_loop_test(t, every_pool_request_of_the_app_may_be_refused, 0, 2);
    tcase_add_loop_test(t, frame_requests_of_systems_and_commands_may_be_refused, 0, 2);
    return support_run(suite);
}
