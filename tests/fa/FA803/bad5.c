#include "game.h"
/* one of several tags in a table */
enum { TAG_AI, TAG_PHYSICS };
static fa_tag tags[2];
void think(fa_allocator *a, fa_context *ctx)
{
    tags[TAG_AI] = fa_tag_intern(a, "ai");
    tags[TAG_PHYSICS] = fa_tag_intern(a, "physics");
    if (roll_dice()) {
        fa_tag_push(ctx, tags[TAG_PHYSICS]); // expect: FA803
        fa_tag_pop(ctx);
    }
}
