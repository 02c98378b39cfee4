/* The same kind of interface, with memory that stays too long. */
#include <framealloc/framealloc.h>
#include <stdio.h>
#include <string.h>

typedef struct tip { const char *text; int frames; } tip;
typedef struct list { char **rows; int n; } list;
typedef struct gui { fa_context *ctx; tip tip; list list; struct { char *at; } undo[8]; int undos; } gui;
void show(const char *text);

static char *ellipsis(gui *g, const char *s)
{
    size_t n = strlen(s);
    if (n < 12)
        return (char *)s;
    char *cut = fa_frame_alloc(g->ctx, 16, 1);
    if (cut) {
        memcpy(cut, s, 12);
        strcpy(cut + 12, "...");
    }
    return cut;
}

void tooltip(gui *g, const char *s)
{
    fa_frame_begin(g->ctx);
    g->tip.text = ellipsis(g, s); // expect: FA601
    g->tip.frames = 60;
    fa_frame_end(g->ctx);
}

void rows(gui *g, FILE *f)
{
    char line[64];
    fa_frame_begin(g->ctx);
    list local = {FA_FRAME_ARRAY(g->ctx, char *, 16), 0};
    while (local.rows && local.n < 16 && fgets(line, sizeof line, f)) {
        local.rows[local.n] = fa_frame_strdup(g->ctx, line); // expect: FA602
        local.n++;
    }
    for (int i = 0; i < local.n; i++)
        show(local.rows[i]);
    g->list = local; // expect: FA601
    fa_frame_end(g->ctx);
}

void undo_push(gui *g, const char *s)
{
    fa_frame_begin(g->ctx);
    char *copy = fa_frame_strdup(g->ctx, s);
    memmove(&g->undo[1], &g->undo[0], 7 * sizeof g->undo[0]);
    g->undo[0].at = copy; // expect: FA601
    fa_frame_end(g->ctx);
}

void status(gui *g, int n)
{
    char *text = NULL;
    fa_frame_begin(g->ctx);
    if (n > 0)
        text = fa_frame_printf(g->ctx, "%d", n);
    fa_frame_end(g->ctx);
    show(n > 0 ? text : "none"); // expect: FA606
}
