#include "game.h"
/* two halves of a pair */
static void enter(fa_context *ctx, fa_tag tag)
{
    fa_tag_push(ctx, tag);
}
static void leave(fa_context *ctx)
{
    fa_tag_pop(ctx);
}
void update(fa_context *ctx, fa_tag tag)
{
    enter(ctx, tag);
    use_enemy(NULL);
    leave(ctx);
}
