#include "game.h"
/* allocated under a condition and freed under the same */
void maybe(fa_context *ctx, bool deep, int mode)
{
    char *scratch = NULL;
    if (deep) {
        scratch = fa_heap_alloc(ctx, 64, 1);
    }
    enemy *e = NULL;
    if (mode == 2) {
        e = FA_POOL_NEW(ctx, enemy);
    }
    is_ready();
    if (mode == 2) {
        fa_pool_free(ctx, e);
    }
    if (deep) {
        fa_heap_free(ctx, scratch);
    }
}
