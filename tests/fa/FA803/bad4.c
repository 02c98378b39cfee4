#include "game.h"
/* an annotated wrapper of the user's own */
FA_PUSHES_TAG void scope_begin(fa_context *ctx, const char *path);
FA_POPS_TAG void scope_end(fa_context *ctx);
void think(fa_context *ctx)
{
    scope_begin(ctx, "physics/contacts"); // expect: FA803
    use_enemy(NULL);
    scope_end(ctx);
}
