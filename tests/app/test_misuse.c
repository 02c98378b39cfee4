/* Programs that do what nobody should: each is told what is wrong, and the app goes on. */
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

#define ADD(...) EXPECT_OK(fa_app_add_system(st.app, FA_UPDATE, __VA_ARGS__))

/* ---- frames ---------------------------------------------------------------------------------------------- */

static void ends_the_frame(fa_sys *s)
{
    EXPECT_OK(fa_frame_end(fa_sys_ctx(s)));
    EXPECT(FA_FRAME(s, int, 1) == NULL);
    trace_say("ended ");
}

static void begins_a_frame(fa_sys *s)
{
    EXPECT_OK(fa_frame_begin(fa_sys_ctx(s)));
    EXPECT(FA_FRAME(s, int, 100) != NULL);
    trace_say("begun ");
}

START_TEST(misuse_system_ends_the_frame_and_the_next_one_begins_another)
{
    EXPECT_OK(fa_app_add_plugin(st.app, fa_framealloc_plugin()));
    ADD(FA_SYS(ends_the_frame));
    ADD(FA_SYS(begins_a_frame));
    ADD(SAID("after"));
    for (int i = 0; i < 3; i++) {
        EXPECT_OK(fa_app_update_ns(st.app, 0));
        EXPECT_TRACE("ended begun after ");
        EXPECT_UINT(recorder_count_of(&st.w.rec, FA_CODE_FA001), 1);
        EXPECT_UINT(recorder_count_of(&st.w.rec, FA_CODE_FA804) >= 1, 1);
        recorder_clear(&st.w.rec);
        EXPECT(!fa_frame_is_open(st.w.ctx));
        EXPECT_UINT(fa_tag_current(st.w.ctx), FA_TAG_NONE);
    }
    if (!SUPPORT_ASAN) {
        EXPECT_UINT(stats_of(st.app, "begins_a_frame").frame_bytes, 400);
    }
}
END_TEST

static void resets_its_scratch(fa_sys *s)
{
    EXPECT(FA_SCRATCH(s, char, 10) != NULL);
    EXPECT_OK(fa_arena_reset(s->scratch));
    EXPECT(FA_SCRATCH(s, char, 3) != NULL);
    fa_arena_mark mark = fa_arena_mark_get(s->scratch);
    EXPECT(FA_SCRATCH(s, char, 5000) != NULL);
    EXPECT_OK(fa_arena_rewind(s->scratch, mark));
}

START_TEST(misuse_system_manages_its_scratch_memory_itself)
{
    ADD(FA_SYS(resets_its_scratch));
    ADD(SAID("after"));
    EXPECT_OK(fa_app_update_ns(st.app, 0));
    EXPECT_UINT(fa_app_update_ns(st.app, 0), 0);
    EXPECT_TRACE("after after ");
}
END_TEST

/* ---- depth ----------------------------------------------------------------------------------------------- */

enum { DEEP = 200 };
static fa_schedule deep[DEEP];
static int depths[DEEP];
static int reached;

static void goes_deeper(fa_sys *s)
{
    const int *depth = fa_sys_user(s);
    char *p = FA_SCRATCH(s, char, 100);
    EXPECT(p != NULL);
    memset(p, *depth, 100);
    reached = *depth;
    if (*depth + 1 < DEEP) {
        EXPECT_OK(fa_app_run_schedule(fa_sys_app(s), deep[*depth + 1]));
    } else {
        EXPECT_RESULT(fa_app_run_schedule(fa_sys_app(s), deep[0]), REENTRANT);
    }
    EXPECT(all_bytes_are(p, 100, (uint8_t)*depth));
}

