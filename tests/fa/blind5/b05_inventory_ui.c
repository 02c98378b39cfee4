// Inventory screen.
#include <framealloc/framealloc.h>
#include <stdio.h>
#include <string.h>

struct slot { int item; int n; };
struct screen {
    fa_context *ctx;
    struct slot slots[40];
    struct slot *drag;
    const char *hint;
    fa_retained layout;
};
static char *g_status;
void print_at(int x, int y, const char *s);

void screen_row(struct screen *s, int row)
{
    fa_checkpoint cp = fa_frame_mark(s->ctx);
    char *left = fa_frame_printf(s->ctx, "%d", s->slots[row].item);
    char *right = left ? fa_frame_printf(s->ctx, "x%d", s->slots[row].n) : NULL;
    if (!right) {
        fa_frame_rewind(s->ctx, cp);
        return;
    }
    print_at(0, row, left);
    fa_frame_rewind(s->ctx, cp);
    print_at(20, row, right); // expect: FA606
}

void screen_row_ok(struct screen *s, int row)
{
    char *left = fa_frame_printf(s->ctx, "%d", s->slots[row].item);
    fa_checkpoint cp = fa_frame_mark(s->ctx);
    char *right = fa_frame_printf(s->ctx, "x%d", s->slots[row].n);
    if (right) {
        print_at(20, row, right);
    }
    fa_frame_rewind(s->ctx, cp);
    if (left) {
        print_at(0, row, left); /* of before the mark */
    }
}

void screen_status(struct screen *s, int gold)
{
    fa_frame_begin(s->ctx);
    char *text = fa_frame_printf(s->ctx, "%d gold", gold);
    if (text) {
        fa_frame_retain(s->ctx, text, strlen(text) + 1, 1, FA_RETAIN_DISCARD, NULL);
        g_status = text; // expect: FA605
        print_at(0, 24, g_status);
    }
    fa_frame_end(s->ctx);
}

void screen_layout(struct screen *s, int n)
{
    fa_frame_begin(s->ctx);
    int *cols = FA_FRAME_ARRAY(s->ctx, int, (size_t)n);
    if (cols) {
        s->layout = fa_frame_retain(s->ctx, cols, sizeof(int) * (size_t)n, 4, FA_RETAIN_HEAP, NULL);
        s->layout = fa_frame_retain(s->ctx, cols, sizeof(int) * (size_t)n, 4, FA_RETAIN_POOL, NULL); // expect: FA604
    }
    fa_frame_end(s->ctx);
}

void screen_drag(struct screen *s, int from, int to)
{
    struct slot *held = FA_POOL_NEW(s->ctx, struct slot);
    if (!held) {
        return;
    }
    *held = s->slots[from];
    s->drag = held;
    if (to < 0) {
        fa_pool_free(s->ctx, held);
        s->slots[from] = *s->drag; // expect: FA607
        s->drag = NULL;
    }
}
