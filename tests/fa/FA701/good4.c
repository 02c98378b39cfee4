#include "game.h"
/* helpers begin and end around the work */
static void enter(fa_context *ctx)
{
    fa_frame_begin(ctx);
}
static void leave(fa_context *ctx)
{
    fa_frame_end(ctx);
}
static void job(void *data)
{
    enter(data);
    use_enemy(FA_FRAME_NEW(data, enemy));
    leave(data);
}
void start(fa_context *ctx)
{
    job_start(job, ctx);
}
