/* The SDL2 plugin: the clock, input, and the plugin in an app. Its memory is in test_sdl2_memory.c. */
#include "plugins/support.h"

#include "framealloc/app/app.h"
#include "framealloc/app/framealloc_plugin.h"
#include "framealloc/app/resource.h"
#include "framealloc/app/sys.h"
#include "framealloc/app/system.h"
#include "framealloc_sdl2/sdl2.h"

/* ---- clock -------------------------------------------------------------------------------------------- */

START_TEST(clock_goes_forward_in_nanoseconds)
{
    int64_t before = fa_sdl2_now_ns();
    SDL_Delay(20);
    int64_t after = fa_sdl2_now_ns();
    ck_assert_int_ge(after - before, 19000000);
    ck_assert_int_lt(after - before, 5000000000);
    fa_clock clock = fa_sdl2_app_clock();
    ck_assert_int_ge(clock.now_ns(clock.user), after);
}
END_TEST

START_TEST(clock_measures_frames_and_waits_for_the_limit)
{
    fa_sdl2_clock clock = {0};
    fa_sdl2_clock_begin(&clock);
    ck_assert_int_eq(clock.interval_ns, 0);
    SDL_Delay(5);
    fa_sdl2_clock_end(&clock, 0);
    ck_assert_int_ge(clock.work_ns, 4000000);
    ck_assert_int_eq(clock.wait_ns, 0);
    fa_sdl2_clock_begin(&clock);
    fa_sdl2_clock_end(&clock, 20);
    ck_assert_int_ge(clock.wait_ns, 40000000);
    fa_sdl2_clock_begin(&clock);
    ck_assert_int_ge(clock.interval_ns, 40000000);
    ck_assert_uint_eq(clock.frames, 3);
}
END_TEST

/* ---- input -------------------------------------------------------------------------------------------- */

static SDL_Event key_event(Uint32 type, SDL_Scancode code, Uint8 repeat)
{
    SDL_Event e = {0};
    e.type = type;
    e.key.keysym.scancode = code;
    e.key.repeat = repeat;
    return e;
}

static SDL_Event button_event(Uint32 type, Uint8 button, int x, int y)
{
    SDL_Event e = {0};
    e.type = type;
    e.button.button = button;
    e.button.x = x;
    e.button.y = y;
    return e;
}

static void feed(fa_sdl2_input *in, SDL_Event e)
{
    fa_sdl2_input_feed(in, &e);
}

START_TEST(keys_are_pressed_in_one_frame_and_down_until_released)
{
    fa_sdl2_input in = {0};
    fa_sdl2_input_begin(&in);
    feed(&in, key_event(SDL_KEYDOWN, SDL_SCANCODE_A, 0));
    ck_assert(fa_sdl2_key_pressed(&in, SDL_SCANCODE_A) && fa_sdl2_key_down(&in, SDL_SCANCODE_A));
    fa_sdl2_input_begin(&in);
    ck_assert(!fa_sdl2_key_pressed(&in, SDL_SCANCODE_A) && fa_sdl2_key_down(&in, SDL_SCANCODE_A));
    feed(&in, key_event(SDL_KEYDOWN, SDL_SCANCODE_A, 1));
    ck_assert(!fa_sdl2_key_pressed(&in, SDL_SCANCODE_A));
    ck_assert(in.keys[SDL_SCANCODE_A] & FA_SDL2_KEY_REPEATED);
    feed(&in, key_event(SDL_KEYUP, SDL_SCANCODE_A, 0));
    ck_assert(!fa_sdl2_key_down(&in, SDL_SCANCODE_A));
    ck_assert(in.keys[SDL_SCANCODE_A] & FA_SDL2_KEY_RELEASED);
    fa_sdl2_input_begin(&in);
    feed(&in, key_event(SDL_KEYDOWN, SDL_SCANCODE_B, 0));
    feed(&in, key_event(SDL_KEYUP, SDL_SCANCODE_B, 0));
    ck_assert(fa_sdl2_key_pressed(&in, SDL_SCANCODE_B) && !fa_sdl2_key_down(&in, SDL_SCANCODE_B));
    ck_assert(!fa_sdl2_key_down(&in, -1) && !fa_sdl2_key_pressed(&in, SDL_NUM_SCANCODES));
    feed(&in,
         key_event(SDL_KEYDOWN, (SDL_Scancode)SDL_NUM_SCANCODES, 0)); /* ignored, not written past the end */
}
END_TEST

