#pragma once
#include <framealloc/framealloc.h>
typedef struct Widget { const char *text; float x; struct Widget *next; } Widget;
typedef struct Hud { fa_context *ctx; Widget *first; Widget *focus; char *clip; } Hud;
void hud_flip(Hud *h);
void hud_focus(Hud *h, Widget *w);
Widget *hud_temp(Hud *h, const char *text);
Widget *hud_widget(Hud *h, const char *text);
void hud_discard(Hud *h, Widget *w);
