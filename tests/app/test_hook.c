/* Hooks, schedules of your own, and the framealloc plugin, which is made of hooks. */
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

/* ---- hooks ----------------------------------------------------------------------------------------------- */

static const char *const hook_names[] = {
#define FA_X(name, when) #name,
    FA_HOOK_TABLE(FA_X)
#undef FA_X
};

static char first[] = "";
static char second[] = "2nd ";

static void tell(fa_app *app, const fa_hook_event *event, void *user)
{
    EXPECT(app == st.app);
    EXPECT(event->here != NULL && strstr(event->here, "test_hook.c:") != NULL);
    EXPECT(fa_tag_current(fa_app_context(app)) == FA_TAG_NONE);
    bool is_system = event->hook == FA_HOOK_SYSTEM_BEGIN || event->hook == FA_HOOK_SYSTEM_END;
    EXPECT((event->system != NULL) == is_system && (event->plugin != NULL) == is_system);
    EXPECT((event->schedule_name != NULL) == (event->schedule != FA_SCHEDULE_NONE));
    if (event->schedule != FA_SCHEDULE_NONE && event->schedule != FA_UPDATE &&
        event->schedule != FA_FIXED_UPDATE) {
        return;
    }
    trace_say("%s%s%s ", (const char *)user, hook_names[event->hook], is_system ? event->system : "");
}

START_TEST(hook_of_a_beginning_is_called_in_order_and_of_an_end_in_reverse)
{
    for (int i = 0; i < FA_HOOK_COUNT; i++) {
        EXPECT_OK(fa_app_add_hook(st.app, (fa_hook)i, tell, first));
    }
    EXPECT_OK(fa_app_add_hook(st.app, FA_HOOK_FRAME_BEGIN, tell, second));
    EXPECT_OK(fa_app_add_hook(st.app, FA_HOOK_FRAME_END, tell, second));
    EXPECT_OK(fa_app_add_system(st.app, FA_UPDATE, SAID("x")));
    EXPECT_OK(fa_app_add_system(st.app, FA_UPDATE, SAY("never", .run_if = {{.fn = fa_if_resource}})));
    EXPECT_OK(fa_app_update_ns(st.app, FRAME_NS));
    EXPECT_TRACE("FRAME_BEGIN 2nd FRAME_BEGIN STEP_BEGIN SCHEDULE_BEGIN SCHEDULE_END STEP_END SCHEDULE_BEGIN "
                 "SYSTEM_BEGINx x SYSTEM_ENDx SCHEDULE_END 2nd FRAME_END FRAME_END ");
    EXPECT_RESULT(fa_app_remove_hook(st.app, FA_HOOK_FRAME_BEGIN, tell, NULL), NOT_FOUND);
    for (int i = 0; i < FA_HOOK_COUNT; i++) {
        EXPECT_OK(fa_app_remove_hook(st.app, (fa_hook)i, tell, first));
    }
    EXPECT_OK(fa_app_update_ns(st.app, 0));
    EXPECT_TRACE("2nd FRAME_BEGIN x 2nd FRAME_END ");
}
END_TEST

static void meddles(fa_app *app, const fa_hook_event *event, void *user)
{
    (void)event;
    (void)user;
    EXPECT_RESULT(fa_app_add_hook(app, FA_HOOK_FRAME_END, meddles, NULL), REENTRANT);
    EXPECT_TOLD(&st.w, FA105, "fa_app_add_hook: called from inside a hook");
    EXPECT_RESULT(fa_app_remove_hook(app, FA_HOOK_FRAME_BEGIN, meddles, NULL), REENTRANT);
    EXPECT_TOLD(&st.w, FA105, "fa_app_remove_hook");
    EXPECT_RESULT(fa_app_add_system(app, FA_UPDATE, SAID("x")), REENTRANT);
    EXPECT_TOLD(&st.w, FA105, "fa_app_add_system");
    EXPECT_RESULT(fa_app_insert_resource(app, FA_T(fa_time), NULL), REENTRANT);
    EXPECT_TOLD(&st.w, FA105, "fa_app_insert_resource");
    EXPECT_RESULT(fa_app_update_ns(app, 0), REENTRANT);
    EXPECT_TOLD(&st.w, FA105, "fa_app_update_ns");
    EXPECT_RESULT(fa_app_run_schedule(app, FA_UPDATE), REENTRANT);
    EXPECT_TOLD(&st.w, FA105, "fa_app_run_schedule");
    EXPECT_RESULT(fa_app_destroy(app), REENTRANT);
    EXPECT_TOLD(&st.w, FA105, "fa_app_destroy");
    EXPECT(FA_APP_RES(app, fa_time) != NULL);
    trace_say("meddled ");
}

