/* Plugins: the order of their lives, what is refused, and that a build that fails leaves nothing behind. */
#include "app/support.h"

static stage st;

static void setup(void)
{
    stage_open(&st, NULL);
}

static void teardown(void)
{
    stage_close(&st);
}

/* ---- life ------------------------------------------------------------------------------------------------
 */

static fa_result on_build(fa_app *app, void *user)
{
    (void)app;
    trace_say("build(%s) ", (const char *)user);
    return FA_RESULT_OK;
}
static bool on_ready(fa_app *app, void *user)
{
    (void)app;
    trace_say("ready(%s) ", (const char *)user);
    return true;
}
static fa_result on_finish(fa_app *app, void *user)
{
    (void)app;
    trace_say("finish(%s) ", (const char *)user);
    return FA_RESULT_OK;
}
static void on_cleanup(fa_app *app, void *user)
{
    (void)app;
    trace_say("cleanup(%s) ", (const char *)user);
}
static void on_shutdown(fa_app *app, void *user)
{
    (void)app;
    trace_say("shutdown(%s) ", (const char *)user);
}

#define FULL_PLUGIN(text, ...)                                                                               \
    PLUGIN(text, .user = (void *)(uintptr_t)text, .build = on_build, .ready = on_ready, .finish = on_finish, \
           .cleanup = on_cleanup, .shutdown = on_shutdown, __VA_ARGS__)

START_TEST(plugin_callbacks_run_in_the_order_of_bevy_and_shutdown_in_reverse)
{
    EXPECT_OK(fa_app_add_plugin(st.app, FULL_PLUGIN("a", .many = false)));
    EXPECT_OK(fa_app_add_plugin(st.app, FULL_PLUGIN("b", .needs = {"a"})));
    EXPECT_OK(fa_app_add_plugin(st.app, PLUGIN("nothing", .many = false)));
    EXPECT_OK(fa_app_add_system(st.app, FA_STARTUP, SAID("startup")));
    EXPECT_OK(fa_app_add_system(st.app, FA_SHUTDOWN, SAID("Shutdown")));
    EXPECT_TRACE("build(a) build(b) ");
    EXPECT(fa_app_has_plugin(st.app, "a") && fa_app_has_plugin(st.app, "nothing"));
    EXPECT(!fa_app_has_plugin(st.app, "c") && !fa_app_has_plugin(st.app, NULL) &&
           !fa_app_has_plugin(st.app, "app"));
    EXPECT_OK(fa_app_start(st.app));
    EXPECT_TRACE("ready(a) ready(b) finish(a) finish(b) cleanup(a) cleanup(b) startup ");
    EXPECT_OK(fa_app_start(st.app));
    EXPECT_OK(fa_app_update_ns(st.app, 0));
    EXPECT_TRACE("");
    stage_close(&st);
    EXPECT_TRACE("Shutdown shutdown(b) shutdown(a) ");
    stage_open(&st, NULL);
}
END_TEST

static int polls;

static bool ready_at_the_third_poll(fa_app *app, void *user)
{
    (void)app;
    (void)user;
    return ++polls >= 3;
}

static bool count_pump(fa_app *app, void *user)
{
    (void)app;
    return ++*(int *)user < 6;
}

START_TEST(plugin_that_is_not_ready_keeps_the_app_from_starting_and_nothing_runs)
{
    polls = 0;
    EXPECT_OK(fa_app_add_plugin(st.app, PLUGIN("slow", .ready = ready_at_the_third_poll)));
    EXPECT_OK(fa_app_add_system(st.app, FA_UPDATE, SAID("update")));
    EXPECT_RESULT(fa_app_start(st.app), BUSY);
    EXPECT_RESULT(fa_app_update_ns(st.app, 1), BUSY);
    EXPECT_UINT(fa_app_time(st.app)->frame, 0);
    EXPECT_OK(fa_app_add_plugin(st.app, PLUGIN("late, but not too late", .many = false)));
    EXPECT_OK(fa_app_update_ns(st.app, 1));
    EXPECT_TRACE("update ");
}
END_TEST

