/* Dispatch tables whose rows belong together; the index is only known at run time. */
#include <framealloc/framealloc.h>

enum kind { KIND_POOL, KIND_HEAP, KIND_COUNT };
typedef struct ops { void *(*take)(fa_context *, size_t); void (*give)(fa_context *, void *); int limit; } ops;
static void *take_pool(fa_context *c, size_t n) { return fa_pool_alloc(c, n, 8); }
static void give_pool(fa_context *c, void *p) { fa_pool_free(c, p); }
static void *take_heap(fa_context *c, size_t n) { return fa_heap_alloc(c, n, 8); }
static void give_heap(fa_context *c, void *p) { fa_heap_free(c, p); }
static const ops table[KIND_COUNT] = {
    [KIND_POOL] = {take_pool, give_pool, 32},
    [KIND_HEAP] = {take_heap, give_heap, 1 << 20},
};

int use(fa_context *ctx, enum kind k, int n)
{
    char *p = table[k].take(ctx, (size_t)n);
    if (!p)
        return -1;
    p[0] = (char)n;
    int r = p[0];
    table[k].give(ctx, p);
    return r;
}

int use_best(fa_context *ctx, int n)
{
    unsigned k = n > table[KIND_POOL].limit ? KIND_HEAP : KIND_POOL;
    char *p = table[k].take(ctx, (size_t)n), *q = NULL;
    if (p) {
        q = table[k].take(ctx, 8);
        if (q)
            q[0] = p[0] = 1;
        table[k].give(ctx, p);
    }
    if (q)
        table[k].give(ctx, q);
    return n;
}

typedef void (*state_fn)(fa_context *, int *);
static void idle(fa_context *c, int *s) { (void)c; *s = 1; }
static void walk(fa_context *c, int *s)
{
    int *tmp = FA_FRAME_NEW(c, int);
    if (tmp)
        *tmp = *s;
    *s = tmp ? *tmp + 1 : 0;
}
static const state_fn states[] = {idle, walk, idle};
void run(fa_context *ctx, int rounds)
{
    int state = 0;
    while (rounds-- > 0) {
        fa_frame_begin(ctx);
        states[state % 3](ctx, &state);
        fa_frame_end(ctx);
    }
}
