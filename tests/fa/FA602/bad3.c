#include "game.h"
/* pool objects taken and freed in every round of a loop inside a frame */
void simulate(fa_context *ctx, int steps)
{
    fa_frame_begin(ctx);
    int left = steps;
    while (left-- > 0) {
        vec2 *force = FA_POOL_NEW(ctx, vec2); // expect: FA602
        if (force) {
            force->x = 1;
            fa_pool_free(ctx, force);
        }
    }
    fa_frame_end(ctx);
}
