/* Spatial hash per frame; two contexts; what leaks out. */
#include <framealloc/framealloc.h>
#include <framealloc/map.h>
#include <framealloc/vector.h>

typedef struct bucket { int items[8]; int n; } bucket;
typedef struct grid { fa_context *ctx; fa_map map; bucket *hot; const char *name; } grid;
static bucket *g_last;
void pair(int a, int b);

void grid_frame(grid *g, const int *keys, int n)
{
    fa_frame_begin(g->ctx);
    g->map = FA_MAP(g->ctx, int, bucket);
    for (int i = 0; i < n; i++) {
        bucket *b = FA_MAP_PUT(&g->map, int, bucket, keys[i]);
        if (b && b->n < 8)
            b->items[b->n++] = i;
    }
    for (size_t i = 0; i < g->map.count; i++) {
        const bucket *b = FA_MAP_VALUE_AT(&g->map, bucket, i);
        for (int k = 1; k < b->n; k++)
            pair(b->items[0], b->items[k]);
    }
    bucket *zero = FA_MAP_GET(&g->map, int, bucket, 0);
    if (zero)
        g->hot = zero; // expect: FA601
    fa_frame_end(g->ctx);
}

void grid_two(fa_context *a, fa_context *b)
{
    fa_frame_begin(a);
    fa_frame_begin(b);
    fa_map m = FA_MAP(a, int, bucket);
    FA_MAP_PUT(&m, int, bucket, 1);
    bucket *x = FA_MAP_GET(&m, int, bucket, 1);
    fa_frame_end(b);
    if (x)
        x->n = 2;
    fa_frame_end(a);
}

int grid_late(fa_context *ctx)
{
    fa_frame_begin(ctx);
    fa_vector v = FA_VECTOR(ctx, bucket);
    bucket *made = FA_VECTOR_PUSH(&v, bucket);
    if (made)
        made->n = 1;
    const bucket *first = FA_VECTOR_AT(&v, bucket, 0);
    fa_frame_end(ctx);
    return first ? first->n : 0; // expect: FA606
}

int grid_sum(fa_context *ctx)
{
    int sum = 0;
    fa_frame_begin(ctx);
    fa_vector v = FA_VECTOR(ctx, bucket);
    for (int i = 0; i < 100; i++) {
        bucket *b = FA_VECTOR_PUSH(&v, bucket);
        if (b)
            b->n = i;
    }
    for (size_t i = 0; i < v.count; i++)
        sum += FA_VECTOR_AT(&v, bucket, i)->n;
    fa_frame_end(ctx);
    return sum;
}

void grid_remember(fa_context *ctx, int key)
{
    fa_frame_begin(ctx);
    fa_map m = FA_MAP(ctx, int, bucket);
    g_last = FA_MAP_PUT(&m, int, bucket, key); // expect: FA601
    fa_frame_end(ctx);
}
