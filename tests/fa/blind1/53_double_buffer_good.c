/* Two frames in flight on two contexts; a snapshot that is renewed each round; tagged pointers; unions. */
#include <framealloc/framealloc.h>

typedef struct snapshot { int count; float *xs; } snapshot;
typedef struct pair { fa_context *contexts[2]; snapshot shots[2]; int front; } pair;
typedef union value { int number; char *text; uintptr_t bits; } value;
typedef struct cell { bool is_text; value v; } cell;
void render(const snapshot *s);

void pair_round(pair *p, int n)
{
    int back = 1 - p->front;
    fa_context *ctx = p->contexts[back];
    if (fa_frame_is_open(ctx)) {
        p->shots[back] = (snapshot){0};
        fa_frame_end(ctx);
    }
    fa_frame_begin(ctx);
    snapshot *s = &p->shots[back];
    s->xs = FA_FRAME_ARRAY(ctx, float, (size_t)n);
    s->count = s->xs ? n : 0;
    render(&p->shots[p->front]);
    p->front = back;
}

int cells(fa_context *ctx, cell *out)
{
    fa_frame_begin(ctx);
    char *text = fa_frame_strdup(ctx, "cell");
    out->is_text = true;
    out->v.text = text;
    int n = text ? text[0] : 0;
    out->is_text = false;
    out->v.number = n;
    fa_frame_end(ctx);
    return n;
}

int tagged(fa_context *ctx)
{
    fa_checkpoint mark = fa_frame_mark(ctx);
    int *p = FA_FRAME_NEW(ctx, int);
    if (!p) {
        fa_frame_rewind(ctx, mark);
        return 0;
    }
    *p = 5;
    uintptr_t bits = (uintptr_t)p | 1u;
    int n = *(int *)(bits & ~(uintptr_t)1);
    bits = 0;
    fa_frame_rewind(ctx, mark);
    return n + (int)bits;
}

size_t distance(fa_context *ctx)
{
    fa_frame_begin(ctx);
    char *a = fa_frame_alloc(ctx, 16, 1), *b = fa_frame_alloc(ctx, 16, 1);
    size_t d = a && b ? (size_t)(b - a) : 0;
    bool same = a == b;
    fa_frame_end(ctx);
    return same ? 0 : d;
}
