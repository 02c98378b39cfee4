#include "game.h"
/* out parameter of a helper, then the end */
static bool nearest(fa_context *ctx, enemy **out)
{
    *out = FA_FRAME_NEW(ctx, enemy);
    return *out != NULL;
}
int update(fa_context *ctx)
{
    enemy *found = NULL;
    fa_frame_begin(ctx);
    bool any = nearest(ctx, &found);
    fa_frame_end(ctx);
    if (any) {
        return found->health; // expect: FA606
    }
    return 0;
}
