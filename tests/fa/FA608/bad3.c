#include "game.h"
/* overwritten, also in a structure's member */
void lose(fa_context *ctx)
{
    world w = {0};
    w.target = FA_POOL_NEW(ctx, enemy);
    w.target = FA_POOL_NEW(ctx, enemy); // expect: FA608
    fa_pool_free(ctx, w.target);
}
