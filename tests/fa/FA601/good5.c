#include "game.h"
/* the helper's store is undone by the caller before the end; a getter hands the context out */
static enemy *g_focus;
static fa_context *g_ctx;
static fa_context *ctx_of(void)
{
    return g_ctx;
}
static void focus(enemy *e)
{
    g_focus = e;
}
void update(void)
{
    fa_frame_begin(ctx_of());
    focus(FA_FRAME_NEW(ctx_of(), enemy));
    use_enemy(g_focus);
    focus(NULL);
    fa_frame_end(ctx_of());
}
