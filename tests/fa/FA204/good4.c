#include "game.h"
#include <pthread.h>
/* counted inside an endless loop */
enemy *queue_pop(void);
static void *consume(void *data)
{
    while (is_ready()) {
        int budget = 32;
        enemy *e;
        while (budget-- > 0 && (e = queue_pop()) != NULL) {
            fa_pool_free(data, e);
        }
    }
    return NULL;
}
void start(fa_context *ctx)
{
    pthread_t thread;
    pthread_create(&thread, NULL, consume, ctx);
    pthread_join(thread, NULL);
}
