#include "game.h"
/* moved by a reallocation; sent to another thread */
void grow(fa_context *ctx)
{
    char *p = fa_heap_alloc(ctx, 64, 1);
    if (!p) {
        return;
    }
    char *q = fa_heap_realloc(ctx, p, 128);
    if (!q) {
        fa_heap_free(ctx, p);
        return;
    }
    p[0] = 1; // expect: FA607
    fa_heap_free(ctx, q);
}
void hand_over(fa_context *ctx)
{
    fa_transfer *ticket = NULL;
    enemy *e = FA_POOL_NEW(ctx, enemy);
    fa_transfer_send(ctx, e, sizeof *e, &ticket);
    fa_pool_free(ctx, e); // expect: FA607
}
