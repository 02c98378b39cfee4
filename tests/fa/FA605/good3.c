#include "game.h"
/* only a local holds it */
void keep(fa_context *ctx)
{
    world w = {0};
    fa_frame_begin(ctx);
    w.target = FA_FRAME_NEW(ctx, enemy);
    fa_frame_retain(ctx, w.target, sizeof *w.target, 8, FA_RETAIN_DISCARD, NULL);
    use_enemy(w.target);
    fa_frame_end(ctx);
}
