/* clock.c - see clock.h. */
#include "framealloc_sdl2/clock.h"

#include <SDL.h>

#define NS_PER_SECOND 1000000000
#define NS_PER_MS 1000000

FA_TYPE_DEFINE(fa_sdl2_clock);

int64_t fa_sdl2_now_ns(void)
{
    /* In two parts, so that nothing overflows: counters of 10 MHz and more run for years. */
    uint64_t ticks = SDL_GetPerformanceCounter();
    uint64_t per_second = SDL_GetPerformanceFrequency();
    uint64_t whole = ticks / per_second * NS_PER_SECOND;
    return (int64_t)(whole + ticks % per_second * NS_PER_SECOND / per_second);
}

static int64_t app_now(void *user)
{
    (void)user;
    return fa_sdl2_now_ns();
}

fa_clock fa_sdl2_app_clock(void)
{
    return (fa_clock){.now_ns = app_now};
}

void fa_sdl2_clock_begin(fa_sdl2_clock *clock)
{
    int64_t now = fa_sdl2_now_ns();
    clock->interval_ns = clock->frames > 0 ? now - clock->begin_ns : 0;
    clock->begin_ns = now;
    clock->frames++;
}

void fa_sdl2_clock_end(fa_sdl2_clock *clock, uint32_t fps_limit)
{
    int64_t end = fa_sdl2_now_ns();
    clock->work_ns = end - clock->begin_ns;
    clock->wait_ns = 0;
    if (fps_limit > 0) {
        int64_t left = NS_PER_SECOND / fps_limit - clock->work_ns;
        if (left >= NS_PER_MS) {
            SDL_Delay((Uint32)(left / NS_PER_MS));
            clock->wait_ns = fa_sdl2_now_ns() - end;
        }
    }
}
