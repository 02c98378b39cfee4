/* Sets and conditions: order as a whole, nesting, chains, switching, and what conditions may see. */
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
    EXPECT_OK(fa_app_update_ns(st.app, 100000000));
}

#define ADD(...) EXPECT_OK(fa_app_add_system(st.app, FA_UPDATE, __VA_ARGS__))
#define SET(name, ...) EXPECT_OK(fa_app_configure_set(st.app, FA_UPDATE, name, &(fa_set_desc){__VA_ARGS__}))

typedef struct Switch {
    bool on;
} Switch;
FA_TYPE_STATIC(Switch);

static bool is_on(fa_sys *s, const void *arg)
{
    trace_say("?%s ", (const char *)arg);
    return FA_RES(s, Switch)->on;
}
#define IF_ON(text)                                       \
    {                                                     \
        .fn = is_on, .arg = text, .res = { FA_R(Switch) } \
    }

/* ---- order ----------------------------------------------------------------------------------------------- */

START_TEST(set_is_ordered_as_a_whole)
{
    ADD(SAY("late", .in_set = {"L"}));
    ADD(SAY("early", .in_set = {"E"}));
    ADD(SAY("late too", .in_set = {"L"}));
    ADD(SAY("early too", .in_set = {"E"}));
    ADD(SAY("x", .after = {"E"}, .before = {"L"}));
    SET("E", .before = {"L"});
    frame();
    EXPECT_TRACE("early early too x late late too ");
}
END_TEST

START_TEST(set_that_is_empty_passes_the_order_on)
{
    ADD(SAY("b", .after = {"nothing in it"}));
    ADD(SAY("a", .before = {"nothing in it"}));
    SET("nothing in it", .chained = false);
    frame();
    EXPECT_TRACE("a b ");
}
END_TEST

START_TEST(set_in_a_set_takes_its_order)
{
    ADD(SAY("x", .in_set = {"inner"}));
    ADD(SAID("y"));
    SET("inner", .in_set = {"outer"});
    SET("outer", .after = {"y"});
    frame();
    EXPECT_TRACE("y x ");
}
END_TEST

START_TEST(set_that_is_chained_runs_its_members_one_after_the_other)
{
    ADD(SAY("in sub", .in_set = {"sub"}));
    ADD(SAY("1", .in_set = {"chain"}));
    ADD(SAID("free"));
    ADD(SAY("2", .in_set = {"chain"}));
    ADD(SAY("3", .in_set = {"chain"}, .before = {"free"}));
    SET("sub", .in_set = {"chain"});
    SET("chain", .chained = true);
    frame();
    EXPECT_TRACE("1 2 3 in sub free ");
    SET("chain", .after = {"free"}); /* adds to what was said */
    EXPECT_RESULT(fa_app_update_ns(st.app, 0), INVALID_ARGUMENT);
    EXPECT_TOLD(&st.w, FA106, "chain (set)");
}
END_TEST

START_TEST(set_belongs_to_its_schedule)
{
    ADD(SAY("x", .in_set = {"S"}));
    EXPECT_OK(fa_app_add_system(st.app, FA_LAST, SAY("y", .after = {"S"})));
    EXPECT_RESULT(fa_app_start(st.app), NOT_FOUND);
    EXPECT_TOLD(&st.w, FA106, "Last: app/y is ordered relative to 'S'");
}
END_TEST

START_TEST(set_ordered_relative_to_nothing_is_an_error_with_its_name)
{
    SET("S", .before = {"x"});
    EXPECT_RESULT(fa_app_start(st.app), NOT_FOUND);
    EXPECT_TOLD(&st.w, FA106, "Update: S is ordered relative to 'x'");
}
END_TEST

START_TEST(set_desc_with_a_problem_is_refused)
{
    const fa_set_desc dirty = {.start_canary = 1};
    const fa_set_desc slashes = {.before = {"a//b"}};
    const fa_set_desc fine = {.chained = true};
    EXPECT_REFUSED(&st.w, fa_app_configure_set(st.app, FA_UPDATE, "S", &dirty), FA103, INVALID_DESC);
    EXPECT_REFUSED(&st.w, fa_app_configure_set(st.app, FA_UPDATE, "S", &slashes), FA103, INVALID_DESC);
    EXPECT_REFUSED(&st.w, fa_app_configure_set(st.app, FA_UPDATE, "", &fine), FA005, INVALID_ARGUMENT);
    EXPECT_REFUSED(&st.w, fa_app_configure_set(st.app, FA_UPDATE, NULL, &fine), FA005, INVALID_ARGUMENT);
    EXPECT_REFUSED(&st.w, fa_app_configure_set(st.app, 999, "S", &fine), FA005, INVALID_ARGUMENT);
    EXPECT_REFUSED(&st.w, fa_app_configure_set(st.app, FA_UPDATE, "S", NULL), FA005, INVALID_ARGUMENT);
}
END_TEST