START_TEST(what_is_held_is_let_go_with_the_focus)
{
    fa_sdl2_input in = {0};
    feed(&in, key_event(SDL_KEYDOWN, SDL_SCANCODE_W, 0));
    feed(&in, button_event(SDL_MOUSEBUTTONDOWN, SDL_BUTTON_LEFT, 3, 4));
    fa_sdl2_input_begin(&in);
    SDL_Event e = {.window = {.type = SDL_WINDOWEVENT, .event = SDL_WINDOWEVENT_FOCUS_LOST}};
    feed(&in, e);
    ck_assert(!fa_sdl2_key_down(&in, SDL_SCANCODE_W) && in.buttons_down == 0);
    ck_assert(in.buttons_released & SDL_BUTTON_LMASK);
    ck_assert(!in.focused);
}
END_TEST

START_TEST(the_mouse_is_followed)
{
    fa_sdl2_input in = {0};
    ck_assert(!in.mouse_known);
    feed(&in, button_event(SDL_MOUSEBUTTONDOWN, SDL_BUTTON_RIGHT, 30, 40));
    ck_assert(in.mouse_known && in.mouse_x == 30 && in.mouse_y == 40);
    ck_assert_uint_eq(in.buttons_pressed, SDL_BUTTON_RMASK);
    SDL_Event move = {.motion = {.type = SDL_MOUSEMOTION, .x = 50, .y = 60, .xrel = 20, .yrel = 20}};
    feed(&in, move);
    feed(&in, move);
    ck_assert(in.mouse_x == 50 && in.moved_x == 40);
    SDL_Event wheel = {
        .wheel = {.type = SDL_MOUSEWHEEL, .preciseY = 2.0f, .direction = SDL_MOUSEWHEEL_FLIPPED}};
    feed(&in, wheel);
    ck_assert(in.wheel_y == -2.0f);
    feed(&in, button_event(SDL_MOUSEBUTTONDOWN, 0, 0, 0));
    feed(&in, button_event(SDL_MOUSEBUTTONDOWN, 33, 0, 0));
    feed(&in, button_event(SDL_MOUSEBUTTONDOWN, 32, 0, 0));
    ck_assert_uint_eq(in.buttons_down, SDL_BUTTON_RMASK | 0x80000000u);
    fa_sdl2_input_begin(&in);
    ck_assert(in.moved_x == 0 && in.wheel_y == 0 && in.buttons_pressed == 0);
    ck_assert_uint_eq(in.buttons_down, SDL_BUTTON_RMASK | 0x80000000u);
}
END_TEST

START_TEST(pump_lists_events_in_frame_memory)
{
    ck_assert_int_eq(fa_sdl2_memory_install(allocator, NULL), FA_RESULT_OK);
    ck_assert_int_eq(SDL_Init(SDL_INIT_EVENTS), 0);
    fa_context *ctx = fa_context_current(allocator);
    fa_sdl2_input in = {0};
    ck_assert(fa_sdl2_input_pump(&in, ctx)); /* what SDL itself has to say at the start */
    SDL_Event drop = {.drop = {.type = SDL_DROPFILE, .file = SDL_strdup("/tmp/level.map")}};
    SDL_Event user = {.user = {.type = SDL_USEREVENT, .code = 7}};
    ck_assert_int_eq(SDL_PushEvent(&drop), 1);
    for (int i = 0; i < 100; i++) {
        ck_assert_int_eq(SDL_PushEvent(&user), 1);
    }
    ck_assert_int_eq(fa_frame_begin(ctx), FA_RESULT_OK);
    ck_assert(fa_sdl2_input_pump(&in, ctx));
    ck_assert_uint_eq(in.event_count, 101);
    ck_assert(fa_allocator_contains(allocator, in.events));
    ck_assert_str_eq(in.events[0].drop.file, "/tmp/level.map");
    ck_assert_int_eq(in.events[100].user.code, 7);
    ck_assert_int_eq(fa_frame_end(ctx), FA_RESULT_OK);
    drop.drop.file = SDL_strdup("lost");
    ck_assert_int_eq(SDL_PushEvent(&drop), 1);
    SDL_Event quit = {.type = SDL_QUIT};
    ck_assert_int_eq(SDL_PushEvent(&quit), 1);
    ck_assert(!fa_sdl2_input_pump(&in, ctx)); /* no frame: no list, no diagnostic, no leak */
    ck_assert_ptr_null(in.events);
    ck_assert_uint_eq(in.event_count, 0);
    ck_assert(!fa_sdl2_input_pump(&in, NULL));
    SDL_Quit();
    ck_assert_int_eq(fa_sdl2_memory_uninstall(), FA_RESULT_OK);
}
END_TEST

