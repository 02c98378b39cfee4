#include "game.h"
static void job(void *data) { use_enemy(data); }
void run(fa_context *ctx, int n)
{
    job_handle *handles[32];
    if (n > 32) n = 32;
    fa_frame_begin(ctx);
    enemy *all = FA_FRAME_ARRAY(ctx, enemy, 32);
    if (!all) { fa_frame_end(ctx); return; }
    for (int i = 0; i < n; i++) handles[i] = job_start(job, &all[i]);
    for (int i = 0; i < n; i++) job_wait(handles[i]);
    fa_frame_end(ctx);
}
