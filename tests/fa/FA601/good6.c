#include "game.h"
/* an index instead of a pointer; returning frame memory to the one who owns the frame */
static int g_best;
enemy *make(fa_context *ctx)
{
    enemy *all = FA_FRAME_ARRAY(ctx, enemy, 16);
    for (int i = 0; all && i < 16; i++) {
        if (all[i].health > 3) {
            g_best = i;
            return &all[i];
        }
    }
    return all;
}
