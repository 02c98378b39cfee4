#include "game.h"
#include <pthread.h>
/* one of two has a budget */
static fa_allocator *g_allocator;
static void *limited(void *data)
{
    fa_context *ctx = NULL;
    fa_context_attach(g_allocator, NULL, &ctx);
    fa_budget_set_context(ctx, 1 << 19, 1 << 20);
    enemy *e = FA_POOL_NEW(ctx, enemy);
    fa_pool_free(ctx, e);
    return data;
}
static void *unlimited(void *data)
{
    fa_context *ctx = NULL;
    fa_context_attach(g_allocator, NULL, &ctx);
    enemy *e = FA_POOL_NEW(ctx, enemy);
    fa_pool_free(ctx, e);
    return data;
}
void start(void)
{
    pthread_t a, b;
    pthread_create(&a, NULL, limited, NULL);
    pthread_create(&b, NULL, unlimited, NULL); // expect: FA203
    pthread_join(a, NULL);
    pthread_join(b, NULL);
}
