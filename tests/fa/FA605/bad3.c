#include "game.h"
/* taken although it was to be discarded */
void keep(fa_context *ctx)
{
    void *kept = NULL;
    fa_frame_begin(ctx);
    enemy *e = FA_FRAME_NEW(ctx, enemy);
    fa_retained id = fa_frame_retain(ctx, e, sizeof *e, 8, FA_RETAIN_DISCARD, NULL);
    fa_frame_end(ctx);
    fa_retained_take(ctx, id, &kept); // expect: FA605
}
