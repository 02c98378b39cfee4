#include "render.h"
bool view_sort(view *v)
{
    v->sorted = FA_FRAME_ARRAY(v->ctx, draw *, (size_t)v->count);
    if (!v->sorted) {
        return false;
    }
    int n = 0;
    for (draw *d = v->first; d; d = d->next) {
        int at = n++;
        for (; at > 0 && v->sorted[at - 1]->depth > d->depth; at--) {
            v->sorted[at] = v->sorted[at - 1];
        }
        v->sorted[at] = d;
    }
    return true;
}
int frame(fa_context *ctx)
{
    view v;
    int drawn = 0;
    view_open(&v, ctx);
    view_add(&v, 1, 3.0f);
    view_add(&v, 2, 2.0f);
    draw *hud = view_add(&v, 3, 0.0f);
    if (hud) {
        hud->depth = -1;
    }
    if (view_sort(&v)) {
        for (int i = 0; i < v.count; i++) {
            gpu_draw(v.sorted[i]->mesh);
        }
        drawn = v.count;
    }
    view_close(&v);
    return drawn;
}
static view g_view;
void frame_global(fa_context *ctx)
{
    view_open(&g_view, ctx);
    if (view_add(&g_view, 1, 1.0f)) {
        gpu_draw(g_view.first->mesh);
    }
    view_close(&g_view);
}
