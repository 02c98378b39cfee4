#include "game.h"
/* a registry of entities by index; destroyed twice when it is both dead and out of bounds */
typedef struct registry { fa_context *ctx; enemy *slots[256]; int count; } registry;
static void registry_destroy(registry *r, enemy *e)
{
    fa_pool_free(r->ctx, e);
}
void registry_sweep(registry *r)
{
    for (int i = 0; i < r->count; i++) {
        enemy *e = r->slots[i];
        if (!e) {
            continue;
        }
        if (e->health <= 0) {
            registry_destroy(r, e);
        }
        if (e->at.x < -1000) { // expect: FA607
            registry_destroy(r, e);
            r->slots[i] = NULL;
        }
    }
}
enemy *registry_spawn(registry *r)
{
    enemy *e = FA_POOL_NEW(r->ctx, enemy);
    if (e == NULL) {
        return NULL;
    }
    if (r->count == 256) {
        return NULL; // expect: FA608
    }
    r->slots[r->count++] = e;
    return e;
}
