#include "game.h"
/* begun conditionally, told by the result */
static bool try_begin(fa_context *ctx)
{
    if (!is_ready()) {
        return false;
    }
    return fa_frame_begin(ctx) == FA_RESULT_OK;
}
void update(fa_context *ctx)
{
    if (!try_begin(ctx)) {
        return;
    }
    use_enemy(FA_FRAME_NEW(ctx, enemy));
    fa_frame_end(ctx);
}
