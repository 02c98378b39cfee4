/* The SDL2 plugin: SDL's memory on the tagged heap, the clock, input, and the plugin in an app. Each case is
 * a process of its own (Check forks), so the one static binding starts unbound each time. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "framealloc/app/app.h"
#include "framealloc/app/framealloc_plugin.h"
#include "framealloc/app/resource.h"
#include "framealloc/app/sys.h"
#include "framealloc/app/system.h"
#include "framealloc/heap.h"
#include "framealloc/stats.h"
#include "framealloc_sdl2/sdl2.h"

#define THREADS 6
#define ROUNDS 2000

static fa_allocator *allocator;
static uint32_t diagnostics;

static void note(void *user, const fa_diagnostic *d)
{
    (void)user;
    diagnostics++;
    (void)d;
}

static fa_allocator_desc quiet_desc(void)
{
    return (fa_allocator_desc){.name = "test", .handler = {.fn = note}, .strictness = FA_STRICT_REPORT};
}

static void setup(void)
{
    fa_allocator_desc desc = quiet_desc();
    diagnostics = 0;
    ck_assert_int_eq(fa_allocator_create(&desc, &allocator), FA_RESULT_OK);
}

static void teardown(void)
{
    ck_assert_int_eq(fa_allocator_destroy(allocator), FA_RESULT_OK);
    ck_assert_uint_eq(diagnostics, 0);
}

static void install(void)
{
    ck_assert_int_eq(fa_sdl2_memory_install(allocator, NULL), FA_RESULT_OK);
}

static void uninstall(void)
{
    ck_assert_int_eq(fa_sdl2_memory_uninstall(), FA_RESULT_OK);
}

static size_t sdl_bytes(void)
{
    fa_tag_stats stats;
    ck_assert_int_eq(fa_tag_stats_get(allocator, fa_tag_intern(allocator, "sdl2"), &stats), FA_RESULT_OK);
    return stats.self.heap_bytes;
}

/* ---- memory ------------------------------------------------------------------------------------------------------ */

START_TEST(memory_of_sdl_is_charged_to_its_tag)
{
    install();
    size_t before = sdl_bytes();
    char *p = SDL_malloc(1000);
    ck_assert_ptr_nonnull(p);
    ck_assert(fa_allocator_contains(allocator, p));
    ck_assert_uint_eq((uintptr_t)p % 16, 0);
    ck_assert_uint_eq(sdl_bytes() - before, 1000);
    memset(p, 1, 1000);
    SDL_free(p);
    ck_assert_uint_eq(sdl_bytes(), before);
    ck_assert_uint_ge(fa_sdl2_memory_calls(), 2);
    uninstall();
}
END_TEST

START_TEST(memory_can_have_a_tag_of_its_own_choosing)
{
    ck_assert_int_eq(fa_sdl2_memory_install(allocator, "engine/platform"), FA_RESULT_OK);
    void *p = SDL_malloc(64);
    fa_tag_stats stats;
    ck_assert_int_eq(fa_tag_stats_get(allocator, fa_tag_intern(allocator, "engine/platform"), &stats),
                     FA_RESULT_OK);
    ck_assert_uint_eq(stats.self.heap_bytes, 64);
    SDL_free(p);
    uninstall();
}
END_TEST

START_TEST(memory_install_refuses_what_makes_no_sense)
{
    ck_assert_int_eq(fa_sdl2_memory_install(NULL, NULL), FA_RESULT_INVALID_ARGUMENT);
    ck_assert_int_eq(fa_sdl2_memory_install(allocator, "no//path"), FA_RESULT_INVALID_ARGUMENT);
    ck_assert_int_eq(fa_sdl2_memory_uninstall(), FA_RESULT_NOT_FOUND);
    ck_assert_ptr_null(fa_sdl2_memory_allocator());
    install();
    ck_assert_int_eq(fa_sdl2_memory_install(allocator, NULL), FA_RESULT_EXISTS);
    ck_assert_ptr_eq(fa_sdl2_memory_allocator(), allocator);
    uninstall();
    ck_assert_ptr_null(fa_sdl2_memory_allocator());
    ck_assert_int_eq(fa_sdl2_memory_uninstall(), FA_RESULT_NOT_FOUND);
}
END_TEST

