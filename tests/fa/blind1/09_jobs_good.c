/* Jobs of the frame: they may stand in frame memory, for they are joined before it ends. */
#include <framealloc/framealloc.h>
#include <framealloc/worker.h>

typedef struct slice { const float *in; float *out; int count; fa_job job; } slice;
typedef struct sim { fa_context *ctx; fa_workers *workers; float *state; int n; } sim;

static void integrate(fa_context *ctx, void *user)
{
    slice *s = user;
    float *tmp = FA_FRAME_ARRAY(ctx, float, (size_t)s->count);
    for (int i = 0; tmp && i < s->count; i++) {
        tmp[i] = s->in[i] * 0.5f;
    }
    for (int i = 0; tmp && i < s->count; i++) {
        s->out[i] = tmp[i];
    }
}

void sim_step(sim *s)
{
    enum { PIECES = 4 };
    if (fa_frame_begin(s->ctx) != FA_RESULT_OK) {
        return;
    }
    slice *pieces = FA_FRAME_ARRAY_ZEROED(s->ctx, slice, PIECES);
    if (pieces) {
        int each = s->n / PIECES;
        for (int i = 0; i < PIECES; i++) {
            pieces[i] = (slice){.in = s->state + i * each, .out = s->state + i * each, .count = each};
            pieces[i].job = (fa_job){.fn = integrate, .user = &pieces[i], .name = "integrate"};
            fa_workers_submit(s->workers, &pieces[i].job);
        }
        fa_workers_join(s->workers, FA_WAIT_FOREVER);
    }
    fa_frame_end(s->ctx);
}

static void blur(fa_context *ctx, size_t begin, size_t end, void *user)
{
    float *all = user;
    (void)ctx;
    for (size_t i = begin; i < end; i++) {
        all[i] *= 0.9f;
    }
}

void sim_blur(sim *s)
{
    fa_frame_begin(s->ctx);
    float *copy = fa_frame_copy(s->ctx, s->state, (size_t)s->n * sizeof *copy, 16);
    if (copy) {
        fa_workers_for(s->workers, s->ctx, (size_t)s->n, 64, blur, copy);
        s->state[0] = copy[0];
    }
    fa_frame_end(s->ctx);
}

int main(void)
{
    fa_allocator *memory = NULL;
    sim s = {0};
    if (fa_allocator_create(NULL, &memory) != FA_RESULT_OK) {
        return 1;
    }
    if (fa_context_attach(memory, NULL, &s.ctx) == FA_RESULT_OK) {
        s.n = 4096;
        s.state = fa_heap_alloc_zeroed(s.ctx, 4096 * sizeof(float), 16);
        if (s.state && fa_workers_start(s.ctx, &(fa_workers_desc){.worker_count = 2}, &s.workers) == FA_RESULT_OK) {
            for (int i = 0; i < 60; i++) {
                sim_step(&s);
                sim_blur(&s);
            }
            fa_workers_stop(s.workers, FA_WAIT_FOREVER);
        }
        fa_heap_free(s.ctx, s.state);
        fa_context_detach(s.ctx);
    }
    fa_allocator_destroy(memory);
    return 0;
}
