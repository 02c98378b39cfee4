#include "game.h"
/* pool memory lives on */
void patrol(fa_context *ctx)
{
    enemy *e = FA_POOL_NEW(ctx, enemy);
    if (!e) {
        return;
    }
    co_yield();
    e->health = 1;
    fa_pool_free(ctx, e);
}
