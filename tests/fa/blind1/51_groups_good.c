/* A level in a group: single tiles may go earlier, the rest goes at once. */
#include <framealloc/framealloc.h>
#include <framealloc/group.h>
#include <framealloc/shared_arena.h>

typedef struct tile { int kind; struct tile *next; } tile;
typedef struct map { fa_context *ctx; fa_group *group; tile *first; int count; fa_shared_arena *shared; } map;

bool map_load(map *m, int n)
{
    if (fa_group_create(m->ctx, NULL, &m->group) != FA_RESULT_OK) {
        return false;
    }
    for (int i = 0; i < n; i++) {
        tile *t = FA_GROUP_NEW(m->ctx, m->group, tile);
        if (!t) {
            fa_group_destroy(m->ctx, m->group);
            m->group = NULL;
            m->first = NULL;
            return false;
        }
        t->kind = i;
        t->next = m->first;
        m->first = t;
    }
    return true;
}

void map_remove(map *m, int kind)
{
    for (tile **at = &m->first; *at; at = &(*at)->next) {
        if ((*at)->kind == kind) {
            tile *gone = *at;
            *at = gone->next;
            fa_group_free(m->ctx, m->group, gone);
            break;
        }
    }
}

int map_sum(map *m)
{
    int sum = 0;
    fa_frame_begin(m->ctx);
    tile *marker = FA_GROUP_NEW(m->ctx, m->group, tile);
    if (marker) {
        marker->kind = 0;
        marker->next = m->first;
        m->first = marker;
    }
    fa_frame_end(m->ctx);
    for (tile *t = m->first; t; t = t->next) {
        sum += t->kind;
    }
    return sum;
}

void map_clear(map *m)
{
    m->first = NULL;
    fa_group_free_all(m->ctx, m->group);
    tile *t = FA_GROUP_NEW(m->ctx, m->group, tile);
    if (t) {
        t->kind = 0;
        t->next = NULL;
        m->first = t;
    }
}

int map_parallel(map *m)
{
    int n = 0;
    for (int round = 0; round < 4; round++) {
        int *c = FA_SHARED_ARENA_NEW(m->ctx, m->shared, int);
        if (c) {
            *c = round;
            n += *c;
        }
        fa_shared_arena_reset(m->ctx, m->shared);
    }
    return n;
}
