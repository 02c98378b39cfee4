#include "game.h"
#include <pthread.h>
/* one of two threads is joined */
static void *work(void *data)
{
    use_enemy(data);
    return NULL;
}
void start(fa_context *ctx)
{
    pthread_t a, b;
    enemy *first = FA_FRAME_NEW(ctx, enemy), *second = FA_FRAME_NEW(ctx, enemy);
    pthread_create(&a, NULL, work, first);
    pthread_create(&b, NULL, work, second); // expect: FA201
    pthread_join(a, NULL);
}
