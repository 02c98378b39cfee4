#include "game.h"
static fa_tag g_tag;
void init(fa_allocator *a)
{
    g_tag = fa_tag_intern(a, "physics/contacts");
}
void think(fa_context *ctx)
{
    fa_tag_push(ctx, g_tag);
    fa_tag_pop(ctx);
}