/* ---- conditions ------------------------------------------------------------------------------------------ */

START_TEST(condition_of_a_system_decides_each_time_and_stops_at_the_first_that_does_not_hold)
{
    EXPECT_OK(FA_INSERT_RESOURCE(st.app, Switch, {true}));
    ADD(SAY("x", .run_if = {IF_ON("1"), IF_ON("2")}));
    ADD(SAY("y", .run_if = {{.fn = is_on, .arg = "not", .negate = true, .res = {FA_R(Switch)}}}));
    frame();
    EXPECT_TRACE("?1 ?2 x ?not ");
    FA_APP_RES_MUT(st.app, Switch)->on = false;
    frame();
    EXPECT_TRACE("?1 ?not y ");
    EXPECT_UINT(stats_of(st.app, "x").skipped, 1);
    EXPECT_UINT(stats_of(st.app, "x").runs, 1);
}
END_TEST

START_TEST(condition_of_a_set_is_asked_once_per_run_before_its_first_system)
{
    EXPECT_OK(FA_INSERT_RESOURCE(st.app, Switch, {true}));
    ADD(SAID("before"));
    ADD(SAY("a", .in_set = {"S"}));
    ADD(SAY("b", .in_set = {"S"}, .run_if = {IF_ON("b")}));
    SET("S", .run_if = {IF_ON("S")});
    frame();
    EXPECT_TRACE("before ?S a ?b b ");
    FA_APP_RES_MUT(st.app, Switch)->on = false;
    frame();
    EXPECT_TRACE("before ?S ");
    EXPECT_UINT(stats_of(st.app, "b").skipped, 1);
}
END_TEST

START_TEST(condition_of_an_outer_set_is_asked_first_and_spares_the_inner_one)
{
    EXPECT_OK(FA_INSERT_RESOURCE(st.app, Switch, {true}));
    ADD(SAY("a", .in_set = {"inner", "other"}));
    SET("inner", .in_set = {"middle"}, .run_if = {IF_ON("inner")});
    SET("outer", .run_if = {IF_ON("outer")});
    SET("middle", .in_set = {"outer"});
    SET("other", .in_set = {"outer"}, .run_if = {IF_ON("other")});
    SET("other", .run_if = {IF_ON("again")});
    frame();
    EXPECT_TRACE("?outer ?inner ?other ?again a ");
    FA_APP_RES_MUT(st.app, Switch)->on = false;
    frame();
    EXPECT_TRACE("?outer ");
}
END_TEST

START_TEST(condition_that_comes_with_the_layer_knows_resources_and_periods)
{
    static const uint32_t period = 250;
    static const uint32_t always = 0;
    ADD(SAY("has", .run_if = {{.fn = fa_if_resource, .arg = FA_T(Switch)}}));
    ADD(SAY("250", .run_if = {{.fn = fa_if_every_ms, .arg = &period}}));
    ADD(SAY("0", .run_if = {{.fn = fa_if_every_ms, .arg = &always}}));
    ADD(SAY("none", .run_if = {{.fn = fa_if_resource}}));
    frame(); /* 100 ms */
    frame();
    EXPECT_TRACE("0 0 ");
    frame();
    EXPECT_TRACE("250 0 ");
    EXPECT_OK(fa_app_insert_resource(st.app, FA_T(Switch), NULL));
    frame();
    frame();
    EXPECT_TRACE("has 0 has 250 0 ");
    EXPECT_OK(fa_app_update_ns(st.app, 0));
    EXPECT_TRACE("has 0 ");
}
END_TEST

