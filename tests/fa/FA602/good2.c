#include "game.h"
/* few, and known to be: for, while, and a size from an array */
static const int weights[4] = {1, 2, 3, 4};
void few(fa_context *ctx)
{
    for (int i = 0; i < 8; i++) {
        use_enemy(FA_FRAME_NEW(ctx, enemy));
    }
    int k = 0;
    while (k < 3) {
        use_enemy(FA_FRAME_NEW(ctx, enemy));
        k++;
    }
    for (size_t i = 0; i < sizeof weights / sizeof *weights; i++) {
        use_enemy(FA_FRAME_NEW(ctx, enemy));
    }
    do {
        use_enemy(FA_FRAME_NEW(ctx, enemy));
    } while (0);
}
