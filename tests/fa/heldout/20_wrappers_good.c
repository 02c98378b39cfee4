#include "game.h"
typedef struct engine { fa_context *ctx; vec2 *cursor; } engine;
FA_RETURNS_FRAME static void *engine_temp(engine *e, size_t bytes)
{
    return fa_frame_alloc(e->ctx, bytes, 16);
}
FA_RETURNS_POOL static void *engine_new(engine *e, size_t bytes)
{
    return fa_pool_alloc(e->ctx, bytes, 16);
}
FA_FREES_POOL static void engine_delete(engine *e, void *p)
{
    fa_pool_free(e->ctx, p);
}
static bool frame_open(engine *e)
{
    return fa_frame_begin(e->ctx) == FA_RESULT_OK;
}
void frame(engine *e)
{
    if (!frame_open(e)) {
        return;
    }
    e->cursor = engine_temp(e, sizeof *e->cursor);
    enemy *n = engine_new(e, sizeof *n);
    if (n && e->cursor) {
        n->at = *e->cursor;
    }
    engine_delete(e, n);
    e->cursor = NULL;
    fa_frame_end(e->ctx);
}
