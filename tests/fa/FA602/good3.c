#include "game.h"
/* found: allocate and leave; needed: allocate once */
enemy *find(fa_context *ctx, enemy *list, int id)
{
    for (enemy *e = list; e; e = e->next) {
        if (e->health == id) {
            enemy *copy = FA_FRAME_NEW(ctx, enemy);
            if (copy) {
                *copy = *e;
            }
            return copy;
        }
    }
    return NULL;
}
void lazily(fa_context *ctx, enemy *list)
{
    enemy *buffer = NULL;
    for (enemy *e = list; e; e = e->next) {
        if (!buffer) {
            buffer = FA_FRAME_NEW(ctx, enemy);
            if (!buffer) {
                break;
            }
        }
        *buffer = *e;
        use_enemy(buffer);
    }
}
