#include "game.h"
#include <pthread.h>
/* a thread that leaves early */
static fa_barrier *g_barrier;
static void *work(void *data)
{
    if (!is_ready()) {
        return NULL; // expect: FA202
    }
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