START_TEST(memory_install_is_refused_once_sdl_is_initialised)
{
    ck_assert_int_eq(SDL_Init(SDL_INIT_TIMER), 0);
    ck_assert_int_eq(fa_sdl2_memory_install(allocator, NULL), FA_RESULT_BUSY);
    SDL_Quit();
}
END_TEST

START_TEST(memory_install_is_refused_while_sdl_holds_memory)
{
    void *p = SDL_malloc(10);
    ck_assert_int_eq(fa_sdl2_memory_install(allocator, NULL), FA_RESULT_BUSY);
    SDL_free(p);
    install();
    uninstall();
}
END_TEST

START_TEST(memory_uninstall_is_refused_while_sdl_holds_memory)
{
    install();
    void *p = SDL_malloc(10);
    ck_assert_int_eq(fa_sdl2_memory_uninstall(), FA_RESULT_BUSY);
    ck_assert_ptr_eq(fa_sdl2_memory_allocator(), allocator);
    SDL_free(p);
    uninstall();
    p = SDL_malloc(10);
    ck_assert(!fa_allocator_contains(allocator, p));
    SDL_free(p);
}
END_TEST

START_TEST(memory_can_be_bound_again)
{
    for (int i = 0; i < 10; i++) {
        install();
        SDL_free(SDL_malloc(100));
        uninstall();
    }
    fa_allocator_stats stats;
    ck_assert_int_eq(fa_allocator_stats_get(allocator, &stats), FA_RESULT_OK);
    ck_assert_uint_eq(stats.contexts, 0);
    ck_assert_uint_eq(stats.heap_objects, 0);
}
END_TEST

START_TEST(calloc_gives_zeros_and_refuses_products_that_overflow)
{
    install();
    unsigned char *dirty = SDL_malloc(4096);
    memset(dirty, 0xAB, 4096);
    SDL_free(dirty);
    unsigned char *p = SDL_calloc(64, 64);
    for (int i = 0; i < 4096; i++) {
        ck_assert_uint_eq(p[i], 0);
    }
    SDL_free(p);
    ck_assert_ptr_null(SDL_calloc(SIZE_MAX / 2, 3));
    ck_assert_ptr_null(SDL_calloc(SIZE_MAX, SIZE_MAX));
    ck_assert_ptr_null(SDL_malloc(SIZE_MAX));
    void *nothing = SDL_calloc(0, 8);
    ck_assert_ptr_nonnull(nothing);
    SDL_free(nothing);
    uninstall();
}
END_TEST

START_TEST(realloc_keeps_contents_and_zero_bytes_stay_a_block)
{
    install();
    char *p = SDL_realloc(NULL, 10);
    ck_assert_ptr_nonnull(p);
    memcpy(p, "contents", 9);
    p = SDL_realloc(p, 100000);
    ck_assert_str_eq(p, "contents");
    ck_assert_ptr_null(SDL_realloc(p, SIZE_MAX / 2));
    ck_assert_str_eq(p, "contents");
    p = SDL_realloc(p, 9);
    ck_assert_str_eq(p, "contents");
    p = SDL_realloc(p, 0);
    ck_assert_ptr_nonnull(p);
    ck_assert_int_eq(SDL_GetNumAllocations(), 1);
    SDL_free(p);
    SDL_free(NULL);
    uninstall();
}
END_TEST

