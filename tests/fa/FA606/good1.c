#include "game.h"
/* compared and measured, but not used */
size_t update(fa_context *ctx)
{
    fa_frame_begin(ctx);
    enemy *e = FA_FRAME_NEW(ctx, enemy);
    use_enemy(e);
    fa_frame_end(ctx);
    return e != NULL ? sizeof *e : 0;
}
