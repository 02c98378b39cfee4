#include "game.h"
/* a global keeps the pointer */
static enemy *g_target;
void update(fa_context *ctx)
{
    fa_frame_begin(ctx);
    g_target = FA_FRAME_NEW(ctx, enemy); // expect: FA601
    use_enemy(g_target);
    fa_frame_end(ctx);
}
