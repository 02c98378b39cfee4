#include "game.h"
#include <pthread.h>
/* waits on every path, the early one included */
static fa_barrier *g_barrier;
static void *work(void *data)
{
    if (!is_ready()) {
        fa_barrier_wait(g_barrier, data, 1000);
        return NULL;
    }
    use_enemy(data);
    fa_barrier_wait(g_barrier, data, 1000);
    return NULL;
}
void run(fa_allocator *allocator, fa_context *ctx)
{
    pthread_t thread;
    fa_barrier_create(allocator, 2, &g_barrier);
    pthread_create(&thread, NULL, work, NULL);
    fa_barrier_wait(g_barrier, ctx, 1000);
    pthread_join(thread, NULL);
}
