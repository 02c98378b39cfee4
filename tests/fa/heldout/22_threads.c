#include "game.h"
#include <pthread.h>
#include <stdlib.h>
/* a loader thread gets its request in frame memory and is left running */
typedef struct request { char *path; int priority; } request;
static void *loader(void *data)
{
    request *r = data;
    use_enemy((void *)r->path);
    free(r);
    return NULL;
}
int load_async(fa_context *ctx, const char *path)
{
    pthread_t t;
    request *r = malloc(sizeof *r);
    if (!r) {
        return -1;
    }
    fa_frame_begin(ctx);
    r->path = fa_frame_strdup(ctx, path); // expect: FA601
    int failed = pthread_create(&t, NULL, loader, r); // expect: FA201
    if (!failed) {
        pthread_detach(t);
    }
    fa_frame_end(ctx); // expect: FA205
    return failed;
}
