/* Flow fields: out parameters, scratch, and a cache. */
#include <framealloc/framealloc.h>
#include <string.h>

typedef struct { int w, h; float *cost; } field_t;
typedef struct { field_t best; int *order; int order_len; } result_t;
static const int *cached_order;
static struct { field_t *field; uint64_t stamp; } cache;

static int *sort_cells(fa_arena *into, const field_t *f)
{
    int n = f->w * f->h;
    int *ids = FA_ARENA_ARRAY(into, int, (size_t)n);
    for (int i = 0; ids && i < n; i++)
        ids[i] = i;
    return ids;
}

int field_solve(fa_context *ctx, const field_t *f, result_t *out)
{
    fa_scratch s = fa_scratch_begin(ctx);
    int first = -1;
    int *ids = s.arena ? sort_cells(s.arena, f) : NULL;
    out->order = NULL;
    if (ids) {
        first = ids[0];
        out->order_len = f->w * f->h;
    }
    fa_scratch_end(&s);
    if (first >= 0 && ids[1] > first) // expect: FA606
        first = 1;
    return first;
}

void field_compute(fa_context *ctx, int w, int h, result_t *out)
{
    fa_frame_begin(ctx);
    float *cost = FA_FRAME_ARRAY_ZEROED(ctx, float, (size_t)w * (size_t)h);
    out->best.w = w;
    out->best.h = h;
    out->best.cost = cost; // expect: FA601
    if (cost)
        cost[0] = 1.0f;
    fa_frame_end(ctx);
}

void field_compute_ok(fa_context *ctx, int w, int h, result_t *out)
{
    fa_frame_begin(ctx);
    float *cost = FA_FRAME_ARRAY_ZEROED(ctx, float, (size_t)w * (size_t)h);
    result_t local = {.best = {w, h, cost}};
    if (cost) {
        cost[0] = 1.0f;
        local.order_len = (int)cost[0];
    }
    local.best.cost = NULL;
    *out = local;
    fa_frame_end(ctx);
}

static field_t *field_make(fa_context *ctx, int w, int h)
{
    field_t *f = FA_FRAME_NEW_ZEROED(ctx, field_t);
    if (f) {
        f->w = w;
        f->h = h;
    }
    return f;
}

const field_t *field_get(fa_context *ctx, int w, int h)
{
    fa_frame_begin(ctx);
    field_t *made = field_make(ctx, w, h);
    field_t *const pick = made ? made : cache.field;
    if (made && w > 64)
        made->w = 64;
    fa_frame_end(ctx);
    return pick; // expect: FA601
}

void field_remember(fa_context *ctx, const field_t *f)
{
    fa_frame_begin(ctx);
    uintptr_t raw = (uintptr_t)fa_frame_copy(ctx, f->cost, sizeof(float), 16);
    cached_order = (const int *)raw; // expect: FA601
    cache.stamp++;
    fa_frame_end(ctx);
}
