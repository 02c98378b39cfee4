#include "game.h"
/* the id is returned; the policy is the caller's */
fa_retained keep(fa_context *ctx, enemy *e, fa_retention policy)
{
    return fa_frame_retain(ctx, e, sizeof *e, 8, policy, NULL);
}
