#include "game.h"
/* two pool buffers swap roles each frame; the old one is freed at the end of the level */
typedef struct pair { enemy *front, *back; } pair;
bool pair_make(fa_context *ctx, pair *p)
{
    p->front = FA_POOL_NEW(ctx, enemy);
    p->back = FA_POOL_NEW(ctx, enemy);
    if (p->front && p->back) {
        return true;
    }
    fa_pool_free(ctx, p->front);
    fa_pool_free(ctx, p->back);
    p->front = p->back = NULL;
    return false;
}
void pair_frame(fa_context *ctx, pair *p)
{
    fa_frame_begin(ctx);
    enemy *tmp = FA_FRAME_NEW(ctx, enemy);
    if (tmp) {
        *tmp = *p->front;
        *p->back = *tmp;
    }
    enemy *old = p->front;
    p->front = p->back;
    p->back = old;
    fa_frame_end(ctx);
}
void pair_drop(fa_context *ctx, pair *p)
{
    fa_pool_free(ctx, p->front);
    fa_pool_free(ctx, p->back);
    *p = (pair){0};
}
