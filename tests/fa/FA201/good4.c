#include "game.h"
#include <pthread.h>
/* helpers fork and join; the handle lies in a structure */
typedef struct crew {
    pthread_t threads[16];
    int count;
} crew;
static void *work(void *data)
{
    use_enemy(data);
    return NULL;
}
static void crew_start(crew *c, enemy *e)
{
    pthread_create(&c->threads[c->count++], NULL, work, e);
}
static void crew_wait(crew *c)
{
    while (c->count > 0) {
        pthread_join(c->threads[--c->count], NULL);
    }
}
void update(fa_context *ctx, int n)
{
    crew c = {0};
    fa_frame_begin(ctx);
    enemy *all = FA_FRAME_ARRAY(ctx, enemy, 16);
    for (int i = 0; i < n && i < 16; i++) {
        crew_start(&c, &all[i]);
    }
    crew_wait(&c);
    fa_frame_end(ctx);
}
