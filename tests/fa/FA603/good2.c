#include "game.h"
/* the same flag opens and closes */
void update(fa_context *ctx, bool own)
{
    if (own) {
        fa_frame_begin(ctx);
    }
    use_enemy(FA_FRAME_NEW(ctx, enemy));
    if (own) {
        fa_frame_end(ctx);
    }
}
