#include "game.h"
/* hooks registered with the engine: one opens the frame, one closes it; the update in between stores and clears */
typedef struct hooks { void (*before)(void *), (*update)(void *), (*after)(void *); } hooks;
static void before(void *data)
{
    world *w = data;
    fa_frame_begin(w->ctx);
}
static void update(void *data)
{
    world *w = data;
    w->target = FA_FRAME_NEW(w->ctx, enemy);
    if (w->target) {
        use_enemy(w->target);
    }
    w->target = NULL;
}
static void after(void *data)
{
    world *w = data;
    fa_frame_end(w->ctx);
}
static const hooks table = {before, update, after};
void engine_register(const hooks *h, void *data);
void install(world *w)
{
    engine_register(&table, w);
}
