#include "game.h"
/* the same condition opens and closes */
void update(fa_context *ctx, const fa_tag *tag)
{
    if (tag) {
        fa_tag_push(ctx, *tag);
    }
    use_enemy(NULL);
    if (tag) {
        fa_tag_pop(ctx);
    }
}
