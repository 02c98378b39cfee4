#include "game.h"
static void job(void *data)
{
    fa_context *ctx = data;
    if (fa_frame_begin(ctx) != FA_RESULT_OK) {
        return;
    }
    use_enemy(FA_FRAME_NEW(ctx, enemy));
    fa_frame_end(ctx);
}
void start(fa_context *ctx)
{
    job_start(job, ctx);
}
