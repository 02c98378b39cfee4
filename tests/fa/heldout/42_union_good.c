#include "game.h"
typedef struct value { int kind; union { int i; char *s; enemy *e; } as; } value;
static value g_last;
void run(fa_context *ctx)
{
    fa_frame_begin(ctx);
    value v = {.kind = 1, .as.s = fa_frame_printf(ctx, "x")};
    g_last = v;
    use_enemy((void *)g_last.as.s);
    g_last = (value){.kind = 0, .as.i = 3};
    fa_frame_end(ctx);
}
