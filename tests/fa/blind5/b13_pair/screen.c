#include "hud.h"
#include <stdio.h>

static Hud gHud;

void screen_tip(const char *text)
{
    fa_frame_begin(gHud.ctx);
    Widget *w = hud_temp(&gHud, text);
    if (w) {
        w->x = 4;
        hud_focus(&gHud, w); // expect: FA601
    }
    fa_frame_end(gHud.ctx);
}

void screen_tip_ok(const char *text)
{
    fa_frame_begin(gHud.ctx);
    Widget *w = hud_temp(&gHud, text);
    if (w) {
        hud_focus(&gHud, w);
        printf("%s\n", gHud.focus->text);
        hud_focus(&gHud, NULL);
    }
    fa_frame_end(gHud.ctx);
}

float screen_flip(const char *text)
{
    float x = 0;
    fa_frame_begin(gHud.ctx);
    Widget *w = hud_temp(&gHud, text);
    hud_flip(&gHud);
    if (w)
        x = w->x; // expect: FA606
    return x;
}

float screen_swap(const char *text, int drop)
{
    float x = 0;
    Widget *w = hud_widget(&gHud, text);
    if (!w)
        return 0;
    if (drop)
        hud_discard(&gHud, w);
    x = w->x; // expect: FA607
    if (!drop)
        hud_discard(&gHud, w);
    return x;
}

void screen_list(void)
{
    fa_frame_begin(gHud.ctx);
    Widget *keep = hud_widget(&gHud, "list");
    if (keep) {
        keep->text = fa_frame_printf(gHud.ctx, "%p", (void *)keep); // expect: FA601
        keep->next = gHud.first;
        gHud.first = keep;
    }
    fa_frame_end(gHud.ctx);
}
