#include "game.h"
static struct {
    fa_tag own, other;
} g_tags;
void think(fa_allocator *a, fa_context *ctx)
{
    g_tags.own = fa_tag_intern(a, "ai");
    g_tags.other = fa_tag_intern(a, "physics");
    fa_tag_push(ctx, g_tags.own);
    fa_tag_push(ctx, g_tags.other); // expect: FA803
    fa_tag_pop(ctx);
    fa_tag_pop(ctx);
}
