#include "game.h"
void lose(fa_context *ctx)
{
    enemy *e = FA_POOL_NEW(ctx, enemy);
    if (!e) {
        return;
    }
    if (!is_ready()) {
        return; // expect: FA608
    }
    fa_pool_free(ctx, e);
}