START_TEST(hook_must_not_change_the_app)
{
    EXPECT_OK(fa_app_add_hook(st.app, FA_HOOK_FRAME_BEGIN, meddles, NULL));
    EXPECT_OK(fa_app_update_ns(st.app, 0));
    EXPECT_TRACE("meddled ");
    EXPECT_REFUSED(&st.w, fa_app_add_hook(st.app, FA_HOOK_FRAME_BEGIN, NULL, NULL), FA005, INVALID_ARGUMENT);
    EXPECT_REFUSED(&st.w, fa_app_add_hook(st.app, FA_HOOK_COUNT, meddles, NULL), FA005, INVALID_ARGUMENT);
    EXPECT_REFUSED(&st.w, fa_app_remove_hook(st.app, (fa_hook)-1, meddles, NULL), FA005, INVALID_ARGUMENT);
}
END_TEST

/* ---- schedules ------------------------------------------------------------------------------------------- */

START_TEST(schedule_is_made_on_first_use_and_found_by_its_name)
{
    fa_schedule own = fa_app_schedule(st.app, "Turn");
    EXPECT(own >= FA_SCHEDULE_BUILT_IN_END);
    char name[] = "Turn";
    EXPECT_UINT(fa_app_schedule(st.app, name), own);
    EXPECT(fa_app_schedule(st.app, "Other") != own);
    EXPECT_UINT(fa_app_schedule(st.app, "Update"), FA_UPDATE);
    EXPECT_UINT(fa_app_schedule(st.app, "FixedLast"), FA_FIXED_LAST);
    EXPECT_STR(fa_app_schedule_name(st.app, own), "Turn");
    EXPECT_STR(fa_app_schedule_name(st.app, FA_STATE_TRANSITION), "StateTransition");
    EXPECT(fa_app_schedule_name(st.app, 0) == NULL && fa_app_schedule_name(st.app, 999) == NULL);
    EXPECT_UINT(fa_app_schedule(st.app, ""), FA_SCHEDULE_NONE);
    EXPECT_TOLD(&st.w, FA005, "name");
    EXPECT_UINT(fa_app_schedule(st.app, NULL), FA_SCHEDULE_NONE);
    EXPECT_TOLD(&st.w, FA005, "name");
    EXPECT_UINT(fa_app_schedule(NULL, "x"), FA_SCHEDULE_NONE);
}
END_TEST

START_TEST(schedule_of_your_own_runs_when_you_run_it_with_its_own_order)
{
    fa_schedule own = fa_app_schedule(st.app, "Turn");
    EXPECT_OK(fa_app_add_system(st.app, own, SAY("b", .after = {"a"})));
    EXPECT_OK(fa_app_add_system(st.app, own, SAID("a")));
    EXPECT_OK(fa_app_update_ns(st.app, FRAME_NS));
    EXPECT_TRACE("");
    EXPECT_OK(fa_app_run_schedule(st.app, own));
    EXPECT_TRACE("a b ");
    EXPECT_OK(fa_app_add_system(st.app, own, SAY("c", .after = {"c"})));
    EXPECT_RESULT(fa_app_run_schedule(st.app, own), INVALID_ARGUMENT);
    EXPECT_TOLD(&st.w, FA106, "Turn: each must run before the next: app/c -> app/c");
    EXPECT_TRACE("");
}
END_TEST

START_TEST(schedules_by_the_thousand_grow_the_list)
{
    for (int i = 0; i < 1000; i++) {
        char name[16];
        snprintf(name, sizeof name, "s%d", i);
        fa_schedule schedule = fa_app_schedule(st.app, name);
        EXPECT_UINT(schedule, FA_SCHEDULE_BUILT_IN_END + i);
        EXPECT_OK(fa_app_add_system(st.app, schedule, SAID("x")));
    }
    EXPECT_OK(fa_app_update_ns(st.app, 0));
    EXPECT_OK(fa_app_run_schedule(st.app, FA_SCHEDULE_BUILT_IN_END + 999));
    EXPECT_TRACE("x ");
}
END_TEST

/* ---- the framealloc plugin ------------------------------------------------------------------------------- */

static void shows_frame(fa_sys *s)
{
    trace_say("%s:%llu%s ", (const char *)fa_sys_user(s), (unsigned long long)fa_frame_index(fa_sys_ctx(s)),
              fa_frame_is_open(fa_sys_ctx(s)) ? "" : "!");
}

static void show_frames_everywhere(void)
{
    for (fa_schedule i = 1; i < FA_SCHEDULE_BUILT_IN_END; i++) {
        const char *name = fa_app_schedule_name(st.app, i);
        fa_system_desc desc = {.name = name, .fn = shows_frame, .user = (void *)(uintptr_t)name};
        EXPECT_OK(fa_app_add_system(st.app, i, &desc));
    }
}

