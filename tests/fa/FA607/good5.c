#include "game.h"
/* a slot is freed, then filled again; swap */
void refill(fa_context *ctx, world *w)
{
    if (w->target) {
        fa_pool_free(ctx, w->target);
    }
    w->target = FA_POOL_NEW(ctx, enemy);
    if (w->target) {
        w->target->health = 10;
    }
    enemy *a = FA_POOL_NEW(ctx, enemy), *b = FA_POOL_NEW(ctx, enemy), *t = a;
    a = b;
    b = t;
    fa_pool_free(ctx, a);
    fa_pool_free(ctx, b);
}
