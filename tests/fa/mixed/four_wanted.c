/* barrier made for 4, 2 threads + main = 3; no budget */
#include "game.h"
#include <pthread.h>
static fa_barrier *g_bar;
static void *sim(void *p)
{
    fa_context *ctx = p;
    for (int i = 0; i < 100; i++) {
        int *tmp = FA_POOL_NEW(ctx, int);
        if (tmp) { tmp[0] = i; fa_pool_free(ctx, tmp); }
        fa_barrier_wait(g_bar, ctx, -1);
    }
    return NULL;
}
int run(fa_allocator *a, fa_context **c)
{
    pthread_t t1, t2;
    if (fa_barrier_create(a, 4, &g_bar) != FA_RESULT_OK) return -1; // expect: FA202
    pthread_create(&t1, NULL, sim, c[0]); // expect: FA203
    pthread_create(&t2, NULL, sim, c[1]); // expect: FA203
    for (int i = 0; i < 100; i++) fa_barrier_wait(g_bar, c[2], -1);
    pthread_join(t1, NULL);
    pthread_join(t2, NULL);
    fa_barrier_destroy(g_bar);
    return 0;
}
