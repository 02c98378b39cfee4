#include "game.h"
/* an ordinary function that is not a task may use its caller's frame */
static void work(void *data)
{
    use_enemy(FA_FRAME_NEW(data, enemy));
}
void update(fa_context *ctx)
{
    fa_frame_begin(ctx);
    work(ctx);
    fa_frame_end(ctx);
}
