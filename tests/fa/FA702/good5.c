#include "game.h"
/* the path that suspends takes it again */
void patrol(fa_context *ctx)
{
    enemy *e = FA_FRAME_NEW(ctx, enemy);
    if (!is_ready()) {
        co_yield();
        e = FA_FRAME_NEW(ctx, enemy);
    }
    use_enemy(e);
}
