#include "game.h"
typedef uint32_t (*timer_fn)(uint32_t interval, void *data);
int SDL_AddTimer(uint32_t interval, timer_fn fn, void *data);
int SDL_RemoveTimer(int id);
static uint32_t fade(uint32_t interval, void *data)
{
    use_enemy(data);
    return interval;
}
void start(fa_context *ctx, world *w)
{
    fa_frame_begin(ctx);
    int id = SDL_AddTimer(100, fade, FA_FRAME_NEW(ctx, enemy));
    SDL_RemoveTimer(id);
    w->target = FA_POOL_NEW(ctx, enemy);
    SDL_AddTimer(100, fade, w->target);
    fa_frame_end(ctx);
}
