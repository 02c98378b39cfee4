#include "game.h"
#include <pthread.h>
static fa_allocator *g_allocator;
static void *worker(void *data)
{
    fa_context *ctx = NULL;
    if (fa_context_attach(g_allocator, NULL, &ctx) != FA_RESULT_OK) return NULL;
    fa_budget_set_context(ctx, 1000, 2000);
    while (is_ready()) {
        if (fa_frame_begin(ctx) != FA_RESULT_OK) break;
        use_enemy(FA_FRAME_NEW(ctx, enemy));
        fa_frame_end(ctx);
    }
    fa_context_detach(ctx);
    return data;
}
void run(void)
{
    pthread_t t[8];
    int n = 0;
    for (; n < 8; n++) if (pthread_create(&t[n], NULL, worker, NULL)) break;
    while (n-- > 0) pthread_join(t[n], NULL);
}
