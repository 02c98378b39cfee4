#include "game.h"
/* a scratch pool that has no name */
static fa_retained g_id;
void keep(fa_context *ctx)
{
    fa_frame_begin(ctx);
    enemy *e = FA_FRAME_NEW(ctx, enemy);
    g_id = fa_frame_retain(ctx, e, sizeof *e, 8, FA_RETAIN_SCRATCH, NULL); // expect: FA604
    fa_frame_end(ctx);
}
