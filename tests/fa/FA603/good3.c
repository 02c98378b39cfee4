#include "game.h"
/* the two halves of a pair, and who uses them */
static void open_frame(world *w)
{
    fa_frame_begin(w->ctx);
    w->count = 0;
}
static void close_frame(world *w)
{
    fa_frame_end(w->ctx);
}
void run(world *w)
{
    while (is_ready()) {
        open_frame(w);
        use_enemy(FA_FRAME_NEW(w->ctx, enemy));
        close_frame(w);
    }
}
