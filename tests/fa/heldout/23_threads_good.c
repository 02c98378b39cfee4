#include "game.h"
#include <pthread.h>
#include <string.h>
/* slices of an array for a team of threads, all joined; early way out joins too */
enum { TEAM = 3 };
typedef struct slice { enemy *from; int count; } slice;
static void *work(void *data)
{
    slice *s = data;
    for (int i = 0; i < s->count; i++) {
        s->from[i].health--;
    }
    return NULL;
}
int simulate(fa_context *ctx, enemy *all, int n)
{
    pthread_t team[TEAM];
    int started = 0, result = 0;
    fa_frame_begin(ctx);
    slice *slices = FA_FRAME_ARRAY(ctx, slice, TEAM);
    if (!slices) {
        fa_frame_end(ctx);
        return -1;
    }
    for (; started < TEAM; started++) {
        slices[started] = (slice){all + started * n / TEAM, n / TEAM};
        if (pthread_create(&team[started], NULL, work, &slices[started]) != 0) {
            result = -1;
            break;
        }
    }
    while (started > 0) {
        pthread_join(team[--started], NULL);
    }
    fa_frame_end(ctx);
    return result;
}
