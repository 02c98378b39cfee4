/* Allocation per element, and shapes that only look like it. */
#include <framealloc/framealloc.h>
#include <string.h>

typedef struct hit { int a, b; float depth; } hit;
typedef struct body { float x, r; struct body *next; } body;
typedef struct hits { hit **all; int count; } hits;
void solve(const hit *h);
bool touch(const body *a, const body *b);

void collide(fa_context *ctx, const body *bodies, int n)
{
    for (int i = 0; i < n; i++) {
        for (int k = i + 1; k < n; k++) {
            if (touch(&bodies[i], &bodies[k])) {
                hit *h = FA_FRAME_NEW(ctx, hit); // expect: FA602
                if (h) {
                    *h = (hit){i, k, 0.1f};
                    solve(h);
                }
            }
        }
    }
}

void names(fa_context *ctx, const body *first)
{
    for (const body *b = first; b; b = b->next) {
        char *name = fa_frame_printf(ctx, "body at %f", (double)b->x); // expect: FA602
        if (name) {
            solve((const hit *)(const void *)name);
        }
    }
}

void collide_well(fa_context *ctx, const body *bodies, int n)
{
    hit *all = FA_FRAME_ARRAY(ctx, hit, (size_t)n);
    int count = 0;
    for (int i = 0; all && i + 1 < n; i++) {
        if (touch(&bodies[i], &bodies[i + 1])) {
            all[count++] = (hit){i, i + 1, 0.1f};
        }
    }
    for (int i = 0; i < count; i++) {
        solve(&all[i]);
    }
}

void sides(fa_context *ctx)
{
    static const char *const kind[] = {"left", "right", "top", "bottom"};
    for (size_t i = 0; i < sizeof kind / sizeof kind[0]; i++) {
        char *copy = fa_frame_strdup(ctx, kind[i]);
        if (copy) {
            copy[0] = 'x';
        }
    }
}

void rounds(fa_context *ctx, int n)
{
    while (n-- > 0) {
        fa_frame_begin(ctx);
        hit *h = FA_FRAME_NEW(ctx, hit);
        if (h) {
            h->depth = (float)n;
            solve(h);
        }
        fa_frame_end(ctx);
    }
}

hit *first(fa_context *ctx, const body *b)
{
    for (; b; b = b->next) {
        if (b->r > 1) {
            hit *h = FA_FRAME_NEW(ctx, hit);
            return h;
        }
    }
    return NULL;
}

void grow(fa_context *ctx, const body *b)
{
    size_t used = 0, room = 0;
    float *xs = NULL;
    for (; b; b = b->next) {
        if (used == room) {
            size_t more = room ? room * 2 : 16;
            float *bigger = fa_frame_realloc(ctx, xs, room * sizeof *xs, more * sizeof *xs, 4);
            if (!bigger) {
                return;
            }
            xs = bigger;
            room = more;
        }
        xs[used++] = b->x;
    }
}