START_TEST(plugin_that_is_not_ready_lets_the_sdks_loop_call_the_pump)
{
    polls = 0;
    int pumped = 0;
    EXPECT_OK(fa_app_add_plugin(st.app, PLUGIN("slow", .ready = ready_at_the_third_poll)));
    EXPECT_OK(fa_app_add_system(st.app, FA_UPDATE, SAID("update")));
    EXPECT_UINT(fa_app_run(st.app, count_pump, &pumped), 0);
    EXPECT_TRACE("update update update ");
}
END_TEST

static int finishes;

static fa_result finish_fails_twice(fa_app *app, void *user)
{
    (void)app;
    (void)user;
    return ++finishes < 3 ? FA_RESULT_IO : FA_RESULT_OK;
}

START_TEST(plugin_whose_finish_fails_is_finished_at_the_next_start_and_the_others_once)
{
    finishes = 0;
    EXPECT_OK(fa_app_add_plugin(st.app, FULL_PLUGIN("a", .many = false)));
    EXPECT_OK(fa_app_add_plugin(st.app, PLUGIN("weak", .finish = finish_fails_twice)));
    EXPECT_OK(fa_app_add_plugin(st.app, FULL_PLUGIN("c", .many = false)));
    trace_clear();
    EXPECT_RESULT(fa_app_start(st.app), IO);
    EXPECT_UINT(st.w.rec.log_count[FA_LOG_PLUGIN_FAILED], 1);
    EXPECT(strstr(st.w.rec.log_text, "'weak'") != NULL);
    EXPECT_UINT(fa_app_run(st.app, NULL, NULL), -FA_RESULT_IO);
    EXPECT_TRACE("ready(a) ready(c) finish(a) ");
    EXPECT_OK(fa_app_start(st.app));
    EXPECT_TRACE("finish(c) cleanup(a) cleanup(c) ");
    trace_clear();
}
END_TEST

/* ---- refusals --------------------------------------------------------------------------------------------
 */

START_TEST(plugin_of_another_abi_version_is_refused_by_name)
{
    fa_plugin plugin = {.abi_version = FA_ABI_VERSION + 1, .name = "alien", .build = on_build};
    EXPECT_REFUSED(&st.w, fa_app_add_plugin(st.app, &plugin), FA101, INVALID_ARGUMENT);
    plugin.abi_version = 0;
    EXPECT_RESULT(fa_app_add_plugin(st.app, &plugin), INVALID_ARGUMENT);
    EXPECT_TOLD(&st.w, FA101, "'alien' has ABI version 0, this SDK has 1");
    EXPECT_TRACE("");
}
END_TEST

START_TEST(plugin_added_twice_is_refused_and_the_first_place_named)
{
    EXPECT_OK(fa_app_add_plugin(st.app, PLUGIN("one", .many = false)));
    EXPECT_RESULT(fa_app_add_plugin(st.app, PLUGIN("one", .many = true)), EXISTS);
    EXPECT(strstr(st.w.rec.items[0].earlier, "test_plugin.c:") != NULL);
    EXPECT_TOLD(&st.w, FA101, "'one' has been added already");
    EXPECT_REFUSED(&st.w, fa_app_add_plugin(st.app, PLUGIN("app", .many = false)), FA101, EXISTS);
}
END_TEST

START_TEST(plugin_that_may_be_added_many_times_gets_a_number)
{
    for (int i = 0; i < 3; i++) {
        EXPECT_OK(fa_app_add_plugin(st.app, PLUGIN("many", .many = true)));
    }
    EXPECT(fa_app_has_plugin(st.app, "many#2") && fa_app_has_plugin(st.app, "many#3"));
    EXPECT_RESULT(fa_app_add_plugin(st.app, PLUGIN("many#2", .many = false)), EXISTS);
    EXPECT_TOLD(&st.w, FA101, "many#2");
}
END_TEST

