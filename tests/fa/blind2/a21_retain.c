/* Results of a frame that are kept, or should be. */
#include <framealloc/framealloc.h>

typedef struct mesh { int n; float xs[16]; } mesh;
typedef struct job { fa_retained id; mesh *done; } job;
bool build(mesh *m);

bool start(fa_context *ctx, job *j)
{
    bool ok = false;
    fa_frame_begin(ctx);
    mesh *m = FA_FRAME_NEW_ZEROED(ctx, mesh);
    if (m && build(m)) {
        j->id = FA_FRAME_RETAIN(ctx, mesh, m, FA_IMPORTANCE_PERSISTENT);
        ok = j->id != 0;
    }
    fa_frame_end(ctx);
    return ok;
}

mesh *finish(fa_context *ctx, job *j)
{
    void *p = NULL;
    if (j->id == 0 || fa_retained_take(ctx, j->id, &p) != FA_RESULT_OK)
        return NULL;
    j->id = 0;
    return p;
}

mesh *now(fa_context *ctx)
{
    void *p = NULL;
    fa_promotions all;
    fa_frame_begin(ctx);
    mesh *m = FA_FRAME_NEW_ZEROED(ctx, mesh);
    fa_retained id = 0;
    if (m)
        id = FA_FRAME_RETAIN(ctx, mesh, m, FA_IMPORTANCE_REUSABLE);
    fa_frame_end_with_promotions(ctx, &all);
    if (id && fa_retained_take(ctx, id, &p) != FA_RESULT_OK)
        return NULL;
    return p;
}

void scratch_kept(fa_context *ctx)
{
    fa_frame_begin(ctx);
    mesh *m = FA_FRAME_NEW_ZEROED(ctx, mesh);
    if (m)
        fa_frame_retain(ctx, m, sizeof *m, 4, FA_RETAIN_SCRATCH, "level");
    fa_frame_end(ctx);
}

void forgotten(fa_context *ctx)
{
    fa_frame_begin(ctx);
    mesh *m = FA_FRAME_NEW_ZEROED(ctx, mesh);
    if (m && build(m))
        FA_FRAME_RETAIN(ctx, mesh, m, FA_IMPORTANCE_REUSABLE); // expect: FA604
    fa_frame_end(ctx);
}

int original(fa_context *ctx, job *j)
{
    fa_frame_begin(ctx);
    mesh *m = FA_FRAME_NEW_ZEROED(ctx, mesh);
    if (!m) {
        fa_frame_end(ctx);
        return 0;
    }
    j->id = FA_FRAME_RETAIN(ctx, mesh, m, FA_IMPORTANCE_PERSISTENT);
    fa_frame_end(ctx);
    return m->n; // expect: FA606
}

void dropped(fa_context *ctx, job *j)
{
    fa_frame_begin(ctx);
    mesh *m = FA_FRAME_NEW_ZEROED(ctx, mesh);
    if (m) {
        j->done = m; // expect: FA605
        fa_frame_retain(ctx, m, sizeof *m, 4, FA_RETAIN_DISCARD, NULL);
    }
    fa_frame_end(ctx);
}
