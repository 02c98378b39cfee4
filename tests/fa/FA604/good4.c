#include "game.h"
/* a pool object stored beyond */
void keep(fa_context *ctx, world *w)
{
    void *kept = NULL;
    fa_frame_begin(ctx);
    enemy *e = FA_FRAME_NEW(ctx, enemy);
    fa_retained id = fa_frame_retain(ctx, e, sizeof *e, 8, FA_RETAIN_POOL, NULL);
    fa_frame_end(ctx);
    if (fa_retained_take(ctx, id, &kept) == FA_RESULT_OK) {
        w->list = kept;
    }
}
