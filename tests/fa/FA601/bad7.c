#include "game.h"
/* a function in a constant table stores; memcpy'd structure escapes too */
#include <string.h>
typedef struct hit {
    enemy *who;
    float at;
} hit;
static hit g_best;
static void keep(const hit *h)
{
    memcpy(&g_best, h, sizeof *h);
}
typedef void (*visit_fn)(const hit *h);
static const visit_fn visitors[] = {keep};
void trace(fa_context *ctx)
{
    fa_frame_begin(ctx);
    hit h = {.who = FA_FRAME_NEW(ctx, enemy), .at = 1.0f};
    visitors[0](&h); // expect: FA601
    fa_frame_end(ctx);
}
