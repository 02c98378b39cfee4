#include "game.h"
static int acquire(fa_context *ctx, enemy **out)
{
    enemy *e = FA_POOL_NEW(ctx, enemy);
    if (!e) return -1;
    *out = e;
    return is_ready() ? 0 : -2;
}
int run(fa_context *ctx)
{
    enemy *e = NULL;
    int error = acquire(ctx, &e);
    if (error < 0) return error; // expect: FA608
    fa_pool_free(ctx, e);
    return 0;
}
