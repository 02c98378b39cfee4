#include "game.h"
/* goto leaves two scopes, one of them open */
int update(fa_context *ctx, fa_tag outer, fa_tag inner)
{
    fa_tag_push(ctx, outer);
    fa_tag_push(ctx, inner);
    if (!is_ready()) {
        goto out;
    }
    fa_tag_pop(ctx);
out:
    fa_tag_pop(ctx);
    return 0; // expect: FA804
}
