/* A recorder: frames of input, kept for a replay; some are kept wrongly. */
#include <framealloc/framealloc.h>
typedef struct input { int x, y, buttons; } input;
typedef struct clip { input *all; int count; fa_retained id; } clip;
typedef struct recorder { fa_context *ctx; clip now, best; input *last; } recorder;
bool poll(input *to);
void replay(const input *all, int n);

void record(recorder *r, int n)
{
    fa_frame_begin(r->ctx);
    r->now.all = FA_FRAME_ARRAY(r->ctx, input, (size_t)n);
    for (r->now.count = 0; r->now.all && r->now.count < n; r->now.count++) {
        if (!poll(&r->now.all[r->now.count])) {
            break;
        }
    }
    if (r->now.all) {
        r->now.id = fa_frame_retain(r->ctx, r->now.all, (size_t)n * sizeof(input), 4, FA_RETAIN_HEAP, NULL);
    }
    r->now.all = NULL;
    fa_frame_end(r->ctx);
}

void keep(recorder *r)
{
    void *p = NULL;
    if (fa_retained_take(r->ctx, r->now.id, &p) == FA_RESULT_OK) {
        fa_heap_free(r->ctx, r->best.all);
        r->best.all = p;
        r->best.count = r->now.count;
    }
}

void peek(recorder *r)
{
    fa_frame_begin(r->ctx);
    input *in = FA_FRAME_NEW(r->ctx, input);
    if (in && poll(in)) {
        r->last = in; // expect: FA601
        replay(in, 1);
    }
    fa_frame_end(r->ctx);
}

void show_best(recorder *r)
{
    fa_frame_begin(r->ctx);
    input *copy = fa_frame_copy(r->ctx, r->best.all, (size_t)r->best.count * sizeof(input), 4);
    fa_frame_end(r->ctx);
    fa_frame_begin(r->ctx);
    if (copy) {
        replay(copy, r->best.count); // expect: FA606
    }
    fa_frame_end(r->ctx);
}

int early(recorder *r)
{
    void *p = NULL;
    fa_frame_begin(r->ctx);
    input *in = FA_FRAME_NEW(r->ctx, input);
    if (in) {
        fa_retained id = FA_FRAME_RETAIN(r->ctx, input, in, FA_IMPORTANCE_REUSABLE);
        fa_retained_take(r->ctx, id, &p); // expect: FA604
    }
    fa_frame_end(r->ctx);
    return p != NULL;
}
