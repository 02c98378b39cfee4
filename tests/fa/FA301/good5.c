#include "game.h"
#include <stdio.h>
#include <string.h>
/* sizes of the program's own */
void copy(fa_context *ctx, const enemy *e, int count)
{
    char *name = fa_frame_alloc(ctx, strlen(e->name) + 1, 1);
    if (name) {
        memcpy(name, e->name, strlen(e->name) + 1);
    }
    enemy *all = FA_FRAME_ARRAY(ctx, enemy, (size_t)count);
    use_enemy(all);
}
