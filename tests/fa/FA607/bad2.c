#include "game.h"
/* used after a helper freed it */
static void destroy(fa_context *ctx, enemy *e)
{
    if (e) {
        fa_pool_free(ctx, e);
    }
}
int drop(fa_context *ctx)
{
    enemy *e = FA_POOL_NEW(ctx, enemy);
    destroy(ctx, e);
    return e->health; // expect: FA607
}