START_TEST(events_that_find_no_room_still_count)
{
    fa_allocator_desc desc = quiet_desc();
    desc.frame_max_bytes = 64 << 10;
    fa_allocator *tight = NULL;
    ck_assert_int_eq(fa_allocator_create(&desc, &tight), FA_RESULT_OK);
    ck_assert_int_eq(SDL_Init(SDL_INIT_EVENTS), 0);
    fa_context *ctx = fa_context_current(tight);
    fa_sdl2_input in = {0};
    ck_assert_int_eq(fa_frame_begin(ctx), FA_RESULT_OK);
    while (fa_frame_alloc(ctx, 16, 16)) {
    }
    SDL_Event down = key_event(SDL_KEYDOWN, SDL_SCANCODE_Z, 0);
    ck_assert_int_eq(SDL_PushEvent(&down), 1);
    ck_assert(fa_sdl2_input_pump(&in, ctx));
    ck_assert(fa_sdl2_key_down(&in, SDL_SCANCODE_Z));
    ck_assert_uint_eq(in.event_count, 0);
    ck_assert_uint_ge(in.events_unseen, 1);
    ck_assert_int_eq(fa_frame_end(ctx), FA_RESULT_OK);
    SDL_Quit();
    ck_assert_int_eq(fa_allocator_destroy(tight), FA_RESULT_OK);
}
END_TEST

/* ---- the plugin in an app ----------------------------------------------------------------------------- */

static fa_app *make_app(const fa_sdl2_desc *desc, fa_result expected)
{
    fa_app *app = NULL;
    fa_app_desc app_desc = {.memory = quiet_desc(), .clock = fa_sdl2_app_clock()};
    ck_assert_int_eq(fa_app_create(&app_desc, &app), FA_RESULT_OK);
    fa_plugin plugin = fa_sdl2_plugin(desc);
    ck_assert_int_eq(fa_app_add_plugin(app, &plugin), expected);
    return app;
}

START_TEST(plugin_fills_input_and_clock_and_ends_on_quit)
{
    fa_app *app = make_app(&(fa_sdl2_desc){.video_driver = "dummy"}, FA_RESULT_OK);
    ck_assert_int_eq(fa_app_add_plugin(app, fa_framealloc_plugin()), FA_RESULT_OK);
    ck_assert_ptr_eq(fa_sdl2_memory_allocator(), fa_app_allocator(app));
    ck_assert_str_eq(SDL_GetCurrentVideoDriver(), "dummy");
    ck_assert_int_eq(fa_app_update(app), FA_RESULT_OK);
    ck_assert_uint_eq(FA_APP_RES(app, fa_sdl2_clock)->frames, 1);
    SDL_Event down = key_event(SDL_KEYDOWN, SDL_SCANCODE_Q, 0);
    ck_assert_int_eq(SDL_PushEvent(&down), 1);
    ck_assert_int_eq(fa_app_update(app), FA_RESULT_OK);
    ck_assert(fa_sdl2_key_pressed(FA_APP_RES(app, fa_sdl2_input), SDL_SCANCODE_Q));
    ck_assert(!fa_app_exit_requested(app, NULL));
    SDL_Event quit = {.type = SDL_QUIT};
    ck_assert_int_eq(SDL_PushEvent(&quit), 1);
    ck_assert_int_eq(fa_app_run(app, NULL, NULL), 0);
    ck_assert(fa_app_exit_requested(app, NULL));
    ck_assert_int_eq(fa_app_destroy(app), FA_RESULT_OK);
    ck_assert_ptr_null(fa_sdl2_memory_allocator());
    ck_assert_int_eq(SDL_GetNumAllocations(), 0);
    ck_assert_uint_eq(diagnostics, 0);
}
END_TEST

START_TEST(plugin_works_in_phases_of_your_own_and_without_frames)
{
    fa_app *app = make_app(&(fa_sdl2_desc){.video_driver = "dummy", .ignore_quit = true}, FA_RESULT_OK);
    SDL_Event quit = {.type = SDL_QUIT};
    ck_assert_int_eq(SDL_PushEvent(&quit), 1);
    ck_assert_int_eq(fa_app_frame_begin(app, 1000), FA_RESULT_OK);
    ck_assert_int_eq(fa_app_run_schedule(app, FA_FIRST), FA_RESULT_OK);
    ck_assert_int_eq(fa_app_run_schedule(app, FA_PRE_UPDATE), FA_RESULT_OK);
    ck_assert_int_eq(fa_app_run_schedule(app, FA_LAST), FA_RESULT_OK);
    ck_assert_int_eq(fa_app_frame_end(app), FA_RESULT_OK);
    ck_assert(FA_APP_RES(app, fa_sdl2_input)->quit);
    ck_assert_ptr_null(FA_APP_RES(app, fa_sdl2_input)->events);
    ck_assert(!fa_app_exit_requested(app, NULL));
    ck_assert_int_eq(fa_app_destroy(app), FA_RESULT_OK);
    ck_assert_uint_eq(diagnostics, 0);
}
END_TEST

