#include "game.h"
/* out parameter, on one path only, with goto */
int query(fa_context *ctx, enemy **out)
{
    int result = 0;
    if (fa_frame_begin(ctx) != FA_RESULT_OK) {
        return -1;
    }
    *out = NULL;
    if (!is_ready()) {
        goto done;
    }
    *out = FA_FRAME_NEW(ctx, enemy); // expect: FA601
    result = 1;
done:
    fa_frame_end(ctx);
    return result;
}
