#include "game.h"
#include <threads.h>
/* allocates through helpers, in a frame of its own */
static fa_allocator *g_allocator;
static void step(fa_context *ctx)
{
    fa_frame_begin(ctx);
    use_enemy(FA_FRAME_NEW(ctx, enemy));
    fa_frame_end(ctx);
}
static int work(void *data)
{
    fa_context_desc desc = {.name = "worker"};
    fa_context *ctx = NULL;
    (void)data;
    if (fa_context_attach(g_allocator, &desc, &ctx) != FA_RESULT_OK) {
        return 1;
    }
    step(ctx);
    fa_context_detach(ctx);
    return 0;
}
void start(thrd_t *thread)
{
    thrd_create(thread, work, NULL); // expect: FA203
}
