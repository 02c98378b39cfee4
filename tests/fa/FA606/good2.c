#include "game.h"
/* the contents are copied out in time */
int update(fa_context *ctx)
{
    enemy copy = {0};
    int health = 0;
    fa_frame_begin(ctx);
    enemy *e = FA_FRAME_NEW(ctx, enemy);
    if (e) {
        e->health = 3;
        copy = *e;
        health = e->health;
    }
    fa_frame_end(ctx);
    return copy.health + health;
}
