#include "game.h"
#include <pthread.h>
/* the thread gets nothing of the frame */
static void *work(void *data)
{
    return data;
}
void update(fa_context *ctx, world *w)
{
    pthread_t thread;
    fa_frame_begin(ctx);
    use_enemy(FA_FRAME_NEW(ctx, enemy));
    pthread_create(&thread, NULL, work, w);
    fa_frame_end(ctx);
    pthread_join(thread, NULL);
}
