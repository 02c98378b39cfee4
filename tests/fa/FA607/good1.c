#include "game.h"
/* freed once on each path, guarded by null-ness or a flag */
void drop(fa_context *ctx)
{
    enemy *e = FA_POOL_NEW(ctx, enemy);
    bool freed = false;
    if (roll_dice() == 1) {
        fa_pool_free(ctx, e), e = NULL;
    }
    if (e) {
        fa_pool_free(ctx, e);
    }
    enemy *f = FA_POOL_NEW(ctx, enemy);
    if (roll_dice() == 2) {
        fa_pool_free(ctx, f);
        freed = true;
    }
    if (!freed) {
        fa_pool_free(ctx, f);
    }
}
