#include "game.h"
/* the copy is stored, not the block */
static enemy g_copy;
void keep(fa_context *ctx)
{
    fa_frame_begin(ctx);
    enemy *e = FA_FRAME_NEW_ZEROED(ctx, enemy);
    fa_frame_retain(ctx, e, sizeof *e, 8, FA_RETAIN_DISCARD, NULL);
    if (e) {
        g_copy = *e;
    }
    fa_frame_end(ctx);
}
