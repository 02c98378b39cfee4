#include "game.h"
#include <pthread.h>
/* another context's frame ends while the thread works */
static void *work(void *data)
{
    use_enemy(data);
    return NULL;
}
void update(fa_context *a, fa_context *b)
{
    pthread_t thread;
    fa_frame_begin(a);
    fa_frame_begin(b);
    enemy *e = FA_FRAME_NEW(a, enemy);
    pthread_create(&thread, NULL, work, e);
    fa_frame_end(b);
    pthread_join(thread, NULL);
    fa_frame_end(a);
}
