#include "game.h"
/* the flag that tells whether the frame has ended also guards the use */
void update(fa_context *ctx)
{
    bool ended = false;
    fa_frame_begin(ctx);
    enemy *e = FA_FRAME_NEW(ctx, enemy);
    if (roll_dice() > 3) {
        fa_frame_end(ctx);
        ended = true;
    }
    if (!ended) {
        use_enemy(e);
        fa_frame_end(ctx);
    }
}
