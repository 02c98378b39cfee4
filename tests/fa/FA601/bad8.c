#include "game.h"
/* no boundary in sight, but a global never belongs to one frame */
static world g_world;
void spawn(fa_context *ctx)
{
    world *w = &g_world;
    enemy *e = FA_FRAME_NEW(ctx, enemy);
    e->next = NULL;
    w->target = e; // expect: FA601
}
