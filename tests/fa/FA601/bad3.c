#include "game.h"
/* a helper stores its parameter: told at the call */
static enemy *g_last;
static void remember(enemy *e)
{
    if (e) {
        g_last = e;
    }
}
void update(fa_context *ctx)
{
    fa_frame_begin(ctx);
    enemy *e = FA_FRAME_NEW(ctx, enemy);
    remember(e); // expect: FA601
    fa_frame_end(ctx);
}
