#include "game.h"
/* the second round of a loop */
void patrol(fa_context *ctx)
{
    enemy *e = FA_FRAME_NEW(ctx, enemy);
    while (is_ready()) {
        use_enemy(e);
        co_yield(); // expect: FA702
    }
}
