#include "hud.h"
#include <string.h>

static void set(Widget **where, Widget *w)
{
    *where = w;
}

void hud_flip(Hud *h)
{
    if (fa_frame_is_open(h->ctx))
        fa_frame_end(h->ctx);
}

void hud_focus(Hud *h, Widget *w)
{
    set(&h->focus, w);
}

Widget *hud_temp(Hud *h, const char *text)
{
    Widget *w = FA_FRAME_NEW_ZEROED(h->ctx, Widget);
    if (w)
        w->text = text;
    return w;
}

Widget *hud_widget(Hud *h, const char *text)
{
    Widget *w = FA_POOL_NEW_ZEROED(h->ctx, Widget);
    if (w)
        w->text = text;
    return w;
}

void hud_discard(Hud *h, Widget *w)
{
    if (w)
        fa_pool_free(h->ctx, w);
}
