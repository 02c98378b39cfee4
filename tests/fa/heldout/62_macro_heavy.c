#include "game.h"
#define WITH_FRAME(ctx) for (int once_ = (fa_frame_begin(ctx), 1); once_; once_ = (fa_frame_end(ctx), 0))
#define NEW(ctx, T, name) T *name = FA_FRAME_NEW((ctx), T)
static vec2 *g_v;
void fine(fa_context *ctx)
{
    WITH_FRAME(ctx)
    {
        NEW(ctx, vec2, v);
        if (v) v->x = 1;
    }
}
void bad(fa_context *ctx)
{
    vec2 *keep = NULL;
    WITH_FRAME(ctx)
    {
        NEW(ctx, vec2, v);
        keep = v;
        if (roll_dice() == 2) {
            g_v = keep; // expect: FA601
        }
    }
    if (keep) keep->y = 1; // expect: FA606
}
void leaves(fa_context *ctx)
{
    WITH_FRAME(ctx)
    {
        if (roll_dice() == 2) return; // expect: FA603
    }
}
