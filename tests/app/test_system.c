/* Systems: what is refused, the order in which they run, statistics, exclusive systems. */
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

static void frame(void)
{
    EXPECT_OK(fa_app_update_ns(st.app, 0));
}

#define ADD(...) EXPECT_OK(fa_app_add_system(st.app, FA_UPDATE, __VA_ARGS__))

typedef struct Score {
    int points;
} Score;
FA_TYPE_STATIC(Score);

/* ---- refusals -------------------------------------------------------------------------------------------- */

static void expect_bad(const fa_system_desc *desc, const char *text)
{
    snapshot before;
    snapshot_take(&before, st.w.allocator, st.w.ctx);
    EXPECT_RESULT(fa_app_add_system(st.app, FA_UPDATE, desc), INVALID_DESC);
    support_expect_unchanged(&before, &st.w, false, text);
    EXPECT_TOLD(&st.w, FA103, text);
    EXPECT_UINT(fa_app_system_stats(st.app, NULL, 0), 0);
}

static bool yes(fa_sys *s, const void *arg)
{
    (void)s;
    (void)arg;
    return true;
}

START_TEST(system_desc_with_a_problem_is_refused_and_every_problem_is_listed)
{
    static const fa_type odd = {.name = "odd", .size_bytes = 4, .align_bytes = 3};
    static const fa_type empty = {.name = "empty", .size_bytes = 0, .align_bytes = 1};
    char long_name[200];
    memset(long_name, 'n', sizeof long_name);
    long_name[199] = '\0';
    expect_bad(&(fa_system_desc){.name = "x", .fn = say, .start_canary = 1}, "canary");
    expect_bad(&(fa_system_desc){.name = "x", .fn = say, .end_canary = 1}, "canary");
    expect_bad(&(fa_system_desc){.fn = say}, "name is NULL");
    expect_bad(&(fa_system_desc){.name = "", .fn = say}, "name is NULL, empty");
    expect_bad(&(fa_system_desc){.name = "a/b", .fn = say}, "'/'");
    expect_bad(&(fa_system_desc){.name = long_name, .fn = say}, "longer than 63");
    expect_bad(&(fa_system_desc){.name = "x"}, "fn is NULL");
    expect_bad(&(fa_system_desc){.name = "x", .fn = say, .local_bytes = SIZE_MAX}, "local_bytes");
    expect_bad(SAY("x", .before = {""}), "before[0]");
    expect_bad(SAY("x", .after = {"a", "b/c/d"}), "after[1]");
    expect_bad(SAY("x", .in_set = {"a/b"}), "in_set[0]");
    expect_bad(SAY("x", .run_if = {{.negate = true}}), "run_if[0] has no function");
    expect_bad(SAY("x", .run_if = {{.fn = NULL}, {.fn = yes}}), "run_if[1] follows an empty one");
    expect_bad(SAY("x", .run_if = {{.fn = yes, .res = {FA_W(Score)}}}), "only reads, and 'Score'");
    expect_bad(SAY("x", .res = {FA_R(Score), FA_W(Score)}), "names 'Score' twice");
    expect_bad(SAY("x", .res = {{&odd, FA_ACCESS_READ}}), "'odd' has an alignment");
    expect_bad(SAY("x", .res = {{&empty, FA_ACCESS_READ}}), "'empty' has no name, no size");
    expect_bad(SAY("x", .res = {{FA_T(Score), (fa_access)7}}), "access");
    expect_bad(&(fa_system_desc){.name = "a/b", .before = {"/"}, .local_bytes = SIZE_MAX},
               "fn is NULL; local_bytes");
    EXPECT_REFUSED(&st.w, fa_app_add_system(st.app, FA_UPDATE, NULL), FA005, INVALID_ARGUMENT);
}
END_TEST

START_TEST(system_of_no_schedule_is_refused)
{
    const fa_schedule end = FA_SCHEDULE_BUILT_IN_END;
    EXPECT_REFUSED(&st.w, fa_app_add_system(st.app, FA_SCHEDULE_NONE, SAID("x")), FA005, INVALID_ARGUMENT);
    EXPECT_REFUSED(&st.w, fa_app_add_system(st.app, end, SAID("x")), FA005, INVALID_ARGUMENT);
    EXPECT_REFUSED(&st.w, fa_app_add_system(st.app, UINT32_MAX, SAID("x")), FA005, INVALID_ARGUMENT);
    EXPECT_RESULT(fa_app_add_system(NULL, FA_UPDATE, SAID("x")), INVALID_ARGUMENT);
}
END_TEST

