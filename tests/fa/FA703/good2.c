#include "game.h"
#include <stdlib.h>
/* called at once: sorting, visiting */
void for_each_enemy(world *w, void (*fn)(enemy *e, void *data), void *data);
static int compare(const void *a, const void *b)
{
    return ((const enemy *)a)->health - ((const enemy *)b)->health;
}
static void count(enemy *e, void *data)
{
    *(int *)data += e->health;
}
void update(fa_context *ctx, world *w)
{
    fa_frame_begin(ctx);
    enemy *all = FA_FRAME_ARRAY(ctx, enemy, 16);
    int *sum = FA_FRAME_NEW_ZEROED(ctx, int);
    qsort(all, 16, sizeof *all, compare);
    for_each_enemy(w, count, sum);
    fa_frame_end(ctx);
}