static bool looks_around(fa_sys *s, const void *arg)
{
    EXPECT(arg == NULL);
    EXPECT(fa_sys_local(s) == NULL);
    EXPECT(fa_sys_ctx(s) == st.w.ctx);
    trace_say("[%s] ", fa_tag_path(st.w.allocator, fa_tag_current(st.w.ctx)));
    EXPECT(FA_SCRATCH(s, char, 100) != NULL);
    EXPECT(fa_sys_app(s) == NULL);
    EXPECT_TOLD(&st.w, FA107, "a condition of ");
    EXPECT_RESULT(fa_app_insert_resource(st.app, FA_T(Switch), NULL), REENTRANT);
    EXPECT_TOLD(&st.w, FA105, "a condition");
#ifdef FA_DEBUG
    EXPECT(FA_RES(s, Switch) == NULL);
    EXPECT_TOLD(&st.w, FA107, "reads 'Switch'");
    EXPECT(FA_RES_MUT(s, Switch) == NULL);
    EXPECT_TOLD(&st.w, FA107, "writes 'Switch'");
#endif
    return true;
}

START_TEST(condition_sees_what_it_declared_and_changes_nothing)
{
    ADD(SAY("x", .run_if = {{.fn = looks_around}}, .res = {FA_W(Switch)}, .local_bytes = 4,
            .exclusive = true));
    ADD(SAY("y", .in_set = {"S"}));
    SET("S", .run_if = {{.fn = looks_around}});
    frame();
    EXPECT_TRACE("[app/x] x [app] y ");
    EXPECT_UINT(tag_stats(st.w.allocator, fa_tag_intern(st.w.allocator, "app/scratch")).self.arena_bytes, 0);
}
END_TEST

START_TEST(condition_of_many_sets_and_systems_opens_the_right_gates)
{
    /* 64 sets in a tree: a system runs when all sets above it are open; compared with the same walk by hand.
     */
    enum { N = 64 };
    static char names[N][16];
    static bool open[N];
    random_state r = {support_seed()};
    for (int i = 0; i < N; i++) {
        snprintf(names[i], sizeof names[i], "S%d", i);
    }
    for (int i = 0; i < N; i++) {
        fa_set_desc desc = {.run_if = {{.fn = fa_if_resource, .arg = FA_T(fa_time)}}};
        open[i] = random_below(&r, 4) != 0;
        desc.run_if[0].negate = !open[i];
        if (i > 0) {
            desc.in_set[0] = names[(i - 1) / 2];
        }
        EXPECT_OK(fa_app_configure_set(st.app, FA_UPDATE, names[i], &desc));
        fa_system_desc system = {.name = names[i] + 1, .fn = say, .user = names[i] + 1, .in_set = {names[i]}};
        ADD(&system);
    }
    char expected[1024] = "";
    for (int i = 0; i < N; i++) {
        bool runs = open[i];
        for (int up = i; up > 0 && runs; up = (up - 1) / 2) {
            runs = open[(up - 1) / 2];
        }
        if (runs) {
            strcat(strcat(expected, names[i] + 1), " ");
        }
    }
    for (int i = 0; i < 3; i++) {
        frame();
        EXPECT_TRACE(expected);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("set");
    TCase *tcase = support_case(suite, "order");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, set_is_ordered_as_a_whole);
    tcase_add_test(tcase, set_that_is_empty_passes_the_order_on);
    tcase_add_test(tcase, set_in_a_set_takes_its_order);
    tcase_add_test(tcase, set_that_is_chained_runs_its_members_one_after_the_other);
    tcase_add_test(tcase, set_belongs_to_its_schedule);
    tcase_add_test(tcase, set_ordered_relative_to_nothing_is_an_error_with_its_name);
    tcase_add_test(tcase, set_desc_with_a_problem_is_refused);
    tcase = support_case(suite, "conditions");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, condition_of_a_system_decides_each_time_and_stops_at_the_first_that_does_not_hold);
    tcase_add_test(tcase, condition_of_a_set_is_asked_once_per_run_before_its_first_system);
    tcase_add_test(tcase, condition_of_an_outer_set_is_asked_first_and_spares_the_inner_one);
    tcase_add_test(tcase, condition_that_comes_with_the_layer_knows_resources_and_periods);
    tcase_add_test(tcase, condition_sees_what_it_declared_and_changes_nothing);
    tcase_add_test(tcase, condition_of_many_sets_and_systems_opens_the_right_gates);
    return support_run(suite);
}
