#include "game.h"
static enemy *g_kept;
void keep(fa_context *ctx)
{
    fa_frame_begin(ctx);
    enemy *e = FA_FRAME_NEW(ctx, enemy);
    fa_frame_retain(ctx, e, sizeof *e, 8, FA_RETAIN_DISCARD, NULL);
    g_kept = e;
    use_enemy(g_kept);
    g_kept = NULL;
    fa_frame_end(ctx);
}
