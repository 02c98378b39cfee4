/* Classes in C: a base with virtual functions, constructors, destructors, downcasts. */
#include <framealloc/framealloc.h>
#include <stddef.h>

typedef struct shape shape;
typedef struct shape_class { const char *name; float (*area)(const shape *); void (*destroy)(shape *, fa_context *); } shape_class;
struct shape { const shape_class *is_a; int refs; };
typedef struct circle { shape base; float r; } circle;
typedef struct polygon { shape base; float *xs; int n; } polygon;
#define container_of(p, T, m) ((T *)((char *)(p) - offsetof(T, m)))

static float circle_area(const shape *s) { return container_of(s, circle, base)->r * 3.14f; }
static void circle_destroy(shape *s, fa_context *ctx) { fa_pool_free(ctx, container_of(s, circle, base)); }
static float polygon_area(const shape *s)
{
    const polygon *p = container_of(s, polygon, base);
    return p->n ? p->xs[0] : 0;
}
static void polygon_destroy(shape *s, fa_context *ctx)
{
    polygon *p = container_of(s, polygon, base);
    fa_heap_free(ctx, p->xs);
    fa_pool_free(ctx, p);
}
static const shape_class circle_class = {"circle", circle_area, circle_destroy};
static const shape_class polygon_class = {"polygon", polygon_area, polygon_destroy};

shape *circle_new(fa_context *ctx, float r)
{
    circle *c = FA_POOL_NEW(ctx, circle);
    if (!c)
        return NULL;
    c->base = (shape){&circle_class, 1};
    c->r = r;
    return &c->base;
}
shape *polygon_new(fa_context *ctx, int n)
{
    polygon *p = FA_POOL_NEW(ctx, polygon);
    if (!p)
        return NULL;
    p->base = (shape){&polygon_class, 1};
    p->n = n;
    p->xs = fa_heap_alloc_zeroed(ctx, (size_t)n * sizeof *p->xs, 4);
    if (!p->xs) {
        fa_pool_free(ctx, p);
        return NULL;
    }
    return &p->base;
}
void shape_release(fa_context *ctx, shape *s)
{
    if (s && --s->refs == 0)
        s->is_a->destroy(s, ctx);
}
float sum(fa_context *ctx)
{
    float total = 0;
    shape *all[3] = {circle_new(ctx, 1), polygon_new(ctx, 4), circle_new(ctx, 2)};
    for (int i = 0; i < 3; i++)
        total += all[i] ? all[i]->is_a->area(all[i]) : 0;
    for (int i = 0; i < 3; i++)
        shape_release(ctx, all[i]);
    return total;
}
