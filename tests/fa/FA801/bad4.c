#include "game.h"
/* by a helper that returns it, and an alias */
static fa_tag tag_of(fa_allocator *a)
{
    return fa_tag_intern(a, "misc");
}
void think(fa_allocator *a, fa_context *ctx)
{
    fa_tag t = tag_of(a), same = t;
    fa_tag_push(ctx, same); // expect: FA801
    use_enemy(NULL);
    fa_tag_pop(ctx);
}
