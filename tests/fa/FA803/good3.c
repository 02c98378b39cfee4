#include "game.h"
void think(fa_context *ctx, fa_tag tag)
{
    FA_TAG_SCOPE(ctx, tag)
    {
        use_enemy(NULL);
    }
}
