#include "game.h"
#include <stdio.h>
void load(fa_context *ctx, FILE *file)
{
    uint32_t count = 0;
    if (fread(&count, sizeof count, 1, file) != 1 || count > 4096) {
        return;
    }
    enemy *all = FA_FRAME_ARRAY(ctx, enemy, count);
    use_enemy(all);
}
