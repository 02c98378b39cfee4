/* The codes of the app layer, each with a program that earns it and its twin, which does nearly the same and
 * must not: as tests/core/test_codes.c for those of the core. */
#include "app/support.h"

typedef struct Pos {
    float x, y;
} Pos;
FA_TYPE_STATIC(Pos);

static stage st;
static bool wrong; ///< what the systems are to do

static void setup(void)
{
    stage_open(&st, NULL);
}
static void teardown(void)
{
    stage_close(&st);
}

/* ---- one function per code; wrong: earn it ---------------------------------------------------------------- */

static void fa101(void)
{
    fa_plugin plugin = {.abi_version = FA_ABI_VERSION + (wrong ? 1 : 0), .name = "alien"};
    EXPECT((fa_app_add_plugin(st.app, &plugin) == FA_RESULT_OK) != wrong);
}

static void fa102(void)
{
    EXPECT_OK(fa_app_add_plugin(st.app, fa_framealloc_plugin()));
    EXPECT_OK(fa_app_start(st.app));
    EXPECT_OK(fa_app_frame_begin(st.app, 0));
    EXPECT_OK(fa_app_run_schedule(st.app, FA_FIRST));
    if (!wrong) {
        EXPECT_OK(fa_app_run_schedule(st.app, FA_LAST));
    }
    EXPECT_OK(fa_app_frame_end(st.app));
}

static void fa106(void)
{
    EXPECT_OK(fa_app_add_system(st.app, FA_UPDATE, SAY("a", .after = {"b"})));
    EXPECT_OK(
        fa_app_add_system(st.app, FA_UPDATE, wrong ? SAY("b", .after = {"a"}) : SAY("b", .before = {"a"})));
    EXPECT((fa_app_update_ns(st.app, 0) == FA_RESULT_OK) != wrong);
}

static void asks_for_the_world(fa_sys *s)
{
    EXPECT((fa_sys_world(s) == NULL) == wrong);
}
static void fa107(void)
{
    EXPECT_OK(fa_app_add_system(st.app, FA_UPDATE, FA_SYSTEM(asks_for_the_world, .exclusive = !wrong)));
    EXPECT_OK(fa_app_update_ns(st.app, 0));
}

static void takes_step_memory(fa_sys *s)
{
    EXPECT((FA_STEP(s, int, 4) == NULL) == wrong);
}
static void fa108(void)
{
    EXPECT_OK(fa_app_add_system(st.app, wrong ? FA_UPDATE : FA_FIXED_UPDATE, FA_SYS(takes_step_memory)));
    EXPECT_OK(fa_app_update_ns(st.app, FRAME_NS));
}

static void fa110(void)
{
    fa_world *all = fa_app_world(st.app);
    fa_entity e = FA_WORLD_SPAWN(all, FA_V(Pos, {1, 2}));
    static const fa_term terms[] = {FA_R(Pos)};
    fa_query *q = NULL;
    EXPECT_OK(fa_query_create(all, terms, 1, &q));
    FA_QUERY_EACH(q, it)
    {
        if (wrong) {
            EXPECT_RESULT(fa_world_despawn(all, e), BUSY);
        }
    }
    EXPECT_OK(fa_world_despawn(all, e)); /* after the loop */
    fa_query_destroy(q);
}

static void fa111(void)
{
    fa_world *all = fa_app_world(st.app);
    fa_entity e = FA_WORLD_SPAWN(all, FA_V(Pos, {1, 2}));
    EXPECT_OK(fa_world_despawn(all, e));
    EXPECT(!fa_world_is_alive(all, e)); /* asking is right */
    if (wrong) {
        EXPECT_RESULT(fa_world_despawn(all, e), STALE);
    }
}

/* ---- the table -------------------------------------------------------------------------------------------- */

static const struct row {
    fa_diagnostic_code code;
    void (*run)(void);
} rows[] = {{FA_CODE_FA101, fa101}, {FA_CODE_FA102, fa102}, {FA_CODE_FA106, fa106}, {FA_CODE_FA107, fa107},
            {FA_CODE_FA108, fa108}, {FA_CODE_FA110, fa110}, {FA_CODE_FA111, fa111}};

#define ROWS ((int)(sizeof rows / sizeof rows[0]))

START_TEST(codes_of_the_app_are_earned_by_what_is_wrong)
{
    const struct row *row = &rows[_i];
    wrong = true;
    row->run();
    EXPECTF(st.w.rec.count >= 1, "%s was not told", support_codes[row->code]);
    for (unsigned i = 0; i < st.w.rec.count; i++) {
        EXPECTF(st.w.rec.items[i].id == row->code, "%s instead of %s: %s", st.w.rec.items[i].code,
                support_codes[row->code], st.w.rec.items[i].message);
    }
    EXPECTF(strstr(st.w.rec.items[0].here, "test_codes.c:") != NULL, "%s", st.w.rec.items[0].here);
    EXPECTF(st.w.rec.problem[0] == '\0', "%s", st.w.rec.problem);
    recorder_clear(&st.w.rec);
}
END_TEST

START_TEST(codes_of_the_app_are_silent_about_what_is_right)
{
    wrong = false;
    rows[_i].run();
    world_expect_quiet(&st.w);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("codes");
    TCase *tcase = support_case(suite, "earned");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_loop_test(tcase, codes_of_the_app_are_earned_by_what_is_wrong, 0, ROWS);
    tcase_add_loop_test(tcase, codes_of_the_app_are_silent_about_what_is_right, 0, ROWS);
    return support_run(suite);
}
