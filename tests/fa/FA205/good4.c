#include "game.h"
#include <pthread.h>
/* creation may fail */
static void *work(void *data)
{
    use_enemy(data);
    return NULL;
}
int update(fa_context *ctx)
{
    pthread_t thread;
    int result = -1;
    fa_frame_begin(ctx);
    enemy *e = FA_FRAME_NEW(ctx, enemy);
    if (pthread_create(&thread, NULL, work, e) != 0) {
        goto out;
    }
    pthread_join(thread, NULL);
    result = 0;
out:
    fa_frame_end(ctx);
    return result;
}
