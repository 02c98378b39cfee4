#include "game.h"
#include <pthread.h>
/* received blocks */
fa_transfer *next_ticket(void);
static void *consume(void *data)
{
    void *p = NULL;
    while (fa_transfer_receive(data, next_ticket(), &p) == FA_RESULT_OK) {
        fa_heap_free(data, p); // expect: FA204
    }
    return NULL;
}
void start(fa_context *ctx)
{
    pthread_t thread;
    pthread_create(&thread, NULL, consume, ctx);
    pthread_join(thread, NULL);
}
