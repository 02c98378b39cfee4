#include "game.h"
#include <pthread.h>
static fa_barrier *g_barrier;
static void *work(void *data)
{
    fa_barrier_wait(g_barrier, data, 1000);
    return NULL;
}
void run(fa_allocator *allocator, fa_context *ctx)
{
    pthread_t thread;
    fa_barrier_create(allocator, 3, &g_barrier); // expect: FA202
    pthread_create(&thread, NULL, work, NULL);
    fa_barrier_wait(g_barrier, ctx, 1000);
    pthread_join(thread, NULL);
}
