#include "game.h"
#include <pthread.h>
static fa_allocator *g_allocator;
static void *work(void *data)
{
    fa_context_desc desc = {.name = "worker", .frame_budget_bytes = 1 << 20, .pool_budget_bytes = 1 << 20};
    fa_context *ctx = NULL;
    fa_context_attach(g_allocator, &desc, &ctx);
    enemy *e = FA_POOL_NEW(ctx, enemy);
    fa_pool_free(ctx, e);
    fa_context_detach(ctx);
    return data;
}
void start(void)
{
    pthread_t thread;
    pthread_create(&thread, NULL, work, NULL);
    pthread_join(thread, NULL);
}
