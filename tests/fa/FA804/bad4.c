#include "game.h"
/* continue skips the pop */
void update(fa_context *ctx, fa_tag tag, int n)
{
    for (int i = 0; i < n; i++) {
        fa_tag_push(ctx, tag); // expect: FA804
        if (roll_dice() == 2) {
            continue;
        }
        fa_tag_pop(ctx);
    }
}
