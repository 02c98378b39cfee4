#include "game.h"
#include <pthread.h>
/* a barrier stands before the end */
static fa_barrier *g_barrier;
static void *work(void *data)
{
    use_enemy(data);
    fa_barrier_wait(g_barrier, NULL, 1000);
    return NULL;
}
void update(fa_context *ctx)
{
    pthread_t thread;
    fa_frame_begin(ctx);
    enemy *e = FA_FRAME_NEW(ctx, enemy);
    pthread_create(&thread, NULL, work, e);
    fa_barrier_wait(g_barrier, ctx, 1000);
    fa_frame_end(ctx);
    pthread_join(thread, NULL);
}
