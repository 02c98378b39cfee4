#include "render.h"
void view_open(view *v, fa_context *ctx)
{
    *v = (view){.ctx = ctx};
    fa_frame_begin(ctx);
}
draw *view_add(view *v, int mesh, float depth)
{
    draw *d = FA_FRAME_NEW(v->ctx, draw);
    if (d) {
        d->mesh = mesh;
        d->depth = depth;
        d->next = v->first;
        v->first = d;
        v->count++;
    }
    return d;
}
void view_close(view *v)
{
    fa_context *ctx = v->ctx;
    *v = (view){0};
    fa_frame_end(ctx);
}
