#include "game.h"
#include <pthread.h>
/* one object, once */
static void *work(void *data)
{
    world *w = data;
    use_enemy(w->target);
    fa_pool_free(w->ctx, w->target);
    w->target = NULL;
    return NULL;
}
void start(world *w)
{
    pthread_t thread;
    pthread_create(&thread, NULL, work, w);
    pthread_join(thread, NULL);
}
