#include "game.h"
/* pool memory */
static void job(void *data)
{
    fa_context *ctx = data;
    enemy *e = FA_POOL_NEW(ctx, enemy);
    use_enemy(e);
    fa_pool_free(ctx, e);
}
void start(fa_context *ctx)
{
    job_start(job, ctx);
}
