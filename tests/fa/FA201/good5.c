#include "game.h"
#include <pthread.h>
#include <semaphore.h>
/* a worker that exists already is waited for by a semaphore; a thread gets a copy */
static sem_t done;
static void *work(void *data)
{
    use_enemy(data);
    sem_post(&done);
    return NULL;
}
void update(fa_context *ctx)
{
    pthread_t thread;
    fa_frame_begin(ctx);
    enemy *e = FA_FRAME_NEW(ctx, enemy);
    pthread_create(&thread, NULL, work, e);
    sem_wait(&done);
    fa_frame_end(ctx);
    pthread_join(thread, NULL);
}
