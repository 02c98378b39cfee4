#include "game.h"
/* the old value comes back before the end, whatever happens */
static enemy *g_current;
void with_temporary(fa_context *ctx)
{
    enemy *before = g_current;
    fa_frame_begin(ctx);
    g_current = FA_FRAME_NEW(ctx, enemy);
    if (!is_ready()) {
        goto out;
    }
    use_enemy(g_current);
out:
    g_current = before;
    fa_frame_end(ctx);
}
