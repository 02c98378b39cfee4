#include "game.h"
/* a pool of pointers in an array, freed by index, reused afterwards */
void many(fa_context *ctx, int n)
{
    enemy *all[64] = {0};
    if (n > 64) {
        n = 64;
    }
    for (int i = 0; i < n; i++) {
        all[i] = FA_POOL_NEW(ctx, enemy);
    }
    for (int i = 0; i < n; i++) {
        fa_pool_free(ctx, all[i]);
        all[i] = NULL;
    }
    for (int i = 0; i < n; i++) {
        fa_pool_free(ctx, all[i]);
    }
}
