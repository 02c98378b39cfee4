#include "game.h"
#include <pthread.h>
/* at most so many */
enemy *queue_pop(void);
static void *consume(void *data)
{
    enemy *e;
    for (int i = 0; i < 64 && (e = queue_pop()) != NULL; i++) {
        fa_pool_free(data, e);
    }
    return NULL;
}
void start(fa_context *ctx)
{
    pthread_t thread;
    pthread_create(&thread, NULL, consume, ctx);
    pthread_join(thread, NULL);
}
