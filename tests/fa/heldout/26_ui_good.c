#include "game.h"
typedef struct widget { uint64_t id; vec2 at; const char *label; struct widget *parent; } widget;
typedef struct ui { fa_context *ctx; widget *root; uint64_t hot_id; } ui;
static widget *widget_add(ui *u, widget *parent, const char *label)
{
    widget *w = FA_FRAME_NEW_ZEROED(u->ctx, widget);
    if (w) {
        w->label = label;
        w->parent = parent;
        w->id = (uint64_t)(uintptr_t)label;
    }
    return w;
}
uint64_t ui_frame(ui *u)
{
    uint64_t hot = 0;
    fa_frame_begin(u->ctx);
    u->root = widget_add(u, NULL, "root");
    if (u->root) {
        widget *ok = widget_add(u, u->root, "ok");
        if (ok && is_ready()) {
            hot = ok->id;
        }
    }
    u->hot_id = hot;
    u->root = NULL;
    fa_frame_end(u->ctx);
    return u->hot_id;
}
