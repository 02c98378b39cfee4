#include "game.h"
#include <pthread.h>
/* joined on one path only */
static void *work(void *data)
{
    use_enemy(data);
    return NULL;
}
void start(fa_context *ctx, bool wait)
{
    pthread_t thread;
    fa_frame_begin(ctx);
    enemy *e = FA_FRAME_NEW(ctx, enemy);
    pthread_create(&thread, NULL, work, e); // expect: FA201
    if (wait) {
        pthread_join(thread, NULL);
    }
    fa_frame_end(ctx); // expect: FA205
}
