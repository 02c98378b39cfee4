#include "game.h"
/* the frame is per round of the outer loop; the inner one is hot; through a table and a macro */
#define TEMP(ctx) FA_FRAME_NEW(ctx, vec2)
static void *temp(fa_context *ctx)
{
    return TEMP(ctx);
}
static void *(*const table[])(fa_context *) = {temp};
void run(fa_context *ctx, int n)
{
    while (is_ready()) {
        fa_frame_begin(ctx);
        for (int i = 0; i < n; i++) {
            vec2 *v = table[0](ctx); // expect: FA602
            v->x = 0;
        }
        fa_frame_end(ctx);
    }
}
