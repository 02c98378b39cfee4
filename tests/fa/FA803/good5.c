#include "game.h"
/* the other module's function pushes its own */
void physics_step(fa_context *ctx);
void think(fa_allocator *a, fa_context *ctx)
{
    FA_TAG_SCOPE(ctx, fa_tag_intern(a, "ai"))
    {
        physics_step(ctx);
    }
}
