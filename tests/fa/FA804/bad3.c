#include "game.h"
/* popped twice on one path */
void update(fa_context *ctx, fa_tag tag)
{
    fa_tag_push(ctx, tag);
    if (roll_dice() == 1) {
        fa_tag_pop(ctx);
    }
    fa_tag_pop(ctx); // expect: FA804
}