static fa_result build_same(fa_app *app, void *user)
{
    (void)user;
    return fa_app_add_system(app, FA_UPDATE, SAID("same"));
}

START_TEST(system_name_is_taken_once_per_plugin_and_schedule)
{
    ADD(SAID("same"));
    EXPECT_RESULT(fa_app_add_system(st.app, FA_UPDATE, SAID("same")), EXISTS);
    EXPECT_TOLD(&st.w, FA106, "Update has a system 'app/same' already");
    EXPECT_OK(fa_app_add_system(st.app, FA_LAST, SAID("same")));
    EXPECT_OK(fa_app_add_plugin(st.app, PLUGIN("p", .build = build_same)));
    frame();
    EXPECT_TRACE("same same same ");
}
END_TEST

/* ---- order ----------------------------------------------------------------------------------------------- */

START_TEST(system_order_is_that_of_adding_where_nothing_else_is_said)
{
    char expected[4096] = "";
    static char names[300][16];
    for (int i = 0; i < 300; i++) {
        snprintf(names[i], sizeof names[i], "s%d", i);
        fa_system_desc desc = {.name = names[i], .fn = say, .user = names[i]};
        ADD(&desc);
        strcat(strcat(expected, names[i]), " ");
    }
    frame();
    EXPECT_TRACE(expected);
}
END_TEST

START_TEST(system_before_and_after_move_only_what_they_must)
{
    ADD(SAY("a", .after = {"d"}));
    ADD(SAID("b"));
    ADD(SAY("c", .before = {"b"}));
    ADD(SAID("d"));
    ADD(SAID("e"));
    frame();
    EXPECT_TRACE("c b d a e ");
    ADD(SAY("z", .before = {"c", "a"}, .after = {"e"}));
    frame();
    EXPECT_TRACE("d e z a c b ");
}
END_TEST

START_TEST(system_chain_runs_in_its_order_and_is_added_whole_or_not_at_all)
{
    ADD(SAY("last", .after = {"third"}));
    EXPECT_OK(
        FA_CHAIN(st.app, FA_UPDATE, SAY("first", .after = {"before all"}), SAID("second"), SAID("third")));
    ADD(SAID("before all"));
    EXPECT_RESULT(FA_CHAIN(st.app, FA_UPDATE, SAID("x"), SAID("y"), SAID("second")), EXISTS);
    EXPECT_TOLD(&st.w, FA106, "'app/second'");
    EXPECT_RESULT(FA_CHAIN(st.app, FA_UPDATE, SAID("x"), NULL), INVALID_ARGUMENT);
    EXPECT_TOLD(&st.w, FA005, "NULL");
    EXPECT_UINT(fa_app_system_stats(st.app, NULL, 0), 5);
    EXPECT_OK(fa_app_add_chain(st.app, FA_UPDATE, NULL, 0));
    frame();
    EXPECT_TRACE("before all first second third last ");
}
END_TEST

static void expect_cycle(const char *text)
{
    EXPECT_RESULT(fa_app_update_ns(st.app, 0), INVALID_ARGUMENT);
    EXPECT_TOLD(&st.w, FA106, text);
    EXPECT_TRACE("");
    EXPECT_UINT(fa_app_time(st.app)->frame, 0);
    stage_close(&st);
    stage_open(&st, NULL);
}

