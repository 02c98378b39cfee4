#include "game.h"
/* nested, in a loop, with a failing push */
void update(fa_context *ctx, fa_tag a, fa_tag b, int n)
{
    for (int i = 0; i < n; i++) {
        FA_TAG_SCOPE(ctx, a)
        {
            if (fa_tag_push(ctx, b) != FA_RESULT_OK) {
                continue;
            }
            use_enemy(NULL);
            fa_tag_pop(ctx);
        }
    }
}
