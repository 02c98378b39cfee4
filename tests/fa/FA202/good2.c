#include "game.h"
#include <pthread.h>
enum { WORKERS = 4 };
static fa_barrier *g_barrier;
static void *work(void *data)
{
    while (is_ready()) {
        fa_barrier_wait(g_barrier, data, 1000);
    }
    return NULL;
}
void run(fa_allocator *allocator, fa_context *ctx)
{
    pthread_t threads[WORKERS];
    fa_barrier_create(allocator, WORKERS + 1, &g_barrier);
    for (int i = 0; i < WORKERS; i++) {
        pthread_create(&threads[i], NULL, work, NULL);
    }
    while (is_ready()) {
        fa_barrier_wait(g_barrier, ctx, 1000);
    }
    for (int i = 0; i < WORKERS; i++) {
        pthread_join(threads[i], NULL);
    }
}