START_TEST(system_cycle_is_an_error_that_names_the_cycle_and_nothing_runs)
{
    ADD(SAID("innocent"));
    ADD(SAY("a", .before = {"b"}));
    ADD(SAY("b", .before = {"c"}));
    ADD(SAY("c", .before = {"a"}));
    ADD(SAY("behind", .after = {"c"}));
    expect_cycle("Update: each must run before the next: app/a -> app/b -> app/c -> app/a");
    ADD(SAY("self", .before = {"self"}));
    expect_cycle("app/self -> app/self");
    ADD(SAY("in", .in_set = {"S"}, .after = {"S"}));
    expect_cycle("app/in -> S (set) -> app/in");
    ADD(SAY("in", .in_set = {"S"}));
    EXPECT_OK(fa_app_configure_set(st.app, FA_UPDATE, "S", &(fa_set_desc){.in_set = {"S"}}));
    expect_cycle("S (set) -> S (set)");
    EXPECT_OK(fa_app_configure_set(st.app, FA_UPDATE, "S", &(fa_set_desc){.in_set = {"T"}}));
    EXPECT_OK(fa_app_configure_set(st.app, FA_UPDATE, "T", &(fa_set_desc){.in_set = {"S"}}));
    expect_cycle("S (set) -> T (set) -> S (set)");
    EXPECT_OK(fa_app_configure_set(st.app, FA_UPDATE, "S", &(fa_set_desc){.before = {"T"}}));
    EXPECT_OK(fa_app_configure_set(st.app, FA_UPDATE, "T", &(fa_set_desc){.before = {"S"}}));
    expect_cycle("S (set) -> T (set) -> S (set)");
    ADD(SAY("a", .in_set = {"S"}, .after = {"b"}));
    ADD(SAY("b", .in_set = {"T"}));
    EXPECT_OK(fa_app_configure_set(st.app, FA_UPDATE, "S", &(fa_set_desc){.before = {"T"}}));
    expect_cycle("app/a -> S (set) -> T (set) -> app/b -> app/a");
}
END_TEST

START_TEST(system_cycle_of_thousands_is_named_in_part)
{
    static char names[3000][16];
    for (int i = 0; i < 3000; i++) {
        snprintf(names[i], sizeof names[i], "s%d", i);
    }
    for (int i = 0; i < 3000; i++) {
        fa_system_desc desc = {.name = names[i], .fn = say, .before = {names[(i + 1) % 3000]}};
        ADD(&desc);
    }
    expect_cycle("... (3000 in all)");
}
END_TEST

static fa_result build_move(fa_app *app, void *user)
{
    (void)user;
    EXPECT_OK(fa_app_add_system(app, FA_UPDATE, SAY("after own move", .after = {"move"})));
    return fa_app_add_system(app, FA_UPDATE, SAID("move"));
}

START_TEST(system_names_mean_the_own_plugins_system_first_then_the_only_one)
{
    EXPECT_OK(fa_app_add_plugin(st.app, PLUGIN("one", .build = build_move)));
    EXPECT_OK(fa_app_add_plugin(st.app, PLUGIN("two", .build = build_move)));
    ADD(SAY("x", .before = {"two/move"}, .after = {"one/move"}));
    frame();
    EXPECT_TRACE("move after own move x move after own move ");
    ADD(SAY("y", .after = {"move"}));
    EXPECT_RESULT(fa_app_update_ns(st.app, 0), EXISTS);
    EXPECT_TOLD(&st.w, FA106, "app/y is ordered relative to 'move', which several plugins have");
    EXPECT_TRACE("");
}
END_TEST

START_TEST(system_ordered_relative_to_nothing_is_an_error_with_the_name_and_both_places)
{
    ADD(SAY("a", .before = {"nobody"}));
    EXPECT_RESULT(fa_app_start(st.app), NOT_FOUND);
    EXPECT(strstr(st.w.rec.items[0].earlier, "test_system.c:") != NULL);
    EXPECT_TOLD(&st.w, FA106, "Update: app/a is ordered relative to 'nobody'");
    EXPECT_RESULT(fa_app_frame_begin(st.app, 0), NOT_FOUND);
    EXPECT_TOLD(&st.w, FA106, "'nobody'");
    EXPECT_OK(fa_app_add_system(st.app, FA_LAST, SAID("nobody"))); /* another schedule does not count */
    EXPECT_RESULT(fa_app_update(st.app), NOT_FOUND);
    EXPECT_TOLD(&st.w, FA106, "'nobody'");
    ADD(SAID("nobody"));
    frame();
    EXPECT_TRACE("a nobody nobody ");
    ADD(SAY("b", .after = {"app/none"}));
    EXPECT_RESULT(fa_app_update_ns(st.app, 0), NOT_FOUND);
    EXPECT_TOLD(&st.w, FA106, "'app/none'");
}
END_TEST

