#include "game.h"
void think(fa_allocator *a, fa_context *ctx)
{
    fa_tag t = fa_tag_intern(a, "render/shadows");
    FA_TAG_SCOPE(ctx, t) // expect: FA803
    {
        use_enemy(NULL);
    }
}
