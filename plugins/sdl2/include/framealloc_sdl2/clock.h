/* clock.h - time from SDL's performance counter, and the pace of frames.
 *
 * As the clock of an app:      fa_app_create(&(fa_app_desc){ .clock = fa_sdl2_app_clock() }, &app);
 * In a loop of your own:       fa_sdl2_clock_begin(&clock); ... fa_sdl2_clock_end(&clock, fps_limit);
 * As a resource of the plugin: FA_RES(s, fa_sdl2_clock)->work_ns
 *
 * An app takes the time of a frame before it runs any system; the resource measures what the frame costs. */
#ifndef FRAMEALLOC_SDL2_CLOCK_H
#define FRAMEALLOC_SDL2_CLOCK_H

#include "framealloc/app/app.h"

FA_EXTERN_C_BEGIN

/// A zero-initialised one is ready. Times in nanoseconds.
typedef struct fa_sdl2_clock {
    uint64_t frames;     ///< frames begun
    int64_t begin_ns;    ///< when the present frame began, on the scale of fa_sdl2_now_ns
    int64_t interval_ns; ///< from the beginning of the frame before to that of this one; 0 in the first
    int64_t work_ns;     ///< what the frame before took from begin to end, waiting for the limit not included
    int64_t wait_ns;     ///< what it then waited
} fa_sdl2_clock;

FA_TYPE_DECLARE(fa_sdl2_clock);

/// SDL's performance counter in nanoseconds. Does not go back; works before SDL_Init.
/// [any-thread]
int64_t fa_sdl2_now_ns(void);

/// The same as the clock of an app. [any-thread]
fa_clock fa_sdl2_app_clock(void);

/// A frame begins.
/// [owner-thread]
void fa_sdl2_clock_begin(fa_sdl2_clock *clock);
/// A frame ends. @param fps_limit Frames per second to wait for, for programs that no display holds back; 0:
/// none. [owner-thread]
void fa_sdl2_clock_end(fa_sdl2_clock *clock, uint32_t fps_limit);

FA_EXTERN_C_END

#endif
