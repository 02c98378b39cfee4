#include "game.h"
/* a helper ends the frame, another one reads; told at the reading call */
static void finish(world *w)
{
    fa_frame_end(w->ctx);
}
static int health_of(const enemy *e)
{
    return e ? e->health : 0;
}
int update(world *w)
{
    fa_frame_begin(w->ctx);
    enemy *e = FA_FRAME_NEW(w->ctx, enemy);
    finish(w);
    return health_of(e); // expect: FA606
}
