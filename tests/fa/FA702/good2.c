#include "game.h"
/* the contents travel, the pointer does not */
float patrol(fa_context *ctx)
{
    vec2 first = {0};
    vec2 *path = FA_FRAME_ARRAY(ctx, vec2, 16);
    if (path) {
        first = path[0];
    }
    co_yield();
    return first.x;
}
