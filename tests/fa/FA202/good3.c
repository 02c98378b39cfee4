#include "game.h"
#include <pthread.h>
/* the number of threads is not known: nothing can be said */
static fa_barrier *g_barrier;
static void *work(void *data)
{
    fa_barrier_wait(g_barrier, data, 1000);
    return NULL;
}
void run(fa_allocator *allocator, int workers)
{
    pthread_t threads[64];
    fa_barrier_create(allocator, (uint32_t)workers, &g_barrier);
    for (int i = 0; i < workers && i < 64; i++) {
        pthread_create(&threads[i], NULL, work, NULL);
    }
}
