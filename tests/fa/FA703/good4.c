#include "game.h"
/* a copy that the task owns */
static void job(void *data)
{
    use_enemy(data);
}
void update(fa_context *ctx)
{
    fa_frame_begin(ctx);
    enemy *tmp = FA_FRAME_NEW_ZEROED(ctx, enemy);
    enemy *own = fa_heap_alloc(ctx, sizeof *own, 8);
    if (own && tmp) {
        *own = *tmp;
    }
    job_start(job, own);
    fa_frame_end(ctx);
}
