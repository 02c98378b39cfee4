/* Replay recorder */
#include <framealloc/framealloc.h>
#include <string.h>

#define FAIL_IF(c) if (c) goto fail
typedef struct Input { uint32_t frame, buttons; } Input;
typedef struct Replay { fa_context *ctx; Input *inputs; size_t count; Input *head; fa_retained id; } Replay;
static struct { Replay *rec; Input *last; } gTape;

bool Replay_Record(Replay *r, const Input *in, size_t n)
{
    void *kept = NULL;
    fa_frame_begin(r->ctx);
    Input *copy = fa_frame_copy(r->ctx, in, n * sizeof *in, 16);
    fa_retained id = 0;
    if (copy)
        id = fa_frame_retain(r->ctx, copy, n * sizeof *in, 16, FA_RETAIN_HEAP, NULL);
    fa_frame_end(r->ctx);
    FAIL_IF(!id || fa_retained_take(r->ctx, id, &kept) != FA_RESULT_OK);
    Input *k = kept;
    k[0].frame = 0;
    fa_pool_free(r->ctx, k); // expect: FA607
    return true;
fail:
    return false;
}

void Replay_Mark(Replay *r, uint32_t frame)
{
    fa_frame_begin(r->ctx);
    Input *mark = FA_FRAME_NEW_ZEROED(r->ctx, Input);
    if (mark) {
        mark->frame = frame;
        FA_FRAME_RETAIN(r->ctx, Input, mark, FA_IMPORTANCE_EPHEMERAL);
        Replay *rec = gTape.rec;
        rec->head = mark; // expect: FA605
    }
    fa_frame_end(r->ctx);
}

void Replay_Ghost(Replay *r)
{
    fa_frame_begin(r->ctx);
    Input *g = FA_FRAME_ARRAY(r->ctx, Input, 60);
    if (g)
        r->id = fa_frame_retain(r->ctx, g, 60 * sizeof *g, 16, FA_RETAIN_SCRATCH, NULL); // expect: FA604
    fa_frame_end(r->ctx);
}

void Replay_Ghost_ok(Replay *r)
{
    fa_frame_begin(r->ctx);
    Input *g = FA_FRAME_ARRAY(r->ctx, Input, 60);
    if (g)
        r->id = fa_frame_retain(r->ctx, g, 60 * sizeof *g, 16, FA_RETAIN_SCRATCH, "ghost");
    fa_frame_end(r->ctx);
}

bool Replay_Grow(Replay *r, size_t n)
{
    if (n > 10000)
        return false;
    Input *more = fa_heap_alloc(r->ctx, n * sizeof *more, 16);
    FAIL_IF(!more);
    Input *was = r->inputs;
    if (was && r->count)
        memcpy(more, was, r->count * sizeof *was);
    fa_heap_free(r->ctx, was);
    r->inputs = more;
    gTape.last = &r->inputs[r->count];
    return true;
fail:
    return false;
}

uint32_t Replay_Shrink(Replay *r, size_t n)
{
    Input *first = r->inputs;
    Input *less = fa_heap_realloc(r->ctx, first, n * sizeof *less);
    if (!less)
        return 0;
    r->inputs = less;
    r->count = n;
    return first->frame; // expect: FA607
}
