#include "game.h"
typedef uint32_t (*timer_fn)(uint32_t interval, void *data);
int SDL_AddTimer(uint32_t interval, timer_fn fn, void *data);
int SDL_RemoveTimer(int id);
static uint32_t fade(uint32_t interval, void *data)
{
    use_enemy(data);
    return interval;
}
/* removed, but too late */
void start(fa_context *ctx)
{
    fa_frame_begin(ctx);
    vec2 *v = FA_FRAME_ARRAY(ctx, vec2, 4);
    int id = SDL_AddTimer(100, fade, v + 1); // expect: FA703
    fa_frame_end(ctx);
    SDL_RemoveTimer(id);
}
