#include "gfx.h"
pass *graph_pass(graph *g, const char *name, void (*draw)(pass *, fa_context *))
{
    pass *p = FA_FRAME_NEW_ZEROED(g->ctx, pass);
    if (p) {
        p->name = name;
        p->draw = draw;
        p->next = g->first;
        g->first = p;
        g->count++;
    }
    return p;
}
void graph_run(graph *g)
{
    for (pass *p = g->first; p; p = p->next) {
        p->draw(p, g->ctx);
    }
    g->first = NULL;
    g->count = 0;
}
