/* A thread pool of the game's own: a queue, workers, a latch. */
#include <framealloc/framealloc.h>
#include <pthread.h>
typedef struct work { void (*fn)(void *); void *arg; struct work *next; } work;
typedef struct pool { pthread_t threads[4]; pthread_mutex_t lock; pthread_cond_t some; work *first; bool stop; } pool;
static pool g_pool;
FA_TASK_ARG(2) void pool_run(void (*fn)(void *), void *arg);
FA_JOINS void pool_drain(void);

static void *loop(void *p)
{
    pool *me = p;
    for (;;) {
        pthread_mutex_lock(&me->lock);
        while (!me->first && !me->stop) {
            pthread_cond_wait(&me->some, &me->lock);
        }
        work *w = me->first;
        if (!w) {
            pthread_mutex_unlock(&me->lock);
            return NULL;
        }
        me->first = w->next;
        pthread_mutex_unlock(&me->lock);
        w->fn(w->arg);
    }
}

int pool_start(void)
{
    int up = 0;
    for (int i = 0; i < 4; i++) {
        up += pthread_create(&g_pool.threads[i], NULL, loop, &g_pool) == 0;
    }
    return up;
}

static void blur(void *p)
{
    float *row = p;
    row[0] *= 0.5f;
}

void blur_all(fa_context *ctx, const float *image, int rows)
{
    fa_frame_begin(ctx);
    float *copy = fa_frame_copy(ctx, image, (size_t)rows * 64 * sizeof *copy, 16);
    for (int i = 0; copy && i < rows; i++) {
        pool_run(blur, copy + i * 64);
    }
    pool_drain();
    fa_frame_end(ctx);
}

void blur_some(fa_context *ctx, const float *image, int rows, bool preview)
{
    fa_frame_begin(ctx);
    float *copy = fa_frame_copy(ctx, image, (size_t)rows * 64 * sizeof *copy, 16);
    if (copy) {
        pool_run(blur, copy); // expect: FA703
    }
    if (!preview) {
        pool_drain();
    }
    fa_frame_end(ctx);
}

static void load(void *p)
{
    fa_context *ctx = p;
    char *tmp = fa_frame_alloc(ctx, 64, 1); // expect: FA701
    if (tmp) {
        tmp[0] = 0;
    }
}
void load_later(fa_context *ctx) { pool_run(load, ctx); }
