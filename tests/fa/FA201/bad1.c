#include "game.h"
#include <pthread.h>
static void *work(void *data)
{
    use_enemy(data);
    return NULL;
}
void start(fa_context *ctx)
{
    pthread_t thread;
    enemy *e = FA_FRAME_NEW(ctx, enemy);
    pthread_create(&thread, NULL, work, e); // expect: FA201
    pthread_detach(thread);
}
