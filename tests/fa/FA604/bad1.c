#include "game.h"
/* not frame memory */
void keep(fa_context *ctx)
{
    enemy *e = FA_POOL_NEW(ctx, enemy);
    fa_frame_retain(ctx, e, sizeof *e, 8, FA_RETAIN_HEAP, NULL); // expect: FA604
    fa_pool_free(ctx, e);
}
