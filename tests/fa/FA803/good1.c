#include "game.h"
void think(fa_allocator *a, fa_context *ctx)
{
    fa_tag_push(ctx, fa_tag_intern(a, "ai"));
    fa_tag_pop(ctx);
}
