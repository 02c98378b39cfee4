/* sdl2.h - SDL2 for an app: events, the pace of frames, and SDL's memory on the tagged heap.
 *
 *     fa_plugin sdl2 = fa_sdl2_plugin(&(fa_sdl2_desc){ .fps_limit = 120 });
 *     fa_app_add_plugin(app, &sdl2);
 *
 *     schedule    system        does
 *     First       clock_begin   begins the frame of the resource fa_sdl2_clock
 *     PreUpdate   pump          fills the resource fa_sdl2_input; on SDL_QUIT asks the app to exit with code
 * 0 Last        clock_end     ends it, and waits for fps_limit
 *
 * It needs no particular owner of the loop: fa_app_run, fa_app_update and phases of your own all run these
 * systems. Without the framealloc plugin there is no open frame, hence no list of events; all else works.
 *
 * Windows and renderers are the game's business. Plugins that make them come after this one: they are shut
 * down before it ends SDL. */
#ifndef FRAMEALLOC_SDL2_SDL2_H
#define FRAMEALLOC_SDL2_SDL2_H

#include "framealloc/app/plugin.h"
#include "framealloc_sdl2/clock.h"
#include "framealloc_sdl2/input.h"
#include "framealloc_sdl2/memory.h"

FA_EXTERN_C_BEGIN

typedef struct fa_sdl2_desc {
    uint32_t start_canary;    ///< leave zero
    uint32_t init_flags;      ///< for SDL_InitSubSystem. Default SDL_INIT_VIDEO
    const char *video_driver; ///< "dummy" for no window, and so on. Default: SDL's choice
    uint32_t fps_limit;       ///< frames per second at most. Default: no limit
    bool ignore_quit;         ///< SDL_QUIT sets fa_sdl2_input.quit and does no more
    bool leave_memory;   ///< SDL keeps its own memory functions; for programs that call SDL before the app
    uint32_t end_canary; ///< leave zero
} fa_sdl2_desc;

/// The plugin, named "sdl2". Building it binds SDL's memory to the app's allocator and initialises SDL;
/// shutting it down undoes both, SDL_Quit included if nobody else uses SDL. If SDL still holds memory then,
/// the binding stays: lend the app an allocator that lives longer.
/// @param desc Borrowed until the plugin has been added; NULL: all defaults.
///
/// Adding it fails with INVALID_DESC: canaries; EXISTS or BUSY: see fa_sdl2_memory_install; IO: SDL could not
/// be initialised; why is logged with SDL_LogError. [any-thread]
fa_plugin fa_sdl2_plugin(const fa_sdl2_desc *desc);

FA_EXTERN_C_END

#endif