START_TEST(plugin_that_needs_a_missing_one_is_refused_and_both_are_named)
{
    EXPECT_RESULT(fa_app_add_plugin(st.app, PLUGIN("roof", .needs = {"floor", "walls"})), NOT_FOUND);
    EXPECT_TOLD(&st.w, FA101, "'roof' needs plugin 'floor'");
    EXPECT_OK(fa_app_add_plugin(st.app, PLUGIN("floor", .many = false)));
    EXPECT_RESULT(fa_app_add_plugin(st.app, PLUGIN("roof", .needs = {"floor", "walls"})), NOT_FOUND);
    EXPECT_TOLD(&st.w, FA101, "'roof' needs plugin 'walls'");
    EXPECT_OK(fa_app_add_plugin(st.app, PLUGIN("walls", .needs = {"floor"})));
    EXPECT_OK(fa_app_add_plugin(st.app, PLUGIN("roof", .needs = {"floor", "walls"})));
}
END_TEST

START_TEST(plugin_whose_name_is_no_tag_segment_is_refused)
{
    char too_long[FA_NAME_MAX + 2];
    memset(too_long, 'x', sizeof too_long - 1);
    too_long[sizeof too_long - 1] = '\0';
    const char *bad[] = {NULL, "", "a/b", "new\nline", too_long};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        fa_plugin plugin = {.abi_version = FA_ABI_VERSION, .name = bad[i]};
        EXPECT_REFUSED(&st.w, fa_app_add_plugin(st.app, &plugin), FA005, INVALID_ARGUMENT);
    }
    EXPECT_REFUSED(&st.w, fa_app_add_plugin(st.app, NULL), FA005, INVALID_ARGUMENT);
    EXPECT_RESULT(fa_app_add_plugin(NULL, NULL), INVALID_ARGUMENT);
    too_long[FA_NAME_MAX] = '\0';
    EXPECT_OK(fa_app_add_plugin(st.app, PLUGIN(too_long, .many = false)));
}
END_TEST

START_TEST(plugin_added_after_the_start_is_refused)
{
    EXPECT_OK(fa_app_start(st.app));
    EXPECT_REFUSED(&st.w, fa_app_add_plugin(st.app, PLUGIN("late", .build = on_build)), FA101, BUSY);
}
END_TEST

static fa_result add_in_finish(fa_app *app, void *user)
{
    (void)user;
    EXPECT_RESULT(fa_app_add_plugin(app, PLUGIN("x", .many = false)), BUSY);
    EXPECT_RESULT(fa_app_start(app), REENTRANT);
    EXPECT_RESULT(fa_app_update_ns(app, 0), REENTRANT);
    EXPECT_RESULT(fa_app_run_schedule(app, FA_UPDATE), REENTRANT);
    EXPECT_RESULT(fa_app_destroy(app), REENTRANT);
    return FA_RESULT_OK;
}
static bool add_in_ready(fa_app *app, void *user)
{
    (void)user;
    EXPECT_RESULT(fa_app_add_plugin(app, PLUGIN("x", .many = false)), REENTRANT);
    EXPECT_OK(fa_app_add_system(app, FA_UPDATE, SAID("by ready")));
    return true;
}

START_TEST(plugin_functions_may_not_drive_the_app_nor_add_plugins_outside_of_build)
{
    EXPECT_OK(fa_app_add_plugin(st.app, PLUGIN("p", .ready = add_in_ready, .finish = add_in_finish)));
    EXPECT_OK(fa_app_start(st.app));
    EXPECT_UINT(st.w.rec.count, 6);
    EXPECT_UINT(recorder_count_of(&st.w.rec, FA_CODE_FA105), 5);
    recorder_clear(&st.w.rec);
    EXPECT_OK(fa_app_update_ns(st.app, 0));
    EXPECT_TRACE("by ready ");
}
END_TEST

