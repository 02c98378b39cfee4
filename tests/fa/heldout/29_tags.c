#include "game.h"
/* tags by hand, with a cleanup that forgets one on the error path */
typedef struct profiler { fa_tag physics, contacts; } profiler;
static int step(profiler *p, fa_context *ctx, int n)
{
    int hits = 0;
    fa_tag_push(ctx, p->physics);
    for (int i = 0; i < n; i++) {
        fa_tag_push(ctx, p->contacts);
        if (roll_dice() == 6) {
            fa_tag_pop(ctx);
            goto fail;
        }
        hits++;
        fa_tag_pop(ctx);
    }
    fa_tag_pop(ctx);
    return hits;
fail:
    return -1; // expect: FA804
}
int physics(profiler *p, fa_context *ctx)
{
    return step(p, ctx, 4);
}
