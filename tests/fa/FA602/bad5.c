#include "game.h"
/* a constant count, but too many; two nested loops of few are many as well */
void grid(fa_context *ctx)
{
    for (int i = 0; i < 64; i++) {
        use_enemy(FA_FRAME_NEW(ctx, enemy)); // expect: FA602
    }
    for (int y = 0; y < 8; y++) {
        for (int x = 0; x < 8; x++) {
            use_enemy(FA_FRAME_NEW(ctx, enemy)); // expect: FA602
        }
    }
}
