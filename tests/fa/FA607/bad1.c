#include "game.h"
void drop(fa_context *ctx)
{
    enemy *e = FA_POOL_NEW(ctx, enemy);
    fa_pool_free(ctx, e);
    fa_pool_free(ctx, e); // expect: FA607
}
