#include "game.h"
/* the policy depends, and so does the store */
void keep(fa_context *ctx, bool lasting)
{
    static fa_retained id;
    fa_frame_begin(ctx);
    enemy *e = FA_FRAME_NEW(ctx, enemy);
    id = fa_frame_retain(ctx, e, sizeof *e, 8, lasting ? FA_RETAIN_HEAP : FA_RETAIN_DISCARD, NULL);
    use_enemy(e);
    fa_frame_end(ctx);
    (void)id;
}
