#include "game.h"
#include <pthread.h>
/* the creator makes the limits */
static fa_allocator *g_allocator;
static void *work(void *data)
{
    fa_context *ctx = fa_context_current(g_allocator);
    enemy *e = FA_POOL_NEW(ctx, enemy);
    fa_pool_free(ctx, e);
    return data;
}
void start(void)
{
    pthread_t thread;
    fa_budget_set_tag(g_allocator, fa_tag_intern(g_allocator, "worker"), 1 << 20, 1 << 21);
    pthread_create(&thread, NULL, work, NULL);
    pthread_join(thread, NULL);
}
