#include "game.h"
void think(fa_allocator *a, fa_context *ctx)
{
    fa_tag tag = fa_tag_intern(a, "misc");
    fa_tag_push(ctx, tag); // expect: FA801
    fa_tag_pop(ctx);
}
