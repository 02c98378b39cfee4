#include "game.h"
#include <threads.h>
/* one of the two functions never waits */
static fa_barrier *g_barrier;
static int physics(void *data)
{
    fa_barrier_wait(g_barrier, data, 1000);
    return 0;
}
static int audio(void *data)
{
    use_enemy(data);
    return 0;
}
void run(fa_allocator *allocator, fa_context *ctx)
{
    thrd_t a, b;
    fa_barrier_create(allocator, 3, &g_barrier); // expect: FA202
    thrd_create(&a, physics, NULL);
    thrd_create(&b, audio, NULL);
    fa_barrier_wait(g_barrier, ctx, 1000);
    thrd_join(a, NULL);
    thrd_join(b, NULL);
}
