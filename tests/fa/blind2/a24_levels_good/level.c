#include "level.h"
bool level_open(level *l, fa_context *ctx)
{
    *l = (level){.ctx = ctx};
    if (fa_arena_create(ctx, &(fa_arena_desc){.name = "level"}, &l->arena) != FA_RESULT_OK)
        return false;
    if (FA_TYPED_POOL_CREATE(ctx, int, &l->bullets) != FA_RESULT_OK) {
        fa_arena_destroy(l->arena);
        l->arena = NULL;
        return false;
    }
    return true;
}
prop *level_add(level *l, int model)
{
    prop *p = FA_ARENA_NEW(l->arena, prop);
    if (p) {
        p->model = model;
        p->next = l->props;
        l->props = p;
    }
    return p;
}
void level_close(level *l)
{
    l->props = NULL;
    l->count = 0;
    fa_typed_pool_destroy(l->bullets);
    fa_arena_destroy(l->arena);
    *l = (level){0};
}
