#include "game.h"
#include <pthread.h>
static void *work(void *data)
{
    use_enemy(data);
    return NULL;
}
void update(fa_context *ctx)
{
    pthread_t thread;
    fa_frame_begin(ctx);
    enemy *e = FA_FRAME_NEW(ctx, enemy);
    pthread_create(&thread, NULL, work, e); // expect: FA201
    fa_frame_end(ctx); // expect: FA205
    pthread_join(thread, NULL);
}