START_TEST(system_and_set_of_one_name_are_told_apart_only_by_an_error)
{
    ADD(SAID("both"));
    ADD(SAY("member", .in_set = {"both"}));
    frame();
    ADD(SAY("x", .after = {"both"}));
    EXPECT_RESULT(fa_app_update_ns(st.app, 0), EXISTS);
    EXPECT_TOLD(&st.w, FA106, "a set and of a system");
    trace_clear();
}
END_TEST

/* The order against a slow model: of all that may run, the first added. */
START_TEST(system_order_agrees_with_a_model_for_random_graphs)
{
    enum { N = 24 };
    random_state r = {support_seed()};
    static char names[N][16];
    for (int round = 0; round < (SUPPORT_SLOW ? 30 : 200); round++) {
        bool edge[N][N] = {{false}};
        stage_close(&st);
        stage_open(&st, NULL);
        for (int i = 0; i < N; i++) {
            snprintf(names[i], sizeof names[i], "n%d", i);
        }
        for (int i = 0; i < N; i++) {
            fa_system_desc desc = {.name = names[i], .fn = say, .user = names[i]};
            size_t used = 0;
            for (size_t tries = random_below(&r, 6); tries > 0; tries--) {
                int j = (int)random_below(&r, N);
                if ((j * 7 + round) % N > (i * 7 + round) % N) { /* along a hidden order: no cycles */
                    desc.before[used++] = names[j];
                    edge[i][j] = true;
                }
            }
            ADD(&desc);
        }
        char expected[512] = "";
        bool done[N] = {false};
        for (int count = 0; count < N; count++) {
            for (int i = 0; i < N; i++) {
                bool may = !done[i];
                for (int j = 0; j < N && may; j++) {
                    may = !edge[j][i] || done[j];
                }
                if (may) {
                    done[i] = true;
                    strcat(strcat(expected, names[i]), " ");
                    break;
                }
            }
        }
        frame();
        EXPECT_TRACE(expected);
    }
}
END_TEST

START_TEST(system_names_are_copied)
{
    char name[16] = "first";
    char other[16] = "second";
    ADD(SAY(name, .before = {other}, .in_set = {name}));
    EXPECT_OK(
        fa_app_add_system(st.app, FA_UPDATE, &(fa_system_desc){.name = other, .fn = say, .user = other}));
    memset(name, 'x', 5);
    memset(other, 'y', 6);
    frame();
    EXPECT_STR(stats_of(st.app, "first").system, "first");
    EXPECT_TRACE("xxxxx yyyyyy ");
}
END_TEST

/* ---- statistics ------------------------------------------------------------------------------------------ */

static void busy(fa_sys *s)
{
    (void)s;
    struct timespec t = {.tv_nsec = 2000000};
    nanosleep(&t, NULL);
}

START_TEST(system_statistics_count_runs_and_time_in_the_order_of_running)
{
    ADD(SAY("second", .after = {"first"}));
    ADD(&(fa_system_desc){.name = "first", .fn = busy});
    EXPECT_OK(fa_app_add_system(st.app, FA_STARTUP, SAID("once")));
    fa_system_stats rows[3];
    EXPECT_UINT(fa_app_system_stats(st.app, NULL, 0), 3);
    EXPECT_UINT(fa_app_system_stats(st.app, rows, 2), 3);
    EXPECT_STR(rows[1].system, "second");
    for (int i = 0; i < 5; i++) {
        frame();
    }
    EXPECT_UINT(fa_app_system_stats(st.app, rows, 3), 3);
    EXPECT_STR(rows[0].system, "once");
    EXPECT_STR(rows[0].plugin, "app");
    EXPECT_UINT(rows[0].schedule, FA_STARTUP);
    EXPECT_UINT(rows[0].runs, 1);
    EXPECT_STR(rows[1].system, "first");
    EXPECT_UINT(rows[1].runs, 5);
    /* By the processor's counter, whose rate is measured: within 1 % after a few milliseconds. */
    EXPECT(rows[1].last_ns >= 1980000 && rows[1].max_ns >= rows[1].last_ns);
    EXPECT(rows[1].total_ns >= 5 * INT64_C(1980000) && rows[1].total_ns >= rows[1].max_ns);
    EXPECT_STR(rows[2].system, "second");
    EXPECT(rows[2].last_ns >= 0 && rows[2].last_ns < 2000000);
    EXPECT_STR(fa_tag_path(st.w.allocator, rows[1].tag), "app/first");
    trace_clear();
}
END_TEST

