/* Handles in structures that are replaced, swapped, copied, passed on. */
#include <framealloc/framealloc.h>
#include <framealloc/handle.h>

typedef struct mesh { int n; float v[12]; } mesh;
typedef struct model { fa_handle mesh, shadow; int lod; } model;
typedef struct store { fa_context *ctx; fa_handle_heap *heap; model models[32]; } store;
void fill(mesh *m);

bool model_reload(store *s, model *m)
{
    fa_handle old = m->mesh;
    fa_handle fresh = FA_HANDLE_NEW(s->ctx, s->heap, mesh);
    if (fa_handle_is_null(fresh))
        return false;
    m->mesh = fresh;
    fa_handle_free(s->ctx, s->heap, old);
    mesh *p = FA_HANDLE_PIN(s->ctx, s->heap, m->mesh, mesh);
    if (p) {
        fill(p);
        fa_handle_unpin(s->ctx, s->heap, m->mesh);
    }
    return true;
}

void model_swap(store *s, model *m)
{
    fa_handle t = m->mesh;
    m->mesh = m->shadow;
    m->shadow = t;
    mesh *a = FA_HANDLE_PIN(s->ctx, s->heap, m->mesh, mesh), *b = FA_HANDLE_PIN(s->ctx, s->heap, m->shadow, mesh);
    if (a && b)
        a->n = b->n;
    if (a)
        fa_handle_unpin(s->ctx, s->heap, m->mesh);
    if (b)
        fa_handle_unpin(s->ctx, s->heap, m->shadow);
}

void model_end(store *s, model *m)
{
    fa_handle_free(s->ctx, s->heap, m->mesh);
    fa_handle_free(s->ctx, s->heap, m->shadow);
    *m = (model){0};
}

int all(store *s)
{
    int n = 0;
    for (int i = 0; i < 32; i++) {
        model copy = s->models[i];
        mesh *m = FA_HANDLE_GET(s->ctx, s->heap, copy.mesh, mesh);
        n += m ? m->n : 0;
        if (i % 8 == 0)
            fa_handle_heap_defragment(s->ctx, s->heap, 1024);
    }
    return n;
}

int nested(store *s, fa_handle h)
{
    mesh *outer = FA_HANDLE_PIN(s->ctx, s->heap, h, mesh);
    mesh *inner = FA_HANDLE_PIN(s->ctx, s->heap, h, mesh);
    if (inner)
        fa_handle_unpin(s->ctx, s->heap, h);
    fa_handle_heap_defragment(s->ctx, s->heap, 1024);
    int n = outer ? outer->n : 0;
    if (outer)
        fa_handle_unpin(s->ctx, s->heap, h);
    return n;
}

static mesh *address_of(store *s, fa_handle h) { return FA_HANDLE_GET(s->ctx, s->heap, h, mesh); }
int refetched(store *s, fa_handle h)
{
    mesh *m = address_of(s, h);
    int n = m ? m->n : 0;
    for (int i = 0; i < 3; i++) {
        fa_handle_heap_defragment(s->ctx, s->heap, 512);
        m = address_of(s, h);
        n += m ? m->v[i] > 0 : 0;
    }
    return n;
}
