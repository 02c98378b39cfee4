#include "game.h"
void update(fa_context *ctx)
{
    if (fa_frame_begin(ctx) != FA_RESULT_OK) {
        return;
    }
    if (!is_ready()) {
        goto out;
    }
    use_enemy(FA_FRAME_NEW(ctx, enemy));
out:
    fa_frame_end(ctx);
}
