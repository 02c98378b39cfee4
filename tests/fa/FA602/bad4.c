#include "game.h"
/* a loop made of goto */
void retry(fa_context *ctx, int limit)
{
    int n = 0;
again:
    use_enemy(FA_FRAME_NEW(ctx, enemy)); // expect: FA602
    n++;
    if (n < limit) {
        goto again;
    }
}