START_TEST(misuse_schedules_nest_deeper_than_the_stack_of_tags)
{
    for (int i = 0; i < DEEP; i++) {
        char name[16];
        snprintf(name, sizeof name, "d%d", i);
        depths[i] = i;
        deep[i] = fa_app_schedule(st.app, name);
        EXPECT_OK(fa_app_add_system(st.app, deep[i],
                                    FA_SYSTEM(goes_deeper, .user = &depths[i], .exclusive = true)));
    }
    for (int round = 0; round < 3; round++) {
        EXPECT_OK(fa_app_run_schedule(st.app, deep[0]));
        EXPECT_UINT(reached, DEEP - 1);
        EXPECT(recorder_count_of(&st.w.rec, FA_CODE_FA804) > 0);
        recorder_clear(&st.w.rec);
        EXPECT_UINT(fa_tag_current(st.w.ctx), FA_TAG_NONE);
    }
    fa_tag scratch = fa_tag_intern(st.w.allocator, "app/scratch");
    EXPECT_UINT(tag_stats(st.w.allocator, scratch).self.arena_bytes, 0);
}
END_TEST

/* ---- callbacks ------------------------------------------------------------------------------------------- */

static bool meddles(fa_sys *s, const void *arg)
{
    (void)arg;
    EXPECT_OK(fa_tag_push(fa_sys_ctx(s), fa_tag_intern(st.w.allocator, "left/open")));
    EXPECT_RESULT(fa_app_update_ns(st.app, 0), REENTRANT);
    EXPECT_RESULT(fa_app_destroy(st.app), REENTRANT);
    EXPECT_RESULT(fa_app_add_plugin(st.app, PLUGIN("x", .many = true)), REENTRANT);
    EXPECT(fa_app_schedule(st.app, "x") == FA_SCHEDULE_NONE);
    return true;
}

START_TEST(misuse_condition_drives_the_app_and_leaves_a_tag_open)
{
    ADD(SAY("x", .run_if = {{.fn = meddles}}, .exclusive = true));
    ADD(SAY("y", .in_set = {"S"}));
    EXPECT_OK(fa_app_configure_set(st.app, FA_UPDATE, "S", &(fa_set_desc){.run_if = {{.fn = meddles}}}));
    EXPECT_OK(fa_app_update_ns(st.app, 0));
    EXPECT_TRACE("x y ");
    EXPECT_UINT(recorder_count_of(&st.w.rec, FA_CODE_FA105), 8);
    EXPECT_UINT(recorder_count_of(&st.w.rec, FA_CODE_FA804), 2);
    recorder_clear(&st.w.rec);
    EXPECT_UINT(fa_tag_current(st.w.ctx), FA_TAG_NONE);
}
END_TEST

static void drives_from_the_handler(void *user, const fa_diagnostic *given)
{
    (void)user;
    (void)given;
    EXPECT_OK(fa_app_update_ns(st.app, 0));
    EXPECT_RESULT(fa_app_update_ns(st.app, -1),
                  INVALID_ARGUMENT); /* a diagnostic in a handler is counted only */
}

START_TEST(misuse_handler_drives_the_app)
{
    ADD(SAID("x"));
    st.w.rec.and_then = drives_from_the_handler;
    EXPECT_RESULT(fa_app_update_ns(st.app, -1), INVALID_ARGUMENT);
    st.w.rec.and_then = NULL;
    EXPECT_TOLD(&st.w, FA005, "delta_ns is -1");
    EXPECT_TRACE("x ");
}
END_TEST

/* ---- plugins --------------------------------------------------------------------------------------------- */

static fa_result build_adds_itself(fa_app *app, void *user)
{
    int *left = user;
    return --*left == 0 ? FA_RESULT_IO
                        : fa_app_add_plugin(app, PLUGIN("deep", .many = true, .build = build_adds_itself,
                                                        .user = user));
}

static fa_result build_of_its_own_name(fa_app *app, void *user)
{
    (void)user;
    return fa_app_add_plugin(app, PLUGIN("self", .build = build_of_its_own_name));
}

static fa_result build_destroys(fa_app *app, void *user)
{
    (void)user;
    return fa_app_destroy(app);
}

