#include "game.h"
#include <string.h>
/* an editor's undo stack keeps commands made in frame memory */
typedef struct command { int kind; char *text; struct command *below; } command;
typedef struct editor { fa_context *ctx; struct { command *top; int depth; } undo; } editor;
static command *command_make(fa_context *ctx, int kind, const char *text)
{
    command *c = FA_FRAME_NEW(ctx, command);
    if (c) {
        c->kind = kind;
        c->text = fa_frame_strdup(ctx, text);
    }
    return c;
}
static void undo_push(editor *e, command *c)
{
    c->below = e->undo.top;
    e->undo.top = c;
    e->undo.depth++;
}
void editor_type(editor *e, const char *text)
{
    fa_frame_begin(e->ctx);
    command *c = command_make(e->ctx, 1, text);
    if (c != NULL) {
        undo_push(e, c); // expect: FA601
    }
    fa_frame_end(e->ctx);
}