START_TEST(framealloc_plugin_opens_a_frame_from_first_to_last_and_one_for_startup_and_shutdown)
{
    show_frames_everywhere();
    EXPECT_OK(fa_app_add_plugin(st.app, fa_framealloc_plugin())); /* after the systems: it is all the same */
    EXPECT(FA_APP_RES(st.app, fa_memory)->allocator == st.w.allocator);
    EXPECT(FA_APP_RES(st.app, fa_memory)->ctx == st.w.ctx);
    EXPECT_OK(fa_app_start(st.app));
    EXPECT_TRACE("PreStartup:1 Startup:1 PostStartup:1 ");
    EXPECT(!fa_frame_is_open(st.w.ctx));
    EXPECT_OK(fa_app_update_ns(st.app, FRAME_NS));
    EXPECT_TRACE("First:2 PreUpdate:2 StateTransition:2 FixedFirst:2 FixedPreUpdate:2 FixedUpdate:2 "
                 "FixedPostUpdate:2 FixedLast:2 Update:2 PostUpdate:2 Render:2 Last:2 ");
    EXPECT(!fa_frame_is_open(st.w.ctx));
    for (int i = 0; i < 10; i++) {
        EXPECT_OK(fa_app_update_ns(st.app, 0));
    }
    EXPECT_UINT(context_stats(st.w.ctx).frames, 12);
    trace_clear();
    stage_close(&st);
    EXPECT_TRACE("Shutdown:13 ");
    stage_open(&st, NULL);
}
END_TEST

START_TEST(framealloc_plugin_left_out_leaves_frames_to_you)
{
    show_frames_everywhere();
    EXPECT_OK(fa_app_start(st.app));
    EXPECT_TRACE("PreStartup:0! Startup:0! PostStartup:0! ");
    EXPECT_OK(fa_frame_begin(st.w.ctx));
    EXPECT_OK(fa_app_update_ns(st.app, 0));
    EXPECT_TRACE("First:1 PreUpdate:1 StateTransition:1 Update:1 PostUpdate:1 Render:1 Last:1 ");
    EXPECT_OK(fa_frame_end(st.w.ctx));
    stage_close(&st);
    trace_clear();
    stage_open(&st, NULL);
}
END_TEST

START_TEST(framealloc_plugin_tells_when_first_or_last_is_left_out_and_puts_the_frame_right)
{
    EXPECT_OK(fa_app_add_plugin(st.app, fa_framealloc_plugin()));
    EXPECT_OK(fa_app_start(st.app));
    uint64_t frames = context_stats(st.w.ctx).frames;
    EXPECT_OK(fa_app_frame_begin(st.app, 0));
    EXPECT_OK(fa_app_run_schedule(st.app, FA_UPDATE));
    EXPECT_OK(fa_app_frame_end(st.app));
    EXPECT_TOLD(&st.w, FA102, "without the schedule First and Last");
    EXPECT_OK(fa_app_frame_begin(st.app, 0));
    EXPECT_OK(fa_app_run_schedule(st.app, FA_FIRST));
    EXPECT(FA_FRAME_NEW(st.w.ctx, int) != NULL);
    EXPECT_OK(fa_app_frame_end(st.app));
    EXPECT_TOLD(&st.w, FA102, "without the schedule Last");
    EXPECT(!fa_frame_is_open(st.w.ctx));
    EXPECT_OK(fa_app_frame_begin(st.app, 0));
    EXPECT_OK(fa_app_run_schedule(st.app, FA_LAST));
    EXPECT_OK(fa_app_frame_end(st.app));
    EXPECT_TOLD(&st.w, FA102, "without the schedule First");
    EXPECT_OK(fa_app_update_ns(st.app, 0));
    EXPECT_UINT(context_stats(st.w.ctx).frames, frames + 2);
}
END_TEST

START_TEST(framealloc_plugin_does_not_end_a_frame_that_is_yours)
{
    EXPECT_OK(fa_app_add_plugin(st.app, fa_framealloc_plugin()));
    EXPECT_OK(fa_app_start(st.app));
    EXPECT_OK(fa_frame_begin(st.w.ctx));
    int *mine = FA_FRAME_NEW(st.w.ctx, int);
    *mine = 7;
    EXPECT_OK(fa_app_update_ns(st.app, 0));
    EXPECT_TOLD(&st.w, FA603, "");
    EXPECT(fa_frame_is_open(st.w.ctx) && *mine == 7);
    EXPECT_OK(fa_frame_end(st.w.ctx));
    EXPECT_OK(fa_app_update_ns(st.app, 0));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("hook");
    TCase *tcase = support_case(suite, "hooks");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, hook_of_a_beginning_is_called_in_order_and_of_an_end_in_reverse);
    tcase_add_test(tcase, hook_must_not_change_the_app);
    tcase = support_case(suite, "schedules");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, schedule_is_made_on_first_use_and_found_by_its_name);
    tcase_add_test(tcase, schedule_of_your_own_runs_when_you_run_it_with_its_own_order);
    tcase_add_test(tcase, schedules_by_the_thousand_grow_the_list);
    tcase = support_case(suite, "framealloc plugin");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase,
                   framealloc_plugin_opens_a_frame_from_first_to_last_and_one_for_startup_and_shutdown);
    tcase_add_test(tcase, framealloc_plugin_left_out_leaves_frames_to_you);
    tcase_add_test(tcase, framealloc_plugin_tells_when_first_or_last_is_left_out_and_puts_the_frame_right);
    tcase_add_test(tcase, framealloc_plugin_does_not_end_a_frame_that_is_yours);
    return support_run(suite);
}
