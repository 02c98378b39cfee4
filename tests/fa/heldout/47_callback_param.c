#include "game.h"
typedef void (*sink)(void *user, const char *text);
static const char *g_text;
static void to_global(void *user, const char *text) { *(const char **)user = text; }
static void emit(fa_context *ctx, sink fn, void *user) { fn(user, fa_frame_printf(ctx, "hello")); }
void run(fa_context *ctx)
{
    const char *local = NULL;
    fa_frame_begin(ctx);
    emit(ctx, to_global, &local);
    emit(ctx, to_global, &g_text); // expect: FA601
    fa_frame_end(ctx);
}
