#include "game.h"
/* through a helper: told at the call in the task */
static enemy *make(fa_context *ctx)
{
    return FA_FRAME_NEW(ctx, enemy);
}
static void job(void *data)
{
    world *w = data;
    use_enemy(make(w->ctx)); // expect: FA701
}
void start(world *w)
{
    job_wait(job_start(job, w));
}
