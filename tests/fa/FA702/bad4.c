#include "game.h"
/* on one path; an alias by integers */
void patrol(fa_context *ctx)
{
    enemy *e = FA_FRAME_NEW(ctx, enemy);
    uintptr_t bits = (uintptr_t)e;
    if (roll_dice() == 2) {
        co_yield(); // expect: FA702
    }
    ((enemy *)bits)->health = 1;
}
