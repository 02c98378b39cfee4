#include "game.h"
/* everything below an allowed tag */
void think(fa_allocator *a, fa_context *ctx)
{
    FA_TAG_SCOPE(ctx, fa_tag_intern(a, "ai/paths/grid"))
    {
        use_enemy(NULL);
    }
}
