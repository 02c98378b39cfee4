#include "game.h"
/* a helper allocates, the owner of the frame returns it by another name */
static enemy *make_enemy(fa_context *c, int health)
{
    enemy *e = FA_FRAME_NEW(c, enemy);
    if (e) {
        e->health = health;
    }
    return e;
}
enemy *strongest(fa_context *ctx)
{
    fa_frame_begin(ctx);
    enemy *a = make_enemy(ctx, 10), *b = make_enemy(ctx, 20);
    enemy *best = roll_dice() ? a : b;
    fa_frame_end(ctx);
    return best; // expect: FA601
}
