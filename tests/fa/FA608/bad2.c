#include "game.h"
void lose(fa_context *ctx)
{
    enemy *e = FA_POOL_NEW(ctx, enemy); // expect: FA608
    if (e) {
        e->health = 1;
    }
}
