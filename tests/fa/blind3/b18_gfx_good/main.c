#include "gfx.h"
static void shadows(pass *p, fa_context *ctx)
{
    int *casters = FA_FRAME_ARRAY(ctx, int, 32);
    if (casters) {
        casters[0] = p->data ? *(int *)p->data : 0;
    }
}
static void opaque(pass *p, fa_context *ctx)
{
    (void)ctx;
    (void)p;
}
void render(fa_context *ctx, int lights)
{
    graph g = {.ctx = ctx};
    if (fa_frame_begin(ctx) != FA_RESULT_OK) {
        return;
    }
    int *count = FA_FRAME_NEW(ctx, int);
    pass *s = graph_pass(&g, "shadows", shadows);
    if (count && s) {
        *count = lights;
        s->data = count;
    }
    graph_pass(&g, "opaque", opaque);
    graph_run(&g);
    fa_frame_end(ctx);
}