/* ---- undo ------------------------------------------------------------------------------------------------
 */

typedef struct Old {
    int value;
} Old;
FA_TYPE_STATIC(Old);
typedef struct New {
    char bytes[100];
} New;
FA_TYPE_STATIC(New);
typedef struct Removed {
    int value;
} Removed;
FA_TYPE_STATIC(Removed);

static int fail_at; /* 0: never */
static int step_reached;

static void never_called(fa_app *app, const fa_hook_event *event, void *user)
{
    (void)app;
    (void)event;
    (void)user;
    trace_say("never ");
}

#define STEP()                           \
    do {                                 \
        if (++step_reached == fail_at) { \
            return FA_RESULT_IO;         \
        }                                \
    } while (0)

static fa_result build_inner(fa_app *app, void *user)
{
    (void)user;
    STEP();
    EXPECT_OK(fa_app_add_system(app, FA_UPDATE, SAID("inner")));
    STEP();
    EXPECT_OK(FA_INSERT_RESOURCE(app, Old, {.value = 3}));
    STEP();
    return FA_RESULT_OK;
}

static fa_result build_outer(fa_app *app, void *user)
{
    (void)user;
    STEP();
    EXPECT_OK(FA_INSERT_RESOURCE(app, Old, {.value = 2}));
    STEP();
    EXPECT_OK(FA_INSERT_RESOURCE(app, New, {.bytes = "new"}));
    STEP();
    EXPECT_OK(fa_app_remove_resource(app, FA_T(Removed)));
    STEP();
    fa_result result = fa_app_add_plugin(app, PLUGIN("inner", .build = build_inner, .shutdown = on_shutdown,
                                                     .user = (void *)(uintptr_t) "inner"));
    if (result != FA_RESULT_OK) {
        return result;
    }
    STEP();
    EXPECT_OK(fa_app_add_system(app, FA_UPDATE, SAY("outer", .in_set = {"outer set"}, .after = {"base"})));
    STEP();
    EXPECT_OK(FA_CHAIN(app, FA_FIXED_UPDATE, SAID("one"), SAID("two"), SAY("three", .local_bytes = 1000)));
    STEP();
    EXPECT_OK(fa_app_configure_set(app, FA_UPDATE, "base set", &(fa_set_desc){.before = {"no such thing"}}));
    STEP();
    fa_schedule own = fa_app_schedule(app, "own");
    EXPECT(own != FA_SCHEDULE_NONE);
    EXPECT_OK(fa_app_add_system(app, own, SAID("in own")));
    STEP();
    EXPECT_OK(fa_app_add_hook(app, FA_HOOK_FRAME_BEGIN, never_called, NULL));
    STEP();
    EXPECT_OK(fa_app_add_system(app, fa_app_schedule(app, "old"), SAID("in old")));
    EXPECT_OK(FA_INSERT_RESOURCE(app, Removed, {.value = 8}));
    STEP();
    return FA_RESULT_OK;
}

static void undo_base(fa_app *app)
{
    EXPECT_OK(FA_INSERT_RESOURCE(app, Old, {.value = 1}));
    EXPECT_OK(FA_INSERT_RESOURCE(app, Removed, {.value = 7}));
    EXPECT_OK(fa_app_add_system(app, FA_UPDATE, SAY("base", .in_set = {"base set"})));
    EXPECT(fa_app_schedule(app, "old") != FA_SCHEDULE_NONE);
}

