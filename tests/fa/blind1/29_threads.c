/* A loader thread and its requests. */
#include <framealloc/framealloc.h>
#include <pthread.h>
#include <threads.h>

typedef struct request { const char *path; void *data; volatile int done; } request;
typedef struct loader { pthread_t thread; thrd_t other; fa_context *ctx; request *now; bool up; } loader;

static void *load(void *arg)
{
    request *r = arg;
    r->done = r->path != NULL;
    return NULL;
}
static int load_c11(void *arg)
{
    load(arg);
    return 0;
}

void loader_go(loader *l, const char *path)
{
    fa_frame_begin(l->ctx);
    request *r = FA_FRAME_NEW_ZEROED(l->ctx, request);
    if (r) {
        r->path = path;
        if (pthread_create(&l->thread, NULL, load, r) == 0) { // expect: FA201
            pthread_detach(l->thread);
        }
    }
    fa_frame_end(l->ctx); // expect: FA205
}

void loader_path(loader *l, const char *folder, const char *name)
{
    static request r;
    fa_frame_begin(l->ctx);
    r.path = fa_frame_printf(l->ctx, "%s/%s", folder, name); // expect: FA601
    thrd_create(&l->other, load_c11, &r); // expect: FA201
    fa_frame_end(l->ctx); // expect: FA205
}

int loader_now(loader *l, const char *path)
{
    int done = 0;
    fa_frame_begin(l->ctx);
    request *r = FA_FRAME_NEW_ZEROED(l->ctx, request);
    if (r) {
        r->path = path;
        if (thrd_create(&l->other, load_c11, r) == thrd_success) {
            thrd_join(l->other, NULL);
            done = r->done;
        }
    }
    fa_frame_end(l->ctx);
    return done;
}

/* The join stands in the next call of the round: one thread at most, waited for before the end. */
static void loader_begin(loader *l, request *r)
{
    l->up = pthread_create(&l->thread, NULL, load, r) == 0;
}
static void loader_finish(loader *l)
{
    if (l->up) {
        pthread_join(l->thread, NULL);
        l->up = false;
    }
}
void loader_round(loader *l)
{
    fa_frame_begin(l->ctx);
    request *two = FA_FRAME_ARRAY_ZEROED(l->ctx, request, 2);
    if (two) {
        loader_begin(l, &two[0]);
        load(&two[1]);
        loader_finish(l);
    }
    fa_frame_end(l->ctx);
}
