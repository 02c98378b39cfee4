#include "game.h"
/* after a rewind; through a member of a local structure, by an integer */
struct holder {
    struct {
        uintptr_t bits;
    } deep;
};
void update(fa_context *ctx)
{
    struct holder h;
    fa_frame_begin(ctx);
    fa_checkpoint mark = fa_frame_mark(ctx);
    h.deep.bits = (uintptr_t)FA_FRAME_NEW(ctx, enemy);
    fa_frame_rewind(ctx, mark);
    ((enemy *)h.deep.bits)->health = 1; // expect: FA606
    fa_frame_end(ctx);
}
