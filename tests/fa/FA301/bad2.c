#include "game.h"
#include <stdio.h>
/* a count from a file */
void load(fa_context *ctx, FILE *file)
{
    uint32_t count = 0;
    if (fread(&count, sizeof count, 1, file) != 1) {
        return;
    }
    enemy *all = FA_FRAME_ARRAY(ctx, enemy, count); // expect: FA301
    use_enemy(all);
}
