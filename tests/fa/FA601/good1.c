#include "game.h"
/* cleared in time, also through an alias */
static enemy *g_target;
void update(fa_context *ctx)
{
    fa_frame_begin(ctx);
    enemy **slot = &g_target;
    *slot = FA_FRAME_NEW(ctx, enemy);
    use_enemy(g_target);
    *slot = NULL;
    fa_frame_end(ctx);
}
