/* Ways out of a frame that do not look like a store. */
#include <framealloc/framealloc.h>
#include <string.h>

typedef struct event { const char *text; int kind; } event;
typedef struct ring { event events[16]; unsigned at; } ring;
typedef struct ui { fa_context *ctx; ring log; char *hint; char **slots; event *(*make)(fa_context *, int); } ui;
static ring g_ring;

static void ring_put(ring *r, event e) { r->events[r->at++ & 15u] = e; }

void ui_log(ui *u, int n)
{
    fa_frame_begin(u->ctx);
    event e = {.text = fa_frame_printf(u->ctx, "%d", n), .kind = n};
    ring_put(&g_ring, e); // expect: FA601
    fa_frame_end(u->ctx);
}

void ui_copy(ui *u)
{
    fa_frame_begin(u->ctx);
    event local[2] = {{fa_frame_strdup(u->ctx, "a"), 1}, {"b", 2}};
    memcpy(u->log.events, local, sizeof local); // expect: FA601
    fa_frame_end(u->ctx);
}

char *ui_text(ui *u, int n)
{
    fa_frame_begin(u->ctx);
    char *text = fa_frame_printf(u->ctx, "%d", n);
    fa_frame_end(u->ctx);
    return text; // expect: FA601
}

static char **slot_of(ui *u, int i) { return i < 4 ? &u->slots[i] : &u->hint; }
void ui_slot(ui *u, int i)
{
    fa_frame_begin(u->ctx);
    *slot_of(u, i) = fa_frame_strdup(u->ctx, "slot"); // expect: FA601
    fa_frame_end(u->ctx);
}

void ui_bits(ui *u, uintptr_t *out)
{
    fa_frame_begin(u->ctx);
    int *p = FA_FRAME_NEW(u->ctx, int);
    *out = (uintptr_t)p; // expect: FA601
    fa_frame_end(u->ctx);
}

static event *make_event(fa_context *ctx, int kind)
{
    event *e = FA_FRAME_NEW(ctx, event);
    if (e) {
        e->kind = kind;
    }
    return e;
}
static event *g_shown;
void ui_show(ui *u)
{
    u->make = make_event;
    fa_frame_begin(u->ctx);
    event *e = u->make(u->ctx, 2);
    g_shown = e; // expect: FA601
    fa_frame_end(u->ctx);
}

/* Good: made in a frame of the caller's, and returned to it. */
event *ui_event(ui *u, int kind)
{
    event *e = make_event(u->ctx, kind);
    if (e) {
        e->text = fa_frame_strdup(u->ctx, "event");
    }
    return e;
}
