#include "game.h"
/* an array of frame pointers outlives the frame; statement expression and comma */
#define FIRST(a) ({ enemy **first_ = (a); first_[0]; })
void update(fa_context *ctx)
{
    enemy *all[4];
    fa_frame_begin(ctx);
    for (int i = 0; i < 4; i++) {
        all[i] = FA_FRAME_NEW(ctx, enemy);
    }
    (use_enemy(all[1]), fa_frame_end(ctx));
    use_enemy(FIRST(all)); // expect: FA606
}