/* Tags and descriptors are known for good after the first time; all else must be as before. */
static void expect_undone(const snapshot *before, const Old *old, const Removed *removed)
{
    support_expect_unchanged(before, &st.w, true, "a failed build");
    EXPECT(FA_APP_RES(st.app, Old) == old && old->value == 1);
    EXPECT(FA_APP_RES(st.app, Removed) == removed && removed->value == 7);
    EXPECT(FA_APP_RES(st.app, New) == NULL);
    EXPECT(!fa_app_has_plugin(st.app, "outer") && !fa_app_has_plugin(st.app, "inner"));
    EXPECT_UINT(fa_app_system_stats(st.app, NULL, 0), 1);
    EXPECT(fa_app_schedule_name(st.app, FA_SCHEDULE_BUILT_IN_END + 1) == NULL);
}

START_TEST(plugin_build_that_fails_at_any_step_is_undone_a_thousand_times)
{
    undo_base(st.app);
    const Old *old = FA_APP_RES(st.app, Old);
    const Removed *removed = FA_APP_RES(st.app, Removed);
    const fa_plugin *outer =
        PLUGIN("outer", .build = build_outer, .shutdown = on_shutdown, .user = (void *)(uintptr_t) "outer");
    fail_at = 14; /* grow every list once */
    step_reached = 0;
    EXPECT_RESULT(fa_app_add_plugin(st.app, outer), IO);
    EXPECT_TRACE("shutdown(inner) ");
    snapshot before;
    snapshot_take(&before, st.w.allocator, st.w.ctx);
    int cycles = SUPPORT_SLOW ? 100 : 1000;
    for (int cycle = 0; cycle < cycles; cycle++) {
        fail_at = 1 + cycle % 14;
        step_reached = 0;
        EXPECT_RESULT(fa_app_add_plugin(st.app, outer), IO);
        EXPECT_UINT(step_reached, fail_at);
        expect_undone(&before, old, removed);
    }
    snapshot after;
    snapshot_take(&after, st.w.allocator, st.w.ctx);
    EXPECT_UINT(after.allocator.committed_bytes, before.allocator.committed_bytes);
    EXPECT_UINT(st.w.rec.log_count[FA_LOG_PLUGIN_FAILED] > (unsigned)cycles, 1);
    trace_clear();
    EXPECT_OK(fa_app_update_ns(st.app, FRAME_NS));
    EXPECT_TRACE("base ");
    stage_close(&st);
    EXPECT_TRACE("");
    stage_open(&st, NULL);
}
END_TEST

START_TEST(plugin_build_that_succeeds_after_failures_is_whole)
{
    undo_base(st.app);
    for (fail_at = 14; fail_at > 0; fail_at--) {
        step_reached = 0;
        fa_plugin outer = {.abi_version = FA_ABI_VERSION, .name = "outer", .build = build_outer};
        EXPECT_RESULT(fa_app_add_plugin(st.app, &outer), IO);
    }
    fail_at = 0;
    EXPECT_OK(fa_app_add_plugin(st.app, PLUGIN("outer", .build = build_outer)));
    EXPECT_UINT(FA_APP_RES(st.app, Old)->value, 3);
    EXPECT_UINT(FA_APP_RES(st.app, Removed)->value, 8);
    EXPECT_UINT(FA_APP_RES(st.app, New)->bytes[0], 'n');
    EXPECT_RESULT(fa_app_update_ns(st.app, 0), NOT_FOUND);
    EXPECT_TOLD(&st.w, FA106, "no such thing");
    trace_clear();
}
END_TEST

/* A build that passes every refusal of the world on. */
static fa_result build_much(fa_app *app, void *user)
{
    (void)user;
    static char names[600][16];
    fa_result result = fa_app_insert_resource(app, FA_T(New), NULL);
    for (int i = 0; i < 600 && result == FA_RESULT_OK; i++) {
        snprintf(names[i], sizeof names[i], "s%d", i);
        fa_system_desc desc = {.name = names[i], .fn = say, .local_bytes = 400};
        result = fa_app_add_system(app, FA_UPDATE, &desc);
    }
    return result == FA_RESULT_OK ? fa_app_add_hook(app, FA_HOOK_STEP_END, never_called, NULL) : result;
}

