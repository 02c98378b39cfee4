#include "game.h"
void update(fa_context *ctx, fa_tag tag)
{
    fa_tag_push(ctx, tag); // expect: FA804
    use_enemy(FA_FRAME_NEW(ctx, enemy));
}
