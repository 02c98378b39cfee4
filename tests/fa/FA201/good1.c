#include "game.h"
#include <pthread.h>
/* fork and join before the frame's end */
static void *work(void *data)
{
    use_enemy(data);
    return NULL;
}
void update(fa_context *ctx)
{
    pthread_t threads[4];
    fa_frame_begin(ctx);
    enemy *all = FA_FRAME_ARRAY(ctx, enemy, 4);
    for (int i = 0; i < 4; i++) {
        pthread_create(&threads[i], NULL, work, &all[i]);
    }
    for (int i = 0; i < 4; i++) {
        pthread_join(threads[i], NULL);
    }
    fa_frame_end(ctx);
}
