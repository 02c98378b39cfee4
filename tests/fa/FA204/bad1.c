#include "game.h"
#include <pthread.h>
enemy *queue_pop(void);
static void *consume(void *data)
{
    enemy *e;
    while ((e = queue_pop()) != NULL) {
        fa_pool_free(data, e); // expect: FA204
    }
    return NULL;
}
void start(fa_context *ctx)
{
    pthread_t thread;
    pthread_create(&thread, NULL, consume, ctx);
    pthread_join(thread, NULL);
}
