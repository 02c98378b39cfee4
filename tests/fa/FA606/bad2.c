#include "game.h"
/* the pointer of the round before */
void run(fa_context *ctx)
{
    enemy *last = NULL;
    while (is_ready()) {
        fa_frame_begin(ctx);
        if (last) {
            use_enemy(last); // expect: FA606
        }
        last = FA_FRAME_NEW(ctx, enemy);
        fa_frame_end(ctx);
    }
}
