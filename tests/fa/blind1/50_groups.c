/* Groups, typed pools, arenas that several threads use: what goes together is gone together. */
#include <framealloc/framealloc.h>
#include <framealloc/group.h>
#include <framealloc/shared_arena.h>

typedef struct tile { int kind; struct tile *next; } tile;
typedef struct map { fa_group *group; fa_typed_pool *pool; fa_shared_arena *shared; tile *first; tile *cursor; } map;
void visit(const tile *t);

void map_unload(fa_context *ctx, map *m)
{
    tile *first = FA_GROUP_NEW(ctx, m->group, tile);
    if (!first) {
        return;
    }
    first->kind = 1;
    fa_group_free_all(ctx, m->group);
    visit(first); // expect: FA607
}

void map_drop(fa_context *ctx, map *m)
{
    tile *t = FA_GROUP_NEW(ctx, m->group, tile);
    fa_group_free(ctx, m->group, t);
    fa_group_free(ctx, m->group, t); // expect: FA607
}

void map_wrong(fa_context *ctx, map *m)
{
    tile *t = FA_GROUP_NEW(ctx, m->group, tile);
    if (t) {
        t->kind = 3;
        fa_pool_free(ctx, t); // expect: FA607
    }
}

int map_reset(map *m)
{
    tile *t = FA_TYPED_POOL_NEW(m->pool, tile);
    if (!t) {
        return 0;
    }
    t->kind = 2;
    fa_typed_pool_reset(m->pool);
    return t->kind; // expect: FA607
}

int map_contacts(fa_context *ctx, map *m)
{
    int *c = FA_SHARED_ARENA_NEW(ctx, m->shared, int);
    if (!c) {
        return 0;
    }
    *c = 1;
    fa_shared_arena_reset(ctx, m->shared);
    return *c; // expect: FA606
}

void map_destroy(fa_context *ctx, map *m)
{
    fa_group_destroy(ctx, m->group);
    m->group = NULL;
    fa_typed_pool_destroy(m->pool);
    m->pool = NULL;
}
