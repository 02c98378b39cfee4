#include "game.h"
/* break leaves the loop with the frame open */
int run(world *w)
{
    int frames = 0;
    while (is_ready()) {
        fa_frame_begin(w->ctx);
        if (roll_dice() == 6) {
            break;
        }
        frames++;
        fa_frame_end(w->ctx);
    }
    return frames; // expect: FA603
}
