/* A chunked world on a handle heap; ways to hold an address too long. */
#include <framealloc/framealloc.h>
#include <framealloc/handle.h>

typedef struct chunk { int x, y; struct { int kind; } cells[16]; } chunk;
typedef struct world { fa_context *ctx; fa_handle_heap *heap; fa_handle centre, spare; chunk *cached; } world;
void draw(const chunk *c);

static chunk *lookup(world *w, fa_handle h) { return FA_HANDLE_GET(w->ctx, w->heap, h, chunk); }
static void tidy(world *w) { fa_handle_heap_defragment(w->ctx, w->heap, 64 * 1024); }

void round1(world *w)
{
    chunk *c = lookup(w, w->centre);
    tidy(w);
    if (c)
        draw(c); // expect: FA607
}

void round2(world *w)
{
    w->cached = lookup(w, w->centre);
    if (w->cached)
        draw(w->cached);
    tidy(w);
    if (w->cached)
        w->cached->x = 1; // expect: FA607
}

void drop(world *w)
{
    fa_handle h = w->spare;
    fa_handle_free(w->ctx, w->heap, w->spare);
    fa_handle_free(w->ctx, w->heap, h); // expect: FA607
    w->spare = (fa_handle){0};
}

void drop_ok(world *w)
{
    fa_handle_free(w->ctx, w->heap, w->spare);
    w->spare = (fa_handle){0};
    fa_handle_free(w->ctx, w->heap, w->spare);
}

int cell(world *w, int i)
{
    int *kind = NULL;
    chunk *c = FA_HANDLE_PIN(w->ctx, w->heap, w->centre, chunk);
    if (c) {
        kind = &c->cells[i].kind;
        fa_handle_unpin(w->ctx, w->heap, w->centre);
    }
    tidy(w);
    return kind ? *kind : 0; // expect: FA607
}
