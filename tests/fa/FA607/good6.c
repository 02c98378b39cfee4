#include "game.h"
/* emptied together: nothing is lost, frame memory and the heap live on */
int clear(fa_context *ctx, fa_context *other)
{
    fa_frame_begin(ctx);
    enemy *kept = FA_FRAME_NEW(ctx, enemy);
    char *name = fa_heap_alloc(ctx, 16, 1);
    enemy *e = FA_POOL_NEW(ctx, enemy), *f = FA_POOL_NEW(other, enemy);
    use_enemy(e);
    fa_pool_reset(ctx);
    if (kept) {
        kept->name = name;
    }
    int health = f ? f->health : 0;
    fa_pool_free(other, f);
    fa_heap_free(ctx, name);
    fa_frame_end(ctx);
    return health;
}
