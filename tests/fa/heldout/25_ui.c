#include "game.h"
/* immediate-mode widgets: the hot item survives frames as a pointer */
typedef struct widget { uint64_t id; vec2 at; const char *label; struct widget *parent; } widget;
typedef struct ui { fa_context *ctx; widget *hot, *root; uint64_t hot_id; } ui;
static widget *widget_add(ui *u, widget *parent, const char *label)
{
    widget *w = FA_FRAME_NEW(u->ctx, widget);
    if (!w) {
        return NULL;
    }
    w->label = label;
    w->parent = parent;
    w->id = (uint64_t)(uintptr_t)label;
    if (w->id == u->hot_id) {
        u->hot = w;
    }
    return w;
}
void ui_frame(ui *u)
{
    fa_frame_begin(u->ctx);
    u->root = widget_add(u, NULL, "root"); // expect: FA601
    widget *ok = widget_add(u, u->root, "ok"); // expect: FA601
    u->hot_id = ok ? ok->id : 0;
    u->root = NULL;
    fa_frame_end(u->ctx);
}
