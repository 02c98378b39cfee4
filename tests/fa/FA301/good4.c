#include "game.h"
#include <stdio.h>
/* bounded by the capacity, tested inside the loop; a scratch per round */
void load(fa_context *ctx, FILE *file)
{
    char line[128];
    int n = 0;
    while (fgets(line, sizeof line, file)) {
        if (++n > 100) {
            break;
        }
        fa_checkpoint mark = fa_frame_mark(ctx);
        use_enemy(FA_FRAME_NEW(ctx, enemy));
        fa_frame_rewind(ctx, mark);
    }
}
