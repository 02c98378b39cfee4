#include "game.h"
static void job(void *data)
{
    enemy *e = FA_FRAME_NEW(data, enemy); // expect: FA701
    use_enemy(e);
}
void start(fa_context *ctx)
{
    job_start(job, ctx);
}
