/* Voxels that move under one's feet. */
#include <framealloc/framealloc.h>
#include <framealloc/handle.h>

typedef struct chunk { int cells[64]; int dirty; } chunk;
typedef struct land { fa_context *ctx; fa_handle_heap *heap; fa_handle spawn; } land;
void remesh(const chunk *c);
bool full(const land *l);

void rebuild(land *l, fa_handle h)
{
    chunk *c = FA_HANDLE_GET(l->ctx, l->heap, h, chunk);
    if (!c) {
        return;
    }
    c->dirty = 0;
    fa_handle_heap_defragment(l->ctx, l->heap, 4096);
    remesh(c); // expect: FA607
}

int count(land *l, fa_handle h)
{
    chunk *c = FA_HANDLE_PIN(l->ctx, l->heap, h, chunk);
    if (!c) {
        return 0;
    }
    c->dirty++;
    fa_handle_unpin(l->ctx, l->heap, h);
    fa_handle_heap_defragment(l->ctx, l->heap, FA_NO_LIMIT);
    return c->cells[0]; // expect: FA607
}

void replace(land *l)
{
    fa_handle old = l->spawn;
    fa_handle_free(l->ctx, l->heap, old);
    if (full(l)) {
        fa_handle_free(l->ctx, l->heap, old); // expect: FA607
    }
    l->spawn = FA_HANDLE_NEW(l->ctx, l->heap, chunk);
}

int stale(land *l, fa_handle h)
{
    fa_handle_free(l->ctx, l->heap, h);
    chunk *c = FA_HANDLE_PIN(l->ctx, l->heap, h, chunk); // expect: FA607
    int n = c ? c->dirty : 0;
    return n;
}

void gone(land *l, fa_handle h)
{
    chunk *c = FA_HANDLE_GET(l->ctx, l->heap, h, chunk);
    fa_handle_free(l->ctx, l->heap, h);
    if (c) {
        c->dirty = 1; // expect: FA607
    }
}