START_TEST(out_of_memory_is_null_and_nothing_is_lost)
{
    fa_allocator_desc desc = quiet_desc();
    desc.object_max_bytes = (size_t)4 << 20;
    fa_allocator *small = NULL;
    ck_assert_int_eq(fa_allocator_create(&desc, &small), FA_RESULT_OK);
    ck_assert_int_eq(fa_sdl2_memory_install(small, NULL), FA_RESULT_OK);
    void *blocks[64];
    int count = 0;
    while (count < 64 && (blocks[count] = SDL_malloc((size_t)1 << 18)) != NULL) {
        memset(blocks[count++], 1, (size_t)1 << 18);
    }
    ck_assert_int_gt(count, 4);
    ck_assert_int_lt(count, 64);
    ck_assert_int_eq(SDL_GetNumAllocations(), count);
    while (count > 0) {
        SDL_free(blocks[--count]);
    }
    void *again = SDL_malloc((size_t)1 << 18);
    ck_assert_ptr_nonnull(again);
    SDL_free(again);
    uninstall();
    ck_assert_int_eq(fa_allocator_destroy(small), FA_RESULT_OK);
}
END_TEST

static int work(void *user)
{
    unsigned seed = (unsigned)(uintptr_t)user;
    void *held[16] = {0};
    for (int i = 0; i < ROUNDS; i++) {
        seed = seed * 1664525u + 1013904223u;
        unsigned slot = seed >> 28;
        SDL_free(held[slot]);
        held[slot] = SDL_malloc(1 + (seed >> 8) % 3000);
        if (!held[slot]) {
            return 1;
        }
        memset(held[slot], (int)slot, 1);
    }
    for (int i = 0; i < 16; i++) {
        SDL_free(held[i]);
    }
    return 0;
}

START_TEST(threads_of_sdl_need_not_attach)
{
    install();
    SDL_Thread *threads[THREADS];
    for (int i = 0; i < THREADS; i++) {
        threads[i] = SDL_CreateThread(work, "work", (void *)(uintptr_t)(i + 1));
        ck_assert_ptr_nonnull(threads[i]);
    }
    for (int i = 0; i < THREADS; i++) {
        int failed = 1;
        SDL_WaitThread(threads[i], &failed);
        ck_assert_int_eq(failed, 0);
    }
    fa_allocator_stats stats;
    ck_assert_int_eq(fa_allocator_stats_get(allocator, &stats), FA_RESULT_OK);
    ck_assert_uint_eq(stats.contexts, 1);
    SDL_Quit();
    SDL_TLSCleanup();
    ck_assert_int_eq(SDL_GetNumAllocations(), 0);
    ck_assert(fa_allocator_validate(allocator));
    uninstall();
}
END_TEST

static void *block_to_free;
static void *block_from_inside = &block_to_free;

static void call_sdl(void *user, const fa_diagnostic *d)
{
    (void)user;
    (void)d;
    diagnostics++;
    block_from_inside = SDL_malloc(10);
    SDL_free(block_to_free);
}

START_TEST(a_handler_that_calls_sdl_does_not_lock_up)
{
    install();
    fa_allocator_set_handler(allocator, (fa_diagnostic_handler){.fn = call_sdl});
    block_to_free = SDL_malloc(100);
    char *p = SDL_malloc(100);
    size_t before = sdl_bytes();
    SDL_free(p + 16); /* the middle of a block: FA607 */
    ck_assert_uint_eq(diagnostics, 1);
    ck_assert_ptr_null(block_from_inside);
    ck_assert_uint_eq(sdl_bytes(), before - 100); /* freed after all, when the outer call ended */
    diagnostics = 0;
    SDL_free(p);
    ck_assert_uint_eq(diagnostics, 0);
    /* SDL counts frees that were refused, so its own number is one off: the binding is left to the process.
     */
    ck_assert_int_eq(SDL_GetNumAllocations(), -1);
    uninstall();
}
END_TEST

