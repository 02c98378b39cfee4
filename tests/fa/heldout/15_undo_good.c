#include "game.h"
#include <string.h>
typedef struct command { int kind; char *text; struct command *below; } command;
typedef struct editor { fa_context *ctx; struct { command *top; int depth; } undo; } editor;
static command *command_keep(fa_context *ctx, const command *c)
{
    command *kept = FA_POOL_NEW(ctx, command);
    if (!kept) {
        return NULL;
    }
    *kept = *c;
    size_t n = strlen(c->text) + 1;
    kept->text = fa_heap_alloc(ctx, n, 1);
    if (!kept->text) {
        fa_pool_free(ctx, kept);
        return NULL;
    }
    memcpy(kept->text, c->text, n);
    return kept;
}
void editor_type(editor *e, const char *text)
{
    fa_frame_begin(e->ctx);
    command c = {.kind = 1, .text = fa_frame_strdup(e->ctx, text)};
    command *kept = c.text ? command_keep(e->ctx, &c) : NULL;
    if (kept) {
        kept->below = e->undo.top;
        e->undo.top = kept;
    }
    fa_frame_end(e->ctx);
}
void editor_forget(editor *e)
{
    while (e->undo.top) {
        command *c = e->undo.top;
        e->undo.top = c->below;
        fa_heap_free(e->ctx, c->text);
        fa_pool_free(e->ctx, c);
    }
}
