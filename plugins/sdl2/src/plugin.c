/* plugin.c - the systems of sdl2.h. */
#include "framealloc/app/app.h"
#include "framealloc/app/resource.h"
#include "framealloc/app/sys.h"
#include "framealloc/app/system.h"
#include "framealloc_sdl2/sdl2.h"

/* What shutdown has to undo, and what the systems need to know. */
typedef struct sdl2_state {
    uint32_t init_flags;
    uint32_t fps_limit;
    bool ignore_quit;
    bool bound;
} sdl2_state;

FA_TYPE_STATIC(sdl2_state);

static void clock_begin(fa_sys *s)
{
    fa_sdl2_clock_begin(FA_RES_MUT(s, fa_sdl2_clock));
}

static void clock_end(fa_sys *s)
{
    fa_sdl2_clock_end(FA_RES_MUT(s, fa_sdl2_clock), FA_RES(s, sdl2_state)->fps_limit);
}

static void pump(fa_sys *s)
{
    bool go_on = fa_sdl2_input_pump(FA_RES_MUT(s, fa_sdl2_input), fa_sys_ctx(s));
    if (!go_on && !FA_RES(s, sdl2_state)->ignore_quit) {
        fa_sys_exit(s, 0);
    }
}

/* The order of undoing: SDL frees its memory in SDL_Quit, then the binding can go. */
static void end_sdl(const sdl2_state *state)
{
    SDL_QuitSubSystem(state->init_flags);
    if (SDL_WasInit(0) == 0) {
        SDL_Quit();
    }
    if (state->bound) {
        (void)fa_sdl2_memory_uninstall();
    }
}

static fa_result add_parts(fa_app *app, const sdl2_state *state)
{
    fa_result results[] = {
        fa_app_insert_resource(app, FA_T(sdl2_state), state),
        fa_app_insert_resource(app, FA_T(fa_sdl2_input), NULL),
        fa_app_insert_resource(app, FA_T(fa_sdl2_clock), NULL),
        fa_app_add_system(app, FA_FIRST, FA_SYSTEM(clock_begin, .res = {FA_W(fa_sdl2_clock)})),
        fa_app_add_system(app, FA_PRE_UPDATE,
                          FA_SYSTEM(pump, .res = {FA_W(fa_sdl2_input), FA_R(sdl2_state)})),
        fa_app_add_system(app, FA_LAST, FA_SYSTEM(clock_end, .res = {FA_W(fa_sdl2_clock), FA_R(sdl2_state)})),
    };
    for (size_t i = 0; i < sizeof results / sizeof results[0]; i++) {
        if (results[i] != FA_RESULT_OK) {
            return results[i];
        }
    }
    return FA_RESULT_OK;
}

static fa_result build(fa_app *app, void *user)
{
    static const fa_sdl2_desc defaults = {0};
    const fa_sdl2_desc *desc = user ? user : &defaults;
    if (desc->start_canary != 0 || desc->end_canary != 0) {
        return FA_RESULT_INVALID_DESC;
    }
    sdl2_state state = {
        .init_flags = desc->init_flags ? desc->init_flags : SDL_INIT_VIDEO,
        .fps_limit = desc->fps_limit,
        .ignore_quit = desc->ignore_quit,
        .bound = !desc->leave_memory,
    };
    if (state.bound) {
        fa_result result = fa_sdl2_memory_install(fa_app_allocator(app), NULL);
        if (result != FA_RESULT_OK) {
            return result;
        }
    }
    if (desc->video_driver) {
        /* By its name: the constant is younger than the oldest SDL that will do. */
        (void)SDL_SetHintWithPriority("SDL_VIDEODRIVER", desc->video_driver, SDL_HINT_OVERRIDE);
    }
    if (SDL_InitSubSystem(state.init_flags) != 0) {
        SDL_LogError(SDL_LOG_CATEGORY_APPLICATION, "SDL_Init: %s", SDL_GetError()); /* SDL_Quit forgets it */
        state.init_flags = 0; /* SDL has undone it by itself */
        end_sdl(&state);
        return FA_RESULT_IO;
    }
    fa_result result = add_parts(app, &state);
    if (result != FA_RESULT_OK) {
        end_sdl(&state);
    }
    return result;
}

static void shut_down(fa_app *app, void *user)
{
    (void)user;
    end_sdl(FA_APP_RES(app, sdl2_state));
}

fa_plugin fa_sdl2_plugin(const fa_sdl2_desc *desc)
{
    return (fa_plugin){
        .abi_version = FA_ABI_VERSION,
        .name = "sdl2",
        .user = (void *)desc,
        .build = build,
        .shutdown = shut_down,
    };
}
