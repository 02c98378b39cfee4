#include "game.h"
/* the starter allocates, the task does not, and it is waited for */
static void job(void *data)
{
    use_enemy(data);
}
void start(fa_context *ctx)
{
    fa_frame_begin(ctx);
    enemy *e = FA_FRAME_NEW(ctx, enemy);
    job_handle *h = job_start(job, e);
    job_wait(h);
    fa_frame_end(ctx);
}
