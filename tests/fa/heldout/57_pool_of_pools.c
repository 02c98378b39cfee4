#include "game.h"
typedef struct group { enemy **members; int count; } group;
static group *group_make(fa_context *ctx, int n)
{
    group *g = FA_POOL_NEW(ctx, group);
    if (!g) return NULL;
    g->members = fa_heap_alloc(ctx, sizeof *g->members * (size_t)n, 8);
    g->count = n;
    return g;
}
void group_drop(fa_context *ctx, group *g)
{
    fa_pool_free(ctx, g);
    fa_heap_free(ctx, g->members); // expect: FA607
}
void group_use(fa_context *ctx)
{
    group *g = group_make(ctx, 4);
    if (!g) return;
    fa_heap_free(ctx, g->members);
    fa_pool_free(ctx, g);
}
