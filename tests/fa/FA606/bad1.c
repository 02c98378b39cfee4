#include "game.h"
void update(fa_context *ctx)
{
    fa_frame_begin(ctx);
    enemy *e = FA_FRAME_NEW(ctx, enemy);
    fa_frame_end(ctx);
    e->health = 0; // expect: FA606
}
