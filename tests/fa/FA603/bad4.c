#include "game.h"
/* memory asked for after the end; the wrong context is ended */
void after(fa_context *ctx)
{
    fa_frame_begin(ctx);
    fa_frame_end(ctx);
    use_enemy(FA_FRAME_NEW(ctx, enemy)); // expect: FA603
}
void twice(fa_context *ctx)
{
    fa_frame_begin(ctx);
    switch (roll_dice()) {
    case 1: fa_frame_end(ctx); break;
    default: break;
    }
    fa_frame_end(ctx); // expect: FA603
}
