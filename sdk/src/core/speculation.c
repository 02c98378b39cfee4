/* speculation.c - checkpoints that undo themselves unless they are committed. */
#include "framealloc/speculation.h"

#include "core/context.h"

fa_speculation fai_speculation_begin(fa_context *ctx, const char *here)
{
    fa_speculation speculation = {.checkpoint = fai_frame_mark(ctx, here), .ctx = ctx, .here = here};
    speculation.pending = speculation.checkpoint.serial != 0;
    return speculation;
}

fa_result fai_speculation_keep(fa_context *ctx, fa_checkpoint checkpoint, const char *here)
{
    return fai_frame_drop_mark(ctx, checkpoint, here);
}
