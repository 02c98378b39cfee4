#include "game.h"
void update(fa_context *ctx, fa_tag tag)
{
    fa_tag_push(ctx, tag);
    if (!is_ready()) {
        return; // expect: FA804
    }
    fa_tag_pop(ctx);
}
