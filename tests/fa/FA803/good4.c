#include "game.h"
static fa_tag g_tag;
void init(fa_allocator *a)
{
    g_tag = fa_tag_intern(a, "ai/senses");
}
void think(fa_context *ctx)
{
    FA_TAG_SCOPE(ctx, g_tag)
    {
        use_enemy(NULL);
    }
}
