#include "game.h"
#include <pthread.h>
/* a loop of goto, behind a helper of the thread's function */
enemy *queue_pop(void);
static void drain(fa_context *ctx)
{
    enemy *e;
again:
    e = queue_pop();
    if (e) {
        fa_pool_free(ctx, e); // expect: FA204
        goto again;
    }
}
static void *consume(void *data)
{
    drain(data);
    return NULL;
}
void start(fa_context *ctx)
{
    pthread_t thread;
    pthread_create(&thread, NULL, consume, ctx);
    pthread_join(thread, NULL);
}
