/* Meshes that may move: addresses only while pinned, or until the next defragmentation. */
#include <framealloc/framealloc.h>
#include <framealloc/handle.h>

typedef struct mesh { int vertices; float box[6]; } mesh;
typedef struct library {
    fa_handle_heap *heap;
    fa_handle meshes[128];
    int count;
} library;

void draw_mesh(const mesh *m);

fa_handle library_add(fa_context *ctx, library *l, int vertices)
{
    fa_handle h = FA_HANDLE_NEW(ctx, l->heap, mesh);
    if (fa_handle_is_null(h)) {
        return h;
    }
    mesh *m = FA_HANDLE_PIN(ctx, l->heap, h, mesh);
    if (!m) {
        fa_handle_free(ctx, l->heap, h);
        return (fa_handle){0};
    }
    m->vertices = vertices;
    fa_handle_unpin(ctx, l->heap, h);
    l->meshes[l->count++] = h;
    return h;
}

int library_vertices(fa_context *ctx, library *l)
{
    int sum = 0;
    for (int i = 0; i < l->count; i++) {
        const mesh *m = FA_HANDLE_GET(ctx, l->heap, l->meshes[i], mesh);
        sum += m ? m->vertices : 0;
    }
    return sum;
}

/* After the heap has moved things, the address is asked for again. */
void library_tidy(fa_context *ctx, library *l, int i)
{
    mesh *m = FA_HANDLE_GET(ctx, l->heap, l->meshes[i], mesh);
    if (m) {
        m->vertices++;
    }
    fa_handle_heap_defragment(ctx, l->heap, 64 * 1024);
    m = FA_HANDLE_GET(ctx, l->heap, l->meshes[i], mesh);
    if (m) {
        m->vertices--;
    }
}

/* A pinned block does not move. */
void library_draw(fa_context *ctx, library *l, int i)
{
    mesh *m = FA_HANDLE_PIN(ctx, l->heap, l->meshes[i], mesh);
    if (!m) {
        return;
    }
    fa_handle_heap_defragment(ctx, l->heap, 4096);
    draw_mesh(m);
    fa_handle_unpin(ctx, l->heap, l->meshes[i]);
}

void library_remove(fa_context *ctx, library *l, int i)
{
    if (fa_handle_is_live(ctx, l->heap, l->meshes[i])) {
        fa_handle_free(ctx, l->heap, l->meshes[i]);
    }
    l->meshes[i] = l->meshes[--l->count];
}

void library_clear(fa_context *ctx, library *l)
{
    while (l->count > 0) {
        fa_handle_free(ctx, l->heap, l->meshes[--l->count]);
    }
}
