#include "game.h"
/* reallocation with the usual care */
char *grow(fa_context *ctx, size_t bytes)
{
    char *p = fa_heap_alloc(ctx, 16, 1);
    if (!p) {
        return NULL;
    }
    char *q = fa_heap_realloc(ctx, p, bytes);
    if (!q) {
        fa_heap_free(ctx, p);
        return NULL;
    }
    p = q;
    p[0] = 0;
    return p;
}
