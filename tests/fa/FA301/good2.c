#include "game.h"
#include <stdio.h>
/* one array, and a counter in the condition */
void load(fa_context *ctx, FILE *file)
{
    char line[128];
    size_t n = 0;
    enemy *all = FA_FRAME_ARRAY(ctx, enemy, 64);
    while (n < 64 && fgets(line, sizeof line, file)) {
        all[n++].health = line[0];
    }
}
