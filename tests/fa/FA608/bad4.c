#include "game.h"
/* the result of a helper is dropped; a helper that only looks does not own */
static enemy *spawn(fa_context *ctx)
{
    return FA_POOL_NEW(ctx, enemy);
}
static int health(const enemy *e)
{
    return e ? e->health : 0;
}
int lose(fa_context *ctx)
{
    enemy *e = spawn(ctx); // expect: FA608
    return health(e);
}
