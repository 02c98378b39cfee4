#include "game.h"
#include <pthread.h>
/* a helper ends the frame */
static void *work(void *data)
{
    use_enemy(data);
    return NULL;
}
static void finish(world *w)
{
    w->count++;
    fa_frame_end(w->ctx);
}
void update(world *w)
{
    pthread_t thread;
    fa_frame_begin(w->ctx);
    struct {
        enemy *who;
    } box = {FA_FRAME_NEW(w->ctx, enemy)};
    pthread_create(&thread, NULL, work, &box); // expect: FA201
    finish(w); // expect: FA205
    pthread_join(thread, NULL);
}
