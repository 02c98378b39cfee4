#include "game.h"
/* an annotated wrapper of the user's own; use by an unseen function; goto */
FA_SUSPENDS static void nap(int ms)
{
    (void)ms;
}
void patrol(fa_context *ctx)
{
    char *name = fa_frame_printf(ctx, "x");
    if (!name) {
        goto out;
    }
    nap(10); // expect: FA702
    use_enemy((void *)name);
out:
    return;
}
