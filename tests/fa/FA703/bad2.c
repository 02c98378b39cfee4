#include "game.h"
/* a callback that is registered and called some day */
void on_click(void (*fn)(void *data), void *data);
static void clicked(void *data)
{
    use_enemy(data);
}
void open_menu(fa_context *ctx)
{
    fa_frame_begin(ctx);
    enemy *e = FA_FRAME_NEW(ctx, enemy);
    on_click(clicked, e); // expect: FA703
    fa_frame_end(ctx);
}
