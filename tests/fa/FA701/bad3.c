#include "game.h"
/* after its own frame has ended it takes from the other context */
static fa_context *g_main;
static void job(void *data)
{
    fa_context *own = data;
    fa_frame_begin(own);
    use_enemy(FA_FRAME_NEW(own, enemy));
    fa_frame_end(own);
    use_enemy(FA_FRAME_NEW(g_main, enemy)); // expect: FA701
}
void start(fa_context *ctx)
{
    job_start(job, ctx);
}
