#include "game.h"
#include <pthread.h>
/* a budget on the thread's tag */
static fa_allocator *g_allocator;
static void *work(void *data)
{
    fa_context *ctx = fa_context_current(g_allocator);
    fa_tag tag = fa_tag_intern(g_allocator, "loader");
    fa_budget_set_tag(g_allocator, tag, 1 << 20, 1 << 21);
    FA_TAG_SCOPE(ctx, tag)
    {
        enemy *e = FA_POOL_NEW(ctx, enemy);
        fa_pool_free(ctx, e);
    }
    return data;
}
void start(void)
{
    pthread_t thread;
    pthread_create(&thread, NULL, work, NULL);
    pthread_join(thread, NULL);
}
