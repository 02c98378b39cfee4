#include "game.h"
#include <string.h>
/* names: a getter gives frame text to whoever asks; one asks too late */
static const char *name_of(fa_context *ctx, const enemy *e)
{
    return e->name ? e->name : fa_frame_printf(ctx, "enemy %d", e->health);
}
size_t longest(fa_context *ctx, const enemy *all, int n)
{
    const char *best = "";
    fa_frame_begin(ctx);
    for (int i = 0; i < n; i++) {
        const char *s = name_of(ctx, &all[i]); // expect: FA602
        if (strlen(s) > strlen(best)) {
            best = s;
        }
    }
    fa_frame_end(ctx);
    return strlen(best); // expect: FA606
}
