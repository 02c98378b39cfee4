#include "game.h"
void update(fa_context *ctx)
{
    fa_frame_begin(ctx); // expect: FA603
    use_enemy(FA_FRAME_NEW(ctx, enemy));
}
