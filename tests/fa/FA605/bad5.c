#include "game.h"
/* a policy in a constant; out parameter; goto */
static const fa_retention policy = FA_RETAIN_DISCARD;
void keep(fa_context *ctx, enemy **out)
{
    fa_frame_begin(ctx);
    enemy *e = FA_FRAME_NEW(ctx, enemy);
    fa_frame_retain(ctx, e, sizeof *e, 8, policy, NULL);
    if (!is_ready()) {
        goto done;
    }
    *out = e; // expect: FA605
done:
    fa_frame_end(ctx);
}
