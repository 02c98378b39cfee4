#include "game.h"
void update(fa_context *ctx, int count)
{
    for (int i = 0; i < count; i++) {
        enemy *e = FA_FRAME_NEW(ctx, enemy); // expect: FA602
        use_enemy(e);
    }
}
