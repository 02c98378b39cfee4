#include "game.h"
/* discarded on purpose */
void drop(fa_context *ctx)
{
    fa_frame_begin(ctx);
    enemy *e = FA_FRAME_NEW(ctx, enemy);
    fa_frame_retain(ctx, e, sizeof *e, 8, FA_RETAIN_DISCARD, NULL);
    use_enemy(e);
    fa_frame_end(ctx);
}
