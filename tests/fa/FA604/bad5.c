#include "game.h"
/* taken too early; never taken */
void early(fa_context *ctx)
{
    void *kept = NULL;
    fa_frame_begin(ctx);
    enemy *e = FA_FRAME_NEW(ctx, enemy);
    fa_retained id = fa_frame_retain(ctx, e, sizeof *e, 8, FA_RETAIN_HEAP, NULL);
    fa_retained_take(ctx, id, &kept); // expect: FA604
    fa_frame_end(ctx);
}
void never(fa_context *ctx)
{
    fa_frame_begin(ctx);
    enemy *e = FA_FRAME_NEW(ctx, enemy);
    fa_frame_retain(ctx, e, sizeof *e, 8, FA_RETAIN_HEAP, NULL); // expect: FA604
    fa_frame_end(ctx);
}
