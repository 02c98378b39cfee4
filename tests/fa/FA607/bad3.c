#include "game.h"
#include <stdlib.h>
/* wrong families */
void wrong(fa_context *ctx)
{
    void *p = fa_pool_alloc(ctx, 64, 16);
    fa_heap_free(ctx, p); // expect: FA607
    void *h = fa_heap_alloc(ctx, 4096, 16);
    fa_pool_free(ctx, h); // expect: FA607
    enemy *f = FA_FRAME_NEW(ctx, enemy);
    fa_pool_free(ctx, f); // expect: FA607
    void *q = fa_heap_alloc(ctx, 64, 16);
    free(q); // expect: FA607
}
