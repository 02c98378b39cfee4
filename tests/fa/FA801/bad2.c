#include "game.h"
/* the scope macro, the tag interned in the same breath */
void think(fa_allocator *a, fa_context *ctx)
{
    FA_TAG_SCOPE(ctx, fa_tag_intern(a, "misc/deep")) // expect: FA801
    {
        use_enemy(NULL);
    }
}
