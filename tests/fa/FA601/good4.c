#include "game.h"
/* pool memory in a global is fine, and so is a frame pointer in a pool object that is freed in time */
static enemy *g_boss;
void boss(fa_context *ctx)
{
    fa_frame_begin(ctx);
    if (!g_boss) {
        g_boss = FA_POOL_NEW(ctx, enemy);
    }
    enemy *tmp = FA_POOL_NEW(ctx, enemy);
    if (tmp) {
        tmp->name = fa_frame_printf(ctx, "temporary");
        use_enemy(tmp);
        fa_pool_free(ctx, tmp);
    }
    fa_frame_end(ctx);
}
