/* Seats for all, one of which leaves in time; a frame that ends at the barrier. */
#include <framealloc/framealloc.h>
#include <pthread.h>

enum { WORKERS = 3 };
typedef struct worker { fa_barrier *barrier; fa_context *ctx; const float *shared; float sum; } worker;

static void *add(void *arg)
{
    worker *w = arg;
    for (int i = 0; i < 16; i++) {
        w->sum += w->shared[i];
    }
    fa_barrier_wait(w->barrier, w->ctx, FA_WAIT_FOREVER);
    return NULL;
}

float run(fa_allocator *memory, fa_context *ctx, fa_context *const *others)
{
    pthread_t threads[WORKERS];
    worker workers[WORKERS];
    fa_barrier *barrier = NULL;
    float sum = 0;
    if (fa_barrier_create(memory, WORKERS + 1, &barrier) != FA_RESULT_OK) {
        return 0;
    }
    fa_frame_begin(ctx);
    float *numbers = FA_FRAME_ARRAY_ZEROED(ctx, float, 16);
    if (!numbers) {
        fa_frame_end(ctx);
        fa_barrier_destroy(barrier);
        return 0;
    }
    for (int i = 0; i < WORKERS; i++) {
        workers[i] = (worker){barrier, others[i], numbers, 0};
        pthread_create(&threads[i], NULL, add, &workers[i]);
    }
    fa_barrier_frame_end(barrier, ctx, FA_WAIT_FOREVER);
    for (int i = 0; i < WORKERS; i++) {
        pthread_join(threads[i], NULL);
        sum += workers[i].sum;
    }
    fa_barrier_destroy(barrier);
    return sum;
}
