#include "game.h"
#include <pthread.h>
/* for ever, with a break; freed by a helper: told at the call */
enemy *queue_pop(void);
static void drop(fa_context *ctx, enemy *e)
{
    fa_pool_free(ctx, e);
}
static void *consume(void *data)
{
    for (;;) {
        enemy *e = queue_pop();
        if (!e) {
            break;
        }
        drop(data, e); // expect: FA204
    }
    return NULL;
}
void start(fa_context *ctx)
{
    pthread_t thread;
    pthread_create(&thread, NULL, consume, ctx);
    pthread_join(thread, NULL);
}
