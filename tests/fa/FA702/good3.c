#include "game.h"
/* taken anew in each round */
void patrol(fa_context *ctx)
{
    while (is_ready()) {
        fa_frame_begin(ctx);
        enemy *e = FA_FRAME_NEW(ctx, enemy);
        use_enemy(e);
        fa_frame_end(ctx);
        co_yield();
    }
}
