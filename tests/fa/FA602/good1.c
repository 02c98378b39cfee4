#include "game.h"
/* a frame per round */
void run(fa_context *ctx)
{
    while (is_ready()) {
        fa_frame_begin(ctx);
        use_enemy(FA_FRAME_NEW(ctx, enemy));
        fa_frame_end(ctx);
    }
}
