#include "game.h"
/* a local variable; more bytes than there are */
static fa_retained g_id;
void keep(fa_context *ctx)
{
    enemy local = {0};
    fa_frame_begin(ctx);
    g_id = fa_frame_retain(ctx, &local, sizeof local, 8, FA_RETAIN_HEAP, NULL); // expect: FA604
    vec2 *v = FA_FRAME_NEW(ctx, vec2);
    g_id = fa_frame_retain(ctx, v, sizeof(enemy), 8, FA_RETAIN_HEAP, NULL); // expect: FA604
    fa_frame_end(ctx);
}
