#include "game.h"
/* the suspension is in a helper, the pointer in a structure */
static void wait_frames(int n)
{
    for (int i = 0; i < n; i++) {
        co_yield();
    }
}
int patrol(fa_context *ctx)
{
    world w = {.ctx = ctx};
    w.target = FA_FRAME_NEW(ctx, enemy);
    wait_frames(3); // expect: FA702
    return w.target->health;
}
