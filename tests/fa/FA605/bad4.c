#include "game.h"
/* in a pool object, by a macro, on one path */
#define KEEP(ctx, p) fa_frame_retain((ctx), (p), sizeof *(p), 8, FA_RETAIN_DISCARD, NULL)
void keep(fa_context *ctx, world *w)
{
    fa_frame_begin(ctx);
    enemy *holder = FA_POOL_NEW(ctx, enemy);
    enemy *e = FA_FRAME_NEW(ctx, enemy);
    KEEP(ctx, e);
    if (holder && is_ready()) {
        holder->next = e; // expect: FA605
    }
    w->list = holder;
    fa_frame_end(ctx);
}
