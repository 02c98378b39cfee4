#include "game.h"
static int acquire(fa_context *ctx, enemy **out)
{
    enemy *e = FA_POOL_NEW(ctx, enemy);
    if (!e) return -1;
    if (!is_ready()) { fa_pool_free(ctx, e); return -2; }
    *out = e;
    return 0;
}
int run(fa_context *ctx)
{
    enemy *e;
    int error = acquire(ctx, &e);
    if (error) return error;
    e->health = 3;
    fa_pool_free(ctx, e);
    return 0;
}
