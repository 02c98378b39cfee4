#include "game.h"
#include "framealloc/arena.h"
/* a level arena lives as long as the level: its pointers may be kept */
typedef struct level { fa_arena *memory; enemy *first; int count; } level;
void level_load(level *l, int n)
{
    for (int i = 0; i < n; i++) {
        enemy *e = FA_ARENA_NEW(l->memory, enemy);
        if (!e) break;
        e->next = l->first;
        l->first = e;
        l->count++;
    }
}
void level_drop(level *l)
{
    l->first = NULL;
    fa_arena_reset(l->memory);
}
