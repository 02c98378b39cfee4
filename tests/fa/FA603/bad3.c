#include "game.h"
/* frames do not nest, through a helper either */
static void inner(fa_context *c)
{
    fa_frame_begin(c);
    use_enemy(NULL);
    fa_frame_end(c);
}
void update(fa_context *ctx)
{
    fa_frame_begin(ctx);
    inner(ctx); // expect: FA603
    fa_frame_end(ctx);
}
