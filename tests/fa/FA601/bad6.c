#include "game.h"
/* a pool object that lives on holds a frame string; the macro hides the store */
#define SET_NAME(e, text) ((e)->name = (text))
void name_enemy(fa_context *ctx, world *w)
{
    fa_frame_begin(ctx);
    enemy *e = FA_POOL_NEW(ctx, enemy);
    if (e) {
        SET_NAME(e, fa_frame_printf(ctx, "enemy %d", w->count)); // expect: FA601
        e->next = w->list;
        w->list = e;
    }
    fa_frame_end(ctx);
}
