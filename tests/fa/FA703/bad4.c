#include "game.h"
/* a helper registers; told at the call; waited for on one path only */
static void job(void *data)
{
    use_enemy(data);
}
static job_handle *launch(enemy *e)
{
    return job_start(job, e);
}
void start(fa_context *ctx)
{
    fa_frame_begin(ctx);
    enemy *e = FA_FRAME_NEW(ctx, enemy);
    job_handle *h = launch(e); // expect: FA703
    if (is_ready()) {
        job_wait(h);
    }
    fa_frame_end(ctx);
}
