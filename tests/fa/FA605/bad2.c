#include "game.h"
/* stored first, retained afterwards, through helpers */
static void store(world *w, enemy *e)
{
    w->target = e;
}
static void retain(fa_context *ctx, enemy *e)
{
    fa_frame_retain(ctx, e, sizeof *e, 8, FA_RETAIN_DISCARD, NULL);
}
void keep(fa_context *ctx, world *w)
{
    fa_frame_begin(ctx);
    enemy *e = FA_FRAME_NEW(ctx, enemy);
    store(w, e); // expect: FA605
    retain(ctx, e);
    fa_frame_end(ctx);
}
