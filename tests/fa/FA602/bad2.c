#include "game.h"
/* a list walk; the helper allocates, the call is told */
static char *label(fa_context *ctx, const enemy *e)
{
    return fa_frame_printf(ctx, "%d", e->health);
}
void print_text(const char *text);
void draw(world *w)
{
    for (enemy *e = w->list; e != NULL; e = e->next) {
        print_text(label(w->ctx, e)); // expect: FA602
    }
}