START_TEST(misuse_plugins_add_themselves_destroy_the_app_or_were_never_filled)
{
    int left = 50;
    EXPECT_RESULT(fa_app_add_plugin(st.app,
                                    PLUGIN("deep", .many = true, .build = build_adds_itself, .user = &left)),
                  IO);
    EXPECT(!fa_app_has_plugin(st.app, "deep"));
    EXPECT_RESULT(fa_app_add_plugin(st.app, PLUGIN("self", .build = build_of_its_own_name)), EXISTS);
    EXPECT_TOLD(&st.w, FA101, "'self'");
    EXPECT_RESULT(fa_app_add_plugin(st.app, PLUGIN("d", .build = build_destroys)), REENTRANT);
    EXPECT_TOLD(&st.w, FA105, "a plugin's function");
    fa_plugin garbage;
    memset(&garbage, 0xCD, sizeof garbage);
    EXPECT_RESULT(fa_app_add_plugin(st.app, &garbage), INVALID_ARGUMENT);
    EXPECT_TOLD(&st.w, FA101, "plugin '?' has ABI version 3452816845");
    memset(&garbage, 0, sizeof garbage);
    EXPECT_RESULT(fa_app_add_plugin(st.app, &garbage), INVALID_ARGUMENT);
    EXPECT_TOLD(&st.w, FA101, "plugin '?' has ABI version 0");
    EXPECT_OK(fa_app_update_ns(st.app, 0));
}
END_TEST

static fa_result shutdown_result;

static void adds_at_shutdown(fa_app *app, void *user)
{
    (void)user;
    shutdown_result = fa_app_add_plugin(app, PLUGIN("late", .many = false));
    EXPECT_OK(fa_app_add_system(app, FA_UPDATE, SAY("x", .local_bytes = 100)));
    EXPECT_OK(fa_app_insert_resource(app, FA_T(fa_memory), NULL));
    EXPECT(fa_app_schedule(app, "new") != FA_SCHEDULE_NONE);
}

START_TEST(misuse_plugin_adds_things_while_the_app_is_taken_down)
{
    EXPECT_OK(fa_app_add_plugin(st.app, PLUGIN("p", .shutdown = adds_at_shutdown)));
    EXPECT_OK(fa_app_destroy(st.app));
    EXPECT_UINT(shutdown_result, FA_RESULT_REENTRANT);
    EXPECT_TOLD(&st.w, FA105, "fa_app_add_plugin");
    world_expect_nothing_left(&st.w);
    tracking_close(&st.w.backing);
    stage_open(&st, NULL);
}
END_TEST

/* ---- limits ---------------------------------------------------------------------------------------------- */

START_TEST(misuse_every_tag_is_taken_and_the_system_too_many_is_refused)
{
    for (uint32_t i = fa_tag_count(st.w.allocator); i <= FA_TAG_MAX - 2; i++) {
        char path[16];
        snprintf(path, sizeof path, "t%u", i);
        EXPECT(fa_tag_intern(st.w.allocator, path) != FA_TAG_INVALID);
    }
    ADD(SAID("fits"));
    ADD(SAID("fits too"));
    EXPECT_NO_MEMORY(&st.w, fa_app_add_system(st.app, FA_UPDATE, SAID("one too many")), FULL);
    EXPECT_NO_MEMORY(&st.w, fa_app_add_plugin(st.app, PLUGIN("no tag", .many = false)), FULL);
    EXPECT_OK(fa_app_update_ns(st.app, 0));
    EXPECT_TRACE("fits fits too ");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("misuse");
    TCase *tcase = support_case(suite, "misuse");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, misuse_system_ends_the_frame_and_the_next_one_begins_another);
    tcase_add_test(tcase, misuse_system_manages_its_scratch_memory_itself);
    tcase_add_test(tcase, misuse_schedules_nest_deeper_than_the_stack_of_tags);
    tcase_add_test(tcase, misuse_condition_drives_the_app_and_leaves_a_tag_open);
    tcase_add_test(tcase, misuse_handler_drives_the_app);
    tcase_add_test(tcase, misuse_plugins_add_themselves_destroy_the_app_or_were_never_filled);
    tcase_add_test(tcase, misuse_plugin_adds_things_while_the_app_is_taken_down);
    tcase_add_test(tcase, misuse_every_tag_is_taken_and_the_system_too_many_is_refused);
    return support_run(suite);
}
