#include "game.h"
#include <pthread.h>
/* four are started, three are joined before the end */
static void *work(void *data)
{
    use_enemy(data);
    return NULL;
}
void update(fa_context *ctx)
{
    pthread_t t[4];
    enemy *e[4];
    fa_frame_begin(ctx);
    for (int i = 0; i < 4; i++) {
        e[i] = FA_FRAME_NEW(ctx, enemy);
        pthread_create(&t[i], NULL, work, e[i]); // expect: FA201
    }
    for (int i = 0; i < 3; i++) {
        pthread_join(t[i], NULL);
    }
    fa_frame_end(ctx); // expect: FA205
    pthread_join(t[3], NULL);
}
