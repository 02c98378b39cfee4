#include "game.h"
typedef uint32_t (*timer_fn)(uint32_t interval, void *data);
int SDL_AddTimer(uint32_t interval, timer_fn fn, void *data);
static uint32_t fade(uint32_t interval, void *data)
{
    use_enemy(data);
    return interval;
}
void start(fa_context *ctx)
{
    fa_frame_begin(ctx);
    SDL_AddTimer(100, fade, FA_FRAME_NEW(ctx, enemy)); // expect: FA703
    fa_frame_end(ctx);
}
