#include "game.h"
/* from a constant; only one branch */
static const char *const NAME = "misc";
void think(fa_allocator *a, fa_context *ctx)
{
    fa_tag t = is_ready() ? fa_tag_intern(a, "ai") : fa_tag_intern(a, NAME);
    fa_tag_push(ctx, t); // expect: FA801
    fa_tag_pop(ctx);
}
