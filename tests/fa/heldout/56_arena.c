#include "game.h"
#include "framealloc/arena.h"
typedef struct level { fa_arena *memory; enemy *first; } level;
int level_swap(level *l)
{
    enemy *e = FA_ARENA_NEW(l->memory, enemy);
    e->health = 3;
    l->first = e; // expect: FA601
    fa_arena_reset(l->memory);
    return e->health; // expect: FA606
}
