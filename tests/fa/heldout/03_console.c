#include "game.h"
#include <stdio.h>
#include <string.h>
/* a console keeps the last lines; history is heap memory, the current line is frame memory */
typedef struct console { fa_context *ctx; char *history[16]; unsigned head; const char *status; } console;
static char *heap_strdup(fa_context *ctx, const char *s)
{
    size_t n = strlen(s) + 1;
    char *copy = fa_heap_alloc(ctx, n, 1);
    if (copy) {
        memcpy(copy, s, n);
    }
    return copy;
}
void console_print(console *c, const char *s)
{
    unsigned slot = c->head++ % 16;
    if (c->history[slot]) {
        fa_heap_free(c->ctx, c->history[slot]);
    }
    c->history[slot] = heap_strdup(c->ctx, s);
}
void console_clear(console *c)
{
    for (unsigned i = 0; i < 16; i++) {
        if (c->history[i]) {
            fa_heap_free(c->ctx, c->history[i]);
            c->history[i] = NULL;
        }
    }
}
void console_status(console *c, int fps)
{
    fa_frame_begin(c->ctx);
    char *line = fa_frame_printf(c->ctx, "fps %d", fps);
    c->status = line; // expect: FA601
    console_print(c, line);
    fa_frame_end(c->ctx);
}
