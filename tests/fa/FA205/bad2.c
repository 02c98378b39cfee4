#include "game.h"
#include <pthread.h>
/* the early way out ends the frame without the join */
static void *work(void *data)
{
    use_enemy(data);
    return NULL;
}
int update(fa_context *ctx)
{
    pthread_t thread;
    fa_frame_begin(ctx);
    enemy *e = FA_FRAME_NEW(ctx, enemy);
    pthread_create(&thread, NULL, work, e); // expect: FA201
    if (!is_ready()) {
        fa_frame_end(ctx); // expect: FA205
        pthread_join(thread, NULL);
        return -1;
    }
    pthread_join(thread, NULL);
    fa_frame_end(ctx);
    return 0;
}
