#include "game.h"
#include <pthread.h>
/* pool memory may go to another thread */
static void *work(void *data)
{
    use_enemy(data);
    return NULL;
}
void update(fa_context *ctx)
{
    pthread_t thread;
    fa_frame_begin(ctx);
    enemy *tmp = FA_FRAME_NEW(ctx, enemy);
    enemy *e = FA_POOL_NEW(ctx, enemy);
    if (e && tmp) {
        *e = *tmp;
    }
    pthread_create(&thread, NULL, work, e);
    pthread_detach(thread);
    fa_frame_end(ctx);
}