/* ---- locals ---------------------------------------------------------------------------------------------- */

static void count_local(fa_sys *s)
{
    int *count = FA_LOCAL(s, int);
    trace_say("%d ", ++*count);
}

static void no_local(fa_sys *s)
{
    EXPECT(fa_sys_local(s) == NULL);
}

START_TEST(system_local_is_zero_at_first_and_kept_per_system)
{
    ADD(&(fa_system_desc){.name = "a", .fn = count_local, .local_bytes = sizeof(int)});
    ADD(&(fa_system_desc){.name = "b", .fn = count_local, .local_bytes = sizeof(int)});
    ADD(FA_SYS(no_local));
    frame();
    frame();
    EXPECT_TRACE("1 1 2 2 ");
}
END_TEST

/* ---- exclusive ------------------------------------------------------------------------------------------- */

static fa_schedule turn;

static void run_turn(fa_sys *s)
{
    fa_app *app = fa_sys_app(s);
    EXPECT(app == st.app);
    EXPECT_OK(fa_app_run_schedule(app, turn));
    EXPECT_RESULT(fa_app_run_schedule(app, FA_UPDATE), REENTRANT);
    EXPECT_TOLD(&st.w, FA105, "Update is running");
    EXPECT_RESULT(fa_app_run_schedule(app, FA_LAST), REENTRANT);
    EXPECT_TOLD(&st.w, FA105, "run schedules of your own only");
    EXPECT_RESULT(fa_app_update_ns(app, 0), REENTRANT);
    EXPECT_TOLD(&st.w, FA105, "fa_app_update_ns: called from inside a system, app/run_turn");
    EXPECT_RESULT(fa_app_destroy(app), REENTRANT);
    EXPECT_TOLD(&st.w, FA105, "fa_app_destroy");
    EXPECT_RESULT(fa_app_add_plugin(app, PLUGIN("x", .many = false)), REENTRANT);
    EXPECT_TOLD(&st.w, FA105, "fa_app_add_plugin");
    trace_say("back ");
}

static void grow(fa_sys *s)
{
    fa_app *app = fa_sys_app(s);
    EXPECT_OK(FA_INSERT_RESOURCE(app, Score, {.points = 5}));
    EXPECT_UINT(FA_RES(s, Score)->points, 5); /* undeclared: exclusive systems may */
    FA_RES_MUT(s, Score)->points++;
    EXPECT_OK(fa_app_add_system(app, turn, SAID("grown")));
    EXPECT_OK(fa_app_run_schedule(app, turn));
    EXPECT_OK(fa_app_add_system(app, FA_UPDATE, SAY("next frame", .before = {"grow"})));
    EXPECT_RESULT(fa_app_add_hook(app, FA_HOOK_FRAME_BEGIN, NULL, NULL), REENTRANT);
    EXPECT_TOLD(&st.w, FA105, "fa_app_add_hook");
}

START_TEST(system_that_is_exclusive_runs_schedules_of_your_own_and_no_others)
{
    turn = fa_app_schedule(st.app, "Turn");
    EXPECT_OK(fa_app_add_system(st.app, turn, SAID("turn")));
    ADD(SAID("a"));
    ADD(&(fa_system_desc){.name = "run_turn", .fn = run_turn, .exclusive = true});
    ADD(SAID("b"));
    frame();
    EXPECT_TRACE("a turn back b ");
    EXPECT_OK(fa_app_run_schedule(st.app, turn));
    EXPECT_TRACE("turn ");
}
END_TEST

START_TEST(system_that_is_exclusive_may_insert_and_add_and_the_running_schedule_takes_it_up_later)
{
    turn = fa_app_schedule(st.app, "Turn");
    ADD(SAID("first"));
    ADD(&(fa_system_desc){.name = "grow",
                          .fn = grow,
                          .exclusive = true,
                          .run_if = {{.fn = fa_if_resource, .arg = FA_T(Score), .negate = true}}});
    frame();
    EXPECT_TRACE("first grown ");
    frame();
    EXPECT_TRACE("first next frame ");
    EXPECT_UINT(FA_APP_RES(st.app, Score)->points, 6);
}
END_TEST

