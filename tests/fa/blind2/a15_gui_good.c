/* Immediate-mode interface: everything in the frame, ids across frames. */
#include <framealloc/framealloc.h>
#include <SDL2/SDL.h>
#include <string.h>

typedef struct rect { int x, y, w, h; } rect;
typedef struct cmd { struct cmd *next; rect r; const char *text; uint32_t colour; } cmd;
typedef struct gui { fa_context *ctx; cmd *first, **tail; uint32_t hot, active; char input[32]; bool down; } gui;
void gpu_rect(rect r, uint32_t colour);
void gpu_text(rect r, const char *text);

static void gui_begin(gui *g)
{
    SDL_Event e;
    while (SDL_PollEvent(&e)) {
        if (e.type == SDL_MOUSEBUTTONDOWN)
            g->down = true;
        else if (e.type == SDL_TEXTINPUT)
            strncat(g->input, e.text.text, sizeof g->input - strlen(g->input) - 1);
    }
    fa_frame_begin(g->ctx);
    g->first = NULL;
    g->tail = &g->first;
}

static cmd *gui_cmd(gui *g, rect r)
{
    cmd *c = FA_FRAME_NEW_ZEROED(g->ctx, cmd);
    if (c) {
        c->r = r;
        *g->tail = c;
        g->tail = &c->next;
    }
    return c;
}

static bool gui_button(gui *g, uint32_t id, rect r, const char *label)
{
    cmd *c = gui_cmd(g, r);
    if (c)
        c->text = label;
    bool clicked = g->down && g->hot == id;
    if (clicked)
        g->active = id;
    return clicked;
}

static void gui_end(gui *g)
{
    for (cmd *c = g->first; c; c = c->next) {
        gpu_rect(c->r, c->colour);
        if (c->text)
            gpu_text(c->r, c->text);
    }
    g->first = NULL;
    g->tail = NULL;
    g->down = false;
    fa_frame_end(g->ctx);
}

void menu(gui *g, int score)
{
    gui_begin(g);
    char *label = fa_frame_printf(g->ctx, "score %d", score);
    gui_button(g, 1, (rect){0, 0, 10, 10}, label ? label : "?");
    if (gui_button(g, 2, (rect){0, 20, 10, 10}, "quit"))
        g->hot = 0;
    gui_end(g);
}
