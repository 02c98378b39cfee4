#include "game.h"
/* the cleanup forgets one; goto */
int load(fa_context *ctx)
{
    int result = -1;
    char *a = fa_heap_alloc(ctx, 64, 8), *b = NULL;
    if (!a) {
        goto out;
    }
    b = fa_heap_alloc(ctx, 64, 8);
    if (!b) {
        goto free_nothing;
    }
    result = 0;
    fa_heap_free(ctx, b);
    fa_heap_free(ctx, a);
free_nothing:
out:
    return result; // expect: FA608
}
