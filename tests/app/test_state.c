/* test_state.c - states change at one place, in one order, and take their entities along. */
#include "support.h"

typedef enum Screen { MENU, PLAYING, PAUSED } Screen;
typedef enum Weather { SUN, RAIN } Weather;
FA_TYPE_STATIC(Screen);
FA_TYPE_STATIC(Weather);

static stage st;

static void setup(void)
{
    stage_open(&st, NULL);
    EXPECT_OK(fa_app_add_plugin(st.app, fa_framealloc_plugin()));
    EXPECT_OK(fa_app_add_state(st.app, FA_T(Screen), MENU));
    const struct {
        fa_schedule schedule;
        const char *text;
    } said[] = {{fa_on_enter(st.app, FA_T(Screen), MENU), "+menu"},
                {fa_on_exit(st.app, FA_T(Screen), MENU), "-menu"},
                {fa_on_enter(st.app, FA_T(Screen), PLAYING), "+playing"},
                {fa_on_exit(st.app, FA_T(Screen), PLAYING), "-playing"},
                {fa_on_transition(st.app, FA_T(Screen), MENU, PLAYING), "menu>playing"},
                {FA_STATE_TRANSITION, "transition"},
                {FA_STARTUP, "startup"}};
    for (size_t i = 0; i < sizeof said / sizeof said[0]; i++) {
        fa_system_desc desc = {.name = said[i].text, .fn = say, .user = (void *)(uintptr_t)said[i].text};
        EXPECT_OK(fa_app_add_system(st.app, said[i].schedule, &desc));
    }
}
static void teardown(void)
{
    stage_close(&st);
}
static void frame(void)
{
    EXPECT_OK(fa_app_update_ns(st.app, FRAME_NS));
}

START_TEST(state_is_entered_in_the_first_frame_after_startup)
{
    frame();
    EXPECT_TRACE("startup +menu transition ");
    frame();
    EXPECT_TRACE("transition ");
    EXPECT_UINT(fa_app_state(st.app, FA_T(Screen)), MENU);
}
END_TEST

static bool go;
static void start_game(fa_sys *s)
{
    if (go) {
        EXPECT_UINT(fa_sys_state(s, FA_T(Screen)), MENU);
        EXPECT_OK(fa_sys_set_state(s, FA_T(Screen), PLAYING));
        EXPECT_UINT(fa_sys_state(s, FA_T(Screen)), MENU); /* not before StateTransition */
    }
}

START_TEST(state_changes_in_state_transition_in_this_order)
{
    static const fa_state_is in_menu = {FA_T(Screen), MENU, 0}; /* conditions borrow it */
    EXPECT_OK(fa_app_add_system(st.app, FA_UPDATE,
                                FA_SYSTEM(start_game, .run_if = {{.fn = fa_if_in_state, .arg = &in_menu}})));
    go = false;
    frame();
    trace_clear();
    go = true;
    frame();
    EXPECT_TRACE("transition ");
    frame(); /* the condition does not hold any more: nobody asks again */
    EXPECT_TRACE("-menu menu>playing +playing transition ");
    EXPECT_UINT(fa_app_state(st.app, FA_T(Screen)), PLAYING);
    frame();
    EXPECT_TRACE("transition ");
    EXPECT_OK(fa_app_set_state(st.app, FA_T(Screen), PAUSED)); /* nobody has systems there: fine */
    frame();
    EXPECT_TRACE("-playing transition ");
}
END_TEST

START_TEST(state_asked_for_twice_is_the_last_and_the_present_one_takes_it_back)
{
    frame();
    trace_clear();
    EXPECT_OK(fa_app_set_state(st.app, FA_T(Screen), PLAYING));
    EXPECT_OK(fa_app_set_state(st.app, FA_T(Screen), PAUSED));
    frame();
    EXPECT_TRACE("-menu transition ");
    EXPECT_UINT(fa_app_state(st.app, FA_T(Screen)), PAUSED);
    EXPECT_OK(fa_app_set_state(st.app, FA_T(Screen), MENU));
    EXPECT_OK(fa_app_set_state(st.app, FA_T(Screen), PAUSED));
    frame();
    EXPECT_TRACE("transition ");
}
END_TEST

START_TEST(entities_scoped_to_a_state_go_with_it)
{
    EXPECT_OK(fa_app_add_state(st.app, FA_T(Weather), SUN));
    frame();
    fa_world *w = fa_app_world(st.app);
    for (int i = 0; i < 1000; i++) {
        EXPECT(FA_WORLD_SPAWN(w, FA_V(fa_state_is, {FA_T(Screen), i % 2 ? MENU : PLAYING, 0})) != 0);
    }
    fa_entity weather = FA_WORLD_SPAWN(w, FA_V(fa_state_is, {FA_T(Weather), MENU, 0}));
    fa_entity free = fa_world_spawn(w, NULL, 0);
    EXPECT_OK(fa_app_set_state(st.app, FA_T(Screen), PLAYING));
    frame();
    EXPECT_UINT(fa_world_entity_count(w), 502);
    EXPECT(fa_world_is_alive(w, weather) && fa_world_is_alive(w, free));
    EXPECT_OK(fa_app_set_state(st.app, FA_T(Screen), MENU));
    frame();
    EXPECT_UINT(fa_world_entity_count(w), 2);
}
END_TEST

START_TEST(state_misuse_is_refused)
{
    EXPECT_RESULT(fa_app_add_state(st.app, FA_T(Screen), MENU), EXISTS);
    EXPECT_RESULT(fa_app_set_state(st.app, FA_T(Weather), RAIN), NOT_FOUND);
    EXPECT_TOLD(&st.w, FA005, "'Weather' is no state");
    EXPECT(fa_on_enter(st.app, NULL, 0) == FA_SCHEDULE_NONE);
    EXPECT_TOLD(&st.w, FA005, "type of a state");
    EXPECT_UINT(fa_app_state(st.app, FA_T(Weather)), 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("state");
    TCase *t = support_case(suite, "state");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, state_is_entered_in_the_first_frame_after_startup);
    tcase_add_test(t, state_changes_in_state_transition_in_this_order);
    tcase_add_test(t, state_asked_for_twice_is_the_last_and_the_present_one_takes_it_back);
    tcase_add_test(t, entities_scoped_to_a_state_go_with_it);
    tcase_add_test(t, state_misuse_is_refused);
    return support_run(suite);
}
