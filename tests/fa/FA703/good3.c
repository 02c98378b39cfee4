#include "game.h"
/* waited for before the end; the frame's own end calls back */
static void job(void *data)
{
    use_enemy(data);
}
void update(fa_context *ctx)
{
    fa_frame_begin(ctx);
    enemy *e = FA_FRAME_NEW(ctx, enemy);
    fa_frame_on_end(ctx, job, e);
    job_handle *h = job_start(job, e);
    use_enemy(e);
    job_wait(h);
    fa_frame_end(ctx);
}
