#include "game.h"
void update(fa_context *ctx, fa_tag tag)
{
    fa_tag_push(ctx, tag);
    if (!is_ready()) {
        fa_tag_pop(ctx);
        return;
    }
    use_enemy(NULL);
    fa_tag_pop(ctx);
}
