#include "game.h"
#include <pthread.h>
/* handed over by a transfer: the ticket travels, not the pointer */
static void *work(void *data)
{
    (void)data;
    return NULL;
}
void update(fa_context *ctx)
{
    pthread_t thread;
    fa_transfer *ticket = NULL;
    fa_frame_begin(ctx);
    enemy *e = FA_FRAME_NEW(ctx, enemy);
    if (fa_transfer_send(ctx, e, sizeof *e, &ticket) == FA_RESULT_OK) {
        pthread_create(&thread, NULL, work, ticket);
        pthread_detach(thread);
    }
    fa_frame_end(ctx);
}
