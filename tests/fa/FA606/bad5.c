#include "game.h"
/* one path ends the frame early; goto */
void update(fa_context *ctx)
{
    fa_frame_begin(ctx);
    vec2 *points = FA_FRAME_ARRAY(ctx, vec2, 16);
    if (roll_dice() == 3) {
        fa_frame_end(ctx);
        goto out;
    }
    points[0].x = 1;
    fa_frame_end(ctx);
    return;
out:
    points[1].y = 2; // expect: FA606
}
