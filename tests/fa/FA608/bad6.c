#include "game.h"
/* the container is freed, what it held is not */
void lose(fa_context *ctx)
{
    enemy *e = FA_POOL_NEW(ctx, enemy);
    if (!e) {
        return;
    }
    e->name = fa_heap_alloc(ctx, 32, 1); // expect: FA608
    fa_pool_free(ctx, e);
}
