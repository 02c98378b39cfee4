#include "game.h"
/* scopes survive every way out */
int update(fa_context *ctx, fa_tag tag)
{
    FA_TAG_SCOPE(ctx, tag)
    {
        if (!is_ready()) {
            return 1;
        }
        if (roll_dice() == 1) {
            break;
        }
        if (roll_dice() == 2) {
            goto out;
        }
        use_enemy(NULL);
    }
    return 0;
out:
    return 2;
}
