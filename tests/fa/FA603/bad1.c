#include "game.h"
void update(fa_context *ctx)
{
    fa_frame_begin(ctx);
    if (!is_ready()) {
        return; // expect: FA603
    }
    fa_frame_end(ctx);
}