START_TEST(plugin_failures_leave_nothing_behind)
{
    fa_app *app = make_app(&(fa_sdl2_desc){.video_driver = "no such driver"}, FA_RESULT_IO);
    ck_assert_ptr_null(fa_sdl2_memory_allocator());
    ck_assert_uint_eq(SDL_WasInit(0), 0);
    ck_assert_int_eq(fa_app_destroy(app), FA_RESULT_OK);
    app = make_app(&(fa_sdl2_desc){.start_canary = 1}, FA_RESULT_INVALID_DESC);
    ck_assert_int_eq(fa_app_destroy(app), FA_RESULT_OK);

    app = make_app(&(fa_sdl2_desc){.video_driver = "dummy"}, FA_RESULT_OK);
    fa_app *second = make_app(&(fa_sdl2_desc){.video_driver = "dummy"}, FA_RESULT_EXISTS);
    ck_assert_uint_ne(SDL_WasInit(SDL_INIT_VIDEO), 0);
    ck_assert_int_eq(fa_app_destroy(second), FA_RESULT_OK);
    second = make_app(&(fa_sdl2_desc){.leave_memory = true}, FA_RESULT_OK);
    ck_assert_int_eq(fa_app_destroy(second), FA_RESULT_OK);
    ck_assert_uint_ne(SDL_WasInit(SDL_INIT_VIDEO), 0); /* the first one still uses it */
    ck_assert_int_eq(fa_app_destroy(app), FA_RESULT_OK);
    ck_assert_uint_eq(SDL_WasInit(0), 0);
    ck_assert_ptr_null(fa_sdl2_memory_allocator());
}
END_TEST

static void nothing(fa_sys *s)
{
    (void)s;
}

START_TEST(a_steady_frame_calls_the_heap_not_once)
{
    fa_app *app = make_app(&(fa_sdl2_desc){.video_driver = "dummy"}, FA_RESULT_OK);
    ck_assert_int_eq(fa_app_add_plugin(app, fa_framealloc_plugin()), FA_RESULT_OK);
    ck_assert_int_eq(fa_app_add_system(app, FA_UPDATE, FA_SYS(nothing)), FA_RESULT_OK);
    uint64_t before = 0;
    for (int i = 0; i < 100; i++) {
        SDL_Event down = key_event(SDL_KEYDOWN, SDL_SCANCODE_Q, 0);
        ck_assert_int_eq(SDL_PushEvent(&down), 1);
        ck_assert_int_eq(fa_app_update(app), FA_RESULT_OK);
        before = i < 20 ? fa_sdl2_memory_calls() : before; /* SDL's queue has found its size by then */
    }
    ck_assert_uint_eq(fa_sdl2_memory_calls(), before);
    ck_assert_int_eq(fa_app_destroy(app), FA_RESULT_OK);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("sdl2");
    TCase *clock = tcase_create("clock");
    tcase_add_test(clock, clock_goes_forward_in_nanoseconds);
    tcase_add_test(clock, clock_measures_frames_and_waits_for_the_limit);
    suite_add_tcase(suite, clock);
    TCase *input = tcase_create("input");
    tcase_add_checked_fixture(input, open_allocator, close_allocator);
    tcase_add_test(input, keys_are_pressed_in_one_frame_and_down_until_released);
    tcase_add_test(input, what_is_held_is_let_go_with_the_focus);
    tcase_add_test(input, the_mouse_is_followed);
    tcase_add_test(input, pump_lists_events_in_frame_memory);
    tcase_add_test(input, events_that_find_no_room_still_count);
    suite_add_tcase(suite, input);
    TCase *app = tcase_create("app");
    tcase_add_test(app, plugin_fills_input_and_clock_and_ends_on_quit);
    tcase_add_test(app, plugin_works_in_phases_of_your_own_and_without_frames);
    tcase_add_test(app, plugin_failures_leave_nothing_behind);
    tcase_add_test(app, a_steady_frame_calls_the_heap_not_once);
    suite_add_tcase(suite, app);
    return run_suite(suite);
}
