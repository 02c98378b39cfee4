#include "game.h"
/* by a global that is set once */
static fa_tag g_tag;
void init(fa_allocator *a)
{
    g_tag = fa_tag_intern(a, "misc");
}
void think(fa_context *ctx)
{
    fa_tag_push(ctx, g_tag); // expect: FA801
    fa_tag_pop(ctx);
}