START_TEST(plugin_build_for_which_there_is_no_memory_is_undone_and_works_when_there_is)
{
    unsigned refused = 0;
    for (uint64_t nth = 1; nth < 400; nth++) {
        stage_close(&st);
        stage_open(&st, NULL);
        snapshot before;
        snapshot_take(&before, st.w.allocator, st.w.ctx);
        tracking_fail(&st.w.backing, OP_COMMIT, nth, true);
        fa_result result = fa_app_add_plugin(st.app, PLUGIN("much", .build = build_much));
        tracking_fail(&st.w.backing, OP_COMMIT, 0, false);
        world_expect_quiet(&st.w);
        if (result == FA_RESULT_OK) {
            EXPECT(nth > 5);
            break;
        }
        refused++;
        EXPECT(result == FA_RESULT_OUT_OF_MEMORY || result == FA_RESULT_FULL);
        EXPECT_UINT(fa_app_system_stats(st.app, NULL, 0), 0);
        EXPECT(FA_APP_RES(st.app, New) == NULL);
        EXPECT_OK(fa_app_add_plugin(st.app, PLUGIN("much", .build = build_much)));
        EXPECT_UINT(fa_app_system_stats(st.app, NULL, 0), 600);
    }
    EXPECT(refused > 5);
}
END_TEST

static fa_result build_leaves_tags_open(fa_app *app, void *user)
{
    (void)user;
    fa_context *ctx = fa_app_context(app);
    EXPECT_STR(fa_tag_path(fa_app_allocator(app), fa_tag_current(ctx)), "untidy");
    EXPECT_OK(fa_tag_push(ctx, fa_tag_intern(fa_app_allocator(app), "left/open")));
    return FA_RESULT_OK;
}

START_TEST(plugin_functions_run_under_the_plugins_tag_and_open_scopes_are_closed)
{
    EXPECT_OK(fa_app_add_plugin(st.app, PLUGIN("untidy", .build = build_leaves_tags_open)));
    EXPECT_TOLD(&st.w, FA804, "'untidy' returned with 1 tag scopes");
    EXPECT_UINT(fa_tag_current(st.w.ctx), FA_TAG_NONE);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("plugin");
    TCase *tcase = support_case(suite, "life");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, plugin_callbacks_run_in_the_order_of_bevy_and_shutdown_in_reverse);
    tcase_add_test(tcase, plugin_that_is_not_ready_keeps_the_app_from_starting_and_nothing_runs);
    tcase_add_test(tcase, plugin_that_is_not_ready_lets_the_sdks_loop_call_the_pump);
    tcase_add_test(tcase, plugin_whose_finish_fails_is_finished_at_the_next_start_and_the_others_once);
    tcase = support_case(suite, "refusals");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, plugin_of_another_abi_version_is_refused_by_name);
    tcase_add_test(tcase, plugin_added_twice_is_refused_and_the_first_place_named);
    tcase_add_test(tcase, plugin_that_may_be_added_many_times_gets_a_number);
    tcase_add_test(tcase, plugin_that_needs_a_missing_one_is_refused_and_both_are_named);
    tcase_add_test(tcase, plugin_whose_name_is_no_tag_segment_is_refused);
    tcase_add_test(tcase, plugin_added_after_the_start_is_refused);
    tcase_add_test(tcase, plugin_functions_may_not_drive_the_app_nor_add_plugins_outside_of_build);
    tcase = support_case(suite, "undo");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, plugin_build_that_fails_at_any_step_is_undone_a_thousand_times);
    tcase_add_test(tcase, plugin_build_that_succeeds_after_failures_is_whole);
    tcase_add_test(tcase, plugin_build_for_which_there_is_no_memory_is_undone_and_works_when_there_is);
    tcase_add_test(tcase, plugin_functions_run_under_the_plugins_tag_and_open_scopes_are_closed);
    return support_run(suite);
}
