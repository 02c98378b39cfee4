#include "game.h"
/* a tag whose path nobody knows */
void think(fa_context *ctx, fa_tag tag)
{
    fa_tag_push(ctx, tag);
    fa_tag_pop(ctx);
}
