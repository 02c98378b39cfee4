#include "game.h"
#include <pthread.h>
/* goto past the wait */
static fa_barrier *g_barrier;
static void *work(void *data)
{
    int rounds = 0;
    if (roll_dice() == 1) {
        return data; // expect: FA202
    }
    rounds++;
    fa_barrier_wait(g_barrier, NULL, rounds);
    return NULL;
}
void run(fa_context *ctx)
{
    pthread_t thread;
    pthread_create(&thread, NULL, work, NULL);
    fa_barrier_wait(g_barrier, ctx, 1000);
    pthread_join(thread, NULL);
}
