#include "game.h"
/* all of a context's pool objects at once */
void clear(fa_context *ctx, world *w)
{
    enemy *e = FA_POOL_NEW(ctx, enemy);
    if (!e) {
        return;
    }
    w->count = e->health;
    fa_pool_reset(ctx);
    fa_pool_free(ctx, e); // expect: FA607
}
