/* Immediate-mode layout. Boxes are frame memory; hot state is kept by value. */
#include "framealloc/framealloc.h"
#include <stdio.h>

typedef struct Box Box;
struct Box { Box *first, *last, *next, *parent; float x, y, w, h; const char *text; unsigned id; };
typedef struct Ui {
    fa_context *ctx;
    Box *root, *top;
    struct { unsigned hot, active; float hx, hy; } input;
    char tooltip[64];
} Ui;

float text_width(const char *s);
void draw_box(const Box *b);

static Box *ui_box(Ui *ui, const char *text, unsigned id)
{
    Box *b = FA_FRAME_NEW_ZEROED(ui->ctx, Box);
    if (!b) { return NULL; }
    b->text = text;
    b->id = id;
    b->parent = ui->top;
    if (ui->top) {
        if (ui->top->last) { ui->top->last->next = b; } else { ui->top->first = b; }
        ui->top->last = b;
    }
    return b;
}
static void ui_push(Ui *ui, Box *b) { if (b) { ui->top = b; } }
static void ui_pop(Ui *ui) { if (ui->top) { ui->top = ui->top->parent; } }

static void ui_measure(Box *b)
{
    float y = 0;
    b->w = b->text ? text_width(b->text) : 0;
    for (Box *c = b->first; c; c = c->next) {
        ui_measure(c);
        c->y = y;
        y += c->h + 2;
        if (c->w > b->w) { b->w = c->w; }
    }
    b->h = y > 12 ? y : 12;
}
static void ui_draw(Ui *ui, Box *b)
{
    draw_box(b);
    if (b->id == ui->input.hot && b->text) { snprintf(ui->tooltip, sizeof ui->tooltip, "%s", b->text); }
    for (Box *c = b->first; c; c = c->next) { ui_draw(ui, c); }
}

static void ui_begin(Ui *ui)
{
    fa_frame_begin(ui->ctx);
    ui->root = ui->top = NULL;
    ui->root = ui_box(ui, NULL, 0);
    ui->top = ui->root;
}
static void ui_end(Ui *ui)
{
    if (ui->root) {
        ui_measure(ui->root);
        ui_draw(ui, ui->root);
    }
    ui->root = ui->top = NULL;
    fa_frame_end(ui->ctx);
}

void menu(Ui *ui, int score)
{
    static const char *const items[4] = {"Play", "Options", "Credits", "Quit"};
    ui_begin(ui);
    Box *panel = ui_box(ui, "Menu", 1);
    ui_push(ui, panel);
    for (int i = 0; i < 4; i++) {
        ui_box(ui, items[i], 10u + (unsigned)i);
    }
    ui_box(ui, fa_frame_printf(ui->ctx, "Score %d", score), 20);
    ui_pop(ui);
    ui_end(ui);
}

float widest(Ui *ui, const int *values, int n)
{
    float w = 0;
    fa_frame_begin(ui->ctx);
    for (int i = 0; i < n; i++) {
        fa_checkpoint mark = fa_frame_mark(ui->ctx);
        const char *s = fa_frame_printf(ui->ctx, "%d", values[i]);
        float here = s ? text_width(s) : 0;
        fa_frame_rewind(ui->ctx, mark);
        w = here > w ? here : w;
    }
    fa_frame_end(ui->ctx);
    return w;
}
