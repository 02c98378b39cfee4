#include "game.h"
typedef struct value { int kind; union { int i; char *s; enemy *e; } as; } value;
static value g_last;
void run(fa_context *ctx)
{
    value v = {0};
    fa_frame_begin(ctx);
    v.as.e = FA_FRAME_NEW(ctx, enemy);
    v.kind = 2;
    g_last = v; // expect: FA601
    fa_frame_end(ctx);
}