START_TEST(a_whole_session_of_sdl_leaves_nothing_behind)
{
    install();
    ck_assert_int_eq(SDL_SetHint("SDL_VIDEODRIVER", "dummy"), SDL_TRUE);
    for (int i = 0; i < 2; i++) {
        ck_assert_int_eq(SDL_Init(SDL_INIT_VIDEO | SDL_INIT_TIMER), 0);
        SDL_Window *window = SDL_CreateWindow("t", 0, 0, 64, 64, 0);
        SDL_Renderer *renderer = SDL_CreateRenderer(window, -1, SDL_RENDERER_SOFTWARE);
        SDL_Texture *texture =
            SDL_CreateTexture(renderer, SDL_PIXELFORMAT_RGB888, SDL_TEXTUREACCESS_STREAMING, 64, 64);
        ck_assert_ptr_nonnull(texture);
        ck_assert_uint_gt(sdl_bytes(), 64 * 64 * 4);
        SDL_RenderCopy(renderer, texture, NULL, NULL);
        SDL_RenderPresent(renderer);
        SDL_DestroyTexture(texture);
        SDL_DestroyRenderer(renderer);
        SDL_DestroyWindow(window);
        SDL_Quit();
        SDL_SetHint("SDL_VIDEODRIVER", "dummy");
    }
    SDL_Quit(); /* hints go with it */
    ck_assert_int_eq(SDL_GetNumAllocations(), 0);
    ck_assert_uint_eq(sdl_bytes(), 0);
    uninstall();
}
END_TEST

/* ---- clock ------------------------------------------------------------------------------------------------------- */

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

/* ---- input ------------------------------------------------------------------------------------------------------- */

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
    install();
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
    uninstall();
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

/* ---- the plugin in an app ---------------------------------------------------------------------------------------- */

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
    TCase *memory = tcase_create("memory");
    tcase_add_checked_fixture(memory, setup, teardown);
    tcase_add_test(memory, memory_of_sdl_is_charged_to_its_tag);
    tcase_add_test(memory, memory_can_have_a_tag_of_its_own_choosing);
    tcase_add_test(memory, memory_install_refuses_what_makes_no_sense);
    tcase_add_test(memory, memory_install_is_refused_once_sdl_is_initialised);
    tcase_add_test(memory, memory_install_is_refused_while_sdl_holds_memory);
    tcase_add_test(memory, memory_uninstall_is_refused_while_sdl_holds_memory);
    tcase_add_test(memory, memory_can_be_bound_again);
    tcase_add_test(memory, calloc_gives_zeros_and_refuses_products_that_overflow);
    tcase_add_test(memory, realloc_keeps_contents_and_zero_bytes_stay_a_block);
    tcase_add_test(memory, out_of_memory_is_null_and_nothing_is_lost);
    tcase_add_test(memory, threads_of_sdl_need_not_attach);
    tcase_add_test(memory, a_handler_that_calls_sdl_does_not_lock_up);
    tcase_add_test(memory, a_whole_session_of_sdl_leaves_nothing_behind);
    tcase_add_test(memory, pump_lists_events_in_frame_memory);
    suite_add_tcase(suite, memory);
    TCase *rest = tcase_create("clock, input, plugin");
    tcase_add_test(rest, clock_goes_forward_in_nanoseconds);
    tcase_add_test(rest, clock_measures_frames_and_waits_for_the_limit);
    tcase_add_test(rest, keys_are_pressed_in_one_frame_and_down_until_released);
    tcase_add_test(rest, what_is_held_is_let_go_with_the_focus);
    tcase_add_test(rest, the_mouse_is_followed);
    tcase_add_test(rest, events_that_find_no_room_still_count);
    tcase_add_test(rest, plugin_fills_input_and_clock_and_ends_on_quit);
    tcase_add_test(rest, plugin_works_in_phases_of_your_own_and_without_frames);
    tcase_add_test(rest, plugin_failures_leave_nothing_behind);
    tcase_add_test(rest, a_steady_frame_calls_the_heap_not_once);
    suite_add_tcase(suite, rest);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
