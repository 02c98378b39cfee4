/* A pipeline of two threads; what they share is theirs, and they are joined. */
#include <framealloc/framealloc.h>
#include <pthread.h>

typedef struct stage { fa_allocator *memory; int *input, *output; int n; pthread_mutex_t lock; } stage;

static void *produce(void *arg)
{
    stage *s = arg;
    fa_context *ctx = NULL;
    if (fa_context_attach(s->memory, &(fa_context_desc){.name = "produce", .frame_budget_bytes = 65536, .pool_budget_bytes = 65536},
                          &ctx) != FA_RESULT_OK) {
        return NULL;
    }
    for (int round = 0; round < 10; round++) {
        fa_frame_begin(ctx);
        int *tmp = FA_FRAME_ARRAY(ctx, int, 64);
        if (tmp) {
            tmp[0] = round;
            pthread_mutex_lock(&s->lock);
            s->input[0] += tmp[0];
            pthread_mutex_unlock(&s->lock);
        }
        fa_frame_end(ctx);
    }
    fa_context_detach(ctx);
    return NULL;
}

static void *consume(void *arg)
{
    stage *s = arg;
    pthread_mutex_lock(&s->lock);
    for (int i = 0; i < s->n; i++) {
        s->output[i] = s->input[i];
    }
    pthread_mutex_unlock(&s->lock);
    return NULL;
}

int run(fa_allocator *memory, fa_context *ctx)
{
    pthread_t threads[2];
    int up = 0, result = 0;
    stage s = {.memory = memory, .n = 16, .lock = PTHREAD_MUTEX_INITIALIZER};
    fa_frame_begin(ctx);
    s.input = FA_FRAME_ARRAY_ZEROED(ctx, int, 16);
    s.output = FA_FRAME_ARRAY_ZEROED(ctx, int, 16);
    if (s.input && s.output) {
        void *(*const fns[2])(void *) = {produce, consume};
        for (; up < 2; up++) {
            if (pthread_create(&threads[up], NULL, fns[up], &s) != 0) {
                break;
            }
        }
        for (int i = 0; i < up; i++) {
            pthread_join(threads[i], NULL);
        }
        result = s.output[0];
    }
    fa_frame_end(ctx);
    return result;
}
