#include "game.h"
/* an owner with a destroy function that frees what it holds */
typedef struct mesh {
    float *points;
    int *indices;
} mesh;
static void mesh_destroy(fa_context *ctx, mesh *m)
{
    if (m) {
        fa_heap_free(ctx, m->points);
        fa_heap_free(ctx, m->indices);
        fa_pool_free(ctx, m);
    }
}
static mesh *mesh_create(fa_context *ctx)
{
    mesh *m = FA_POOL_NEW_ZEROED(ctx, mesh);
    if (!m) {
        return NULL;
    }
    m->points = fa_heap_alloc(ctx, 1024, 16);
    m->indices = fa_heap_alloc(ctx, 512, 16);
    if (!m->points || !m->indices) {
        mesh_destroy(ctx, m);
        return NULL;
    }
    return m;
}
void level(fa_context *ctx)
{
    mesh *m = mesh_create(ctx);
    if (m) {
        m->points[0] = 1;
    }
    mesh_destroy(ctx, m);
}
