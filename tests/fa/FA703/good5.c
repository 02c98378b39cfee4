#include "game.h"
/* the program's own visitor, seen to call at once */
static void visit(world *w, void (*fn)(enemy *e, void *data), void *data)
{
    for (enemy *e = w->list; e; e = e->next) {
        fn(e, data);
    }
}
static void count(enemy *e, void *data)
{
    *(int *)data += e->health;
}
void update(fa_context *ctx, world *w)
{
    fa_frame_begin(ctx);
    int *sum = FA_FRAME_NEW_ZEROED(ctx, int);
    if (sum) {
        visit(w, count, sum);
    }
    fa_frame_end(ctx);
}
