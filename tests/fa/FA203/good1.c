#include "game.h"
#include <pthread.h>
static fa_allocator *g_allocator;
static void *work(void *data)
{
    fa_context_desc desc = {.name = "worker"};
    fa_context *ctx = NULL;
    fa_context_attach(g_allocator, &desc, &ctx);
    fa_budget_set_context(ctx, 1 << 19, 1 << 20);
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
