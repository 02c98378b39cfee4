#include "level.h"
void level_shoot(level *l)
{
    int *b = l->count < 64 ? FA_TYPED_POOL_NEW(l->bullets, int) : NULL;
    if (!b)
        return;
    *b = 60;
    l->live[l->count++] = b;
}
void level_step(level *l)
{
    for (int i = l->count - 1; i >= 0; i--) {
        int *b = l->live[i];
        if (--*b <= 0) {
            fa_typed_pool_free(l->bullets, b);
            l->live[i] = l->live[--l->count];
        }
    }
}
int play(fa_context *ctx, int rounds)
{
    level l;
    int n = 0;
    if (!level_open(&l, ctx))
        return -1;
    prop *exit_ = level_add(&l, 7);
    for (int i = 0; i < rounds; i++) {
        fa_frame_begin(ctx);
        level_shoot(&l);
        level_step(&l);
        int *near = FA_FRAME_ARRAY(ctx, int, 8);
        if (near && exit_)
            near[0] = exit_->model;
        n += near ? near[0] : 0;
        fa_frame_end(ctx);
    }
    level_close(&l);
    return n;
}
