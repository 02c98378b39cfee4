#include "game.h"
/* used before, not after */
void patrol(fa_context *ctx)
{
    vec2 *path = FA_FRAME_ARRAY(ctx, vec2, 16);
    path[0].x = 1;
    co_yield();
}
