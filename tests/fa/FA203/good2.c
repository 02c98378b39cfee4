#include "game.h"
#include <pthread.h>
/* allocates nothing */
static void *work(void *data)
{
    use_enemy(data);
    return NULL;
}
void start(world *w)
{
    pthread_t thread;
    pthread_create(&thread, NULL, work, w);
    pthread_join(thread, NULL);
}
