#include "game.h"
typedef struct registry { fa_context *ctx; enemy *slots[256]; int count; } registry;
void registry_sweep(registry *r)
{
    int kept = 0;
    for (int i = 0; i < r->count; i++) {
        enemy *e = r->slots[i];
        if (e->health <= 0 || e->at.x < -1000) {
            fa_pool_free(r->ctx, e);
        } else {
            r->slots[kept++] = e;
        }
    }
    r->count = kept;
}
enemy *registry_spawn(registry *r)
{
    if (r->count == 256) {
        return NULL;
    }
    enemy *e = FA_POOL_NEW(r->ctx, enemy);
    if (e) {
        e->health = 1;
        r->slots[r->count++] = e;
    }
    return e;
}
void registry_swap_remove(registry *r, int i)
{
    enemy *dead = r->slots[i];
    r->slots[i] = r->slots[--r->count];
    fa_pool_free(r->ctx, dead);
}
