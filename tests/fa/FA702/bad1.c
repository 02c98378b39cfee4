#include "game.h"
void patrol(fa_context *ctx)
{
    vec2 *path = FA_FRAME_ARRAY(ctx, vec2, 16);
    path[0].x = 1;
    co_yield(); // expect: FA702
    path[1].x = path[0].x;
}
