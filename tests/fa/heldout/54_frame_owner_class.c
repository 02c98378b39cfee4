#include "game.h"
/* an RAII-like guard by the cleanup attribute */
typedef struct guard { fa_context *ctx; } guard;
static guard guard_open(fa_context *ctx) { fa_frame_begin(ctx); return (guard){ctx}; }
static void guard_close(guard *g) { fa_frame_end(g->ctx); }
#define FRAME_GUARD(ctx) __attribute__((cleanup(guard_close))) guard guard_ = guard_open(ctx)
int fine(fa_context *ctx)
{
    FRAME_GUARD(ctx);
    enemy *e = FA_FRAME_NEW(ctx, enemy);
    if (!e) return 0;
    return e->health;
}
static enemy *g_keep;
enemy *escapes(fa_context *ctx)
{
    FRAME_GUARD(ctx);
    enemy *e = FA_FRAME_NEW(ctx, enemy);
    if (is_ready()) {
        g_keep = e; // expect: FA601
        return NULL;
    }
    return e; // expect: FA601
}
