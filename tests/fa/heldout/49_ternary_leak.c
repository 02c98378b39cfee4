#include "game.h"
enemy *pick(fa_context *ctx, bool big)
{
    enemy *a = FA_POOL_NEW(ctx, enemy);
    enemy *b = big ? FA_POOL_NEW(ctx, enemy) : NULL;
    if (big && a) {
        fa_pool_free(ctx, a);
        a = NULL;
    }
    return b ? b : a;
}
int bad(fa_context *ctx)
{
    void *p = fa_heap_alloc(ctx, 16, 8), *q = (is_ready(), p);
    if (roll_dice() > 4) {
        p = NULL;
        q = NULL; // expect: FA608
    }
    fa_heap_free(ctx, q);
    return p != NULL;
}
