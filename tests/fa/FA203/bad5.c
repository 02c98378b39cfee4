#include "game.h"
#include <pthread.h>
/* started by a helper, in a loop; allocates on one path only */
static fa_allocator *g_allocator;
static void *work(void *data)
{
    fa_context *ctx = fa_context_current(g_allocator);
    if (data) {
        enemy *e = FA_POOL_NEW(ctx, enemy);
        fa_pool_free(ctx, e);
    }
    return NULL;
}
static int start_one(pthread_t *t)
{
    return pthread_create(t, NULL, work, NULL); // expect: FA203
}
void start(pthread_t *threads, int n)
{
    for (int i = 0; i < n; i++) {
        start_one(&threads[i]);
    }
}
