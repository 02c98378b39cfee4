#include "game.h"
/* a cleanup ladder frees what an earlier step freed */
int load(fa_context *ctx)
{
    char *a = fa_heap_alloc(ctx, 64, 8), *b = NULL;
    if (!a) {
        return -1;
    }
    b = fa_heap_alloc(ctx, 64, 8);
    if (!b) {
        fa_heap_free(ctx, a);
        goto fail;
    }
    fa_heap_free(ctx, b);
    fa_heap_free(ctx, a);
    return 0;
fail:
    fa_heap_free(ctx, a); // expect: FA607
    return -1;
}
