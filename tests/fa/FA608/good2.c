#include "game.h"
/* the usual ladder */
int load(fa_context *ctx)
{
    int result = -1;
    char *a = NULL, *b = NULL;
    a = fa_heap_alloc(ctx, 64, 8);
    if (!a) {
        goto out;
    }
    b = fa_heap_alloc(ctx, 64, 8);
    if (!b) {
        goto out;
    }
    result = 0;
out:
    if (b) {
        fa_heap_free(ctx, b);
    }
    fa_heap_free(ctx, a);
    return result;
}
