#include "game.h"
/* handed on: returned, stored, out parameter, to someone unseen */
void adopt(enemy *e);
static enemy *g_boss;
enemy *make(fa_context *ctx, enemy **out, world *w)
{
    enemy *a = FA_POOL_NEW(ctx, enemy), *b = FA_POOL_NEW(ctx, enemy), *c = FA_POOL_NEW(ctx, enemy);
    *out = a;
    w->list = b;
    adopt(c);
    if (!g_boss) {
        g_boss = FA_POOL_NEW(ctx, enemy);
    }
    return FA_POOL_NEW(ctx, enemy);
}
