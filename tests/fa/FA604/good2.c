#include "game.h"
/* the id is kept for another function */
static fa_retained g_id;
void keep(fa_context *ctx)
{
    fa_frame_begin(ctx);
    enemy *e = FA_FRAME_NEW(ctx, enemy);
    g_id = fa_frame_retain(ctx, e, sizeof *e, 8, FA_RETAIN_SCRATCH, "replay");
    fa_frame_end(ctx);
}