static void not_exclusive(fa_sys *s)
{
    EXPECT(fa_sys_app(s) == NULL);
    EXPECT_TOLD(&st.w, FA107, "not declared exclusive");
    EXPECT_RESULT(FA_INSERT_RESOURCE(st.app, Score, {1}), REENTRANT);
    EXPECT_TOLD(&st.w, FA105, "a system that is not exclusive, app/not_exclusive");
    EXPECT_RESULT(fa_app_remove_resource(st.app, FA_T(Score)), REENTRANT);
    EXPECT_TOLD(&st.w, FA105, "fa_app_remove_resource");
    EXPECT_RESULT(fa_app_add_system(st.app, FA_UPDATE, SAID("x")), REENTRANT);
    EXPECT_TOLD(&st.w, FA105, "fa_app_add_system");
    EXPECT_RESULT(fa_app_configure_set(st.app, FA_UPDATE, "x", &(fa_set_desc){0}), REENTRANT);
    EXPECT_TOLD(&st.w, FA105, "fa_app_configure_set");
    EXPECT_UINT(fa_app_schedule(st.app, "x"), FA_SCHEDULE_NONE);
    EXPECT_TOLD(&st.w, FA105, "fa_app_schedule");
    EXPECT_RESULT(fa_app_run_schedule(st.app, FA_LAST), REENTRANT);
    EXPECT_TOLD(&st.w, FA105, "fa_app_run_schedule");
    EXPECT_RESULT(fa_app_frame_end(st.app), REENTRANT);
    EXPECT_TOLD(&st.w, FA105, "fa_app_frame_end");
    EXPECT(!fa_app_step_begin(st.app));
    EXPECT_TOLD(&st.w, FA105, "fa_app_step_begin");
    EXPECT_UINT(fa_app_run(st.app, NULL, NULL), -FA_RESULT_REENTRANT);
    EXPECT_TOLD(&st.w, FA105, "fa_app_run");
    trace_say("done ");
}

START_TEST(system_that_is_not_exclusive_changes_nothing_of_the_app)
{
    ADD(FA_SYS(not_exclusive));
    frame();
    EXPECT_TRACE("done ");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("system");
    TCase *tcase = support_case(suite, "refusals");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, system_desc_with_a_problem_is_refused_and_every_problem_is_listed);
    tcase_add_test(tcase, system_of_no_schedule_is_refused);
    tcase_add_test(tcase, system_name_is_taken_once_per_plugin_and_schedule);
    tcase = support_case(suite, "order");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, system_order_is_that_of_adding_where_nothing_else_is_said);
    tcase_add_test(tcase, system_before_and_after_move_only_what_they_must);
    tcase_add_test(tcase, system_chain_runs_in_its_order_and_is_added_whole_or_not_at_all);
    tcase_add_test(tcase, system_cycle_is_an_error_that_names_the_cycle_and_nothing_runs);
    tcase_add_test(tcase, system_cycle_of_thousands_is_named_in_part);
    tcase_add_test(tcase, system_names_mean_the_own_plugins_system_first_then_the_only_one);
    tcase_add_test(tcase, system_ordered_relative_to_nothing_is_an_error_with_the_name_and_both_places);
    tcase_add_test(tcase, system_and_set_of_one_name_are_told_apart_only_by_an_error);
    tcase_add_test(tcase, system_order_agrees_with_a_model_for_random_graphs);
    tcase_add_test(tcase, system_names_are_copied);
    tcase = support_case(suite, "statistics and locals");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, system_statistics_count_runs_and_time_in_the_order_of_running);
    tcase_add_test(tcase, system_local_is_zero_at_first_and_kept_per_system);
    tcase = support_case(suite, "exclusive");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, system_that_is_exclusive_runs_schedules_of_your_own_and_no_others);
    tcase_add_test(tcase,
                   system_that_is_exclusive_may_insert_and_add_and_the_running_schedule_takes_it_up_later);
    tcase_add_test(tcase, system_that_is_not_exclusive_changes_nothing_of_the_app);
    return support_run(suite);
}
