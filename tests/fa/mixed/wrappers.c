/* wrappers, annotated and not */
#include "game.h"
#include <string.h>
#define TEMP(T, n) ((T *)temp_alloc(sizeof(T) * (n)))
static fa_context *g_ctx;
static void *temp_alloc(size_t n) { return fa_frame_alloc(g_ctx, n, 16); }
static void frame_open(void) { fa_frame_begin(g_ctx); }
static void frame_close(void) { fa_frame_end(g_ctx); }
static struct { int *scores; int n; } g_board;
static const char *g_name;
void tick_bad(void)
{
    frame_open();
    g_board.scores = TEMP(int, 10); // expect: FA601
    if (g_board.scores) memset(g_board.scores, 0, 40);
    frame_close();
}
void tick_ok(void)
{
    frame_open();
    int *s = TEMP(int, 10);
    if (s) s[0] = 1;
    frame_close();
}
void tick_unbalanced(int quit)
{
    frame_open();
    if (quit)
        return; // expect: FA603
    frame_close();
}
void set_name(const char *n) { g_name = n; }
void name_bad(int id)
{
    frame_open();
    set_name(fa_frame_printf(g_ctx, "p%d", id)); // expect: FA601
    frame_close();
}
void name_ok(int id)
{
    frame_open();
    set_name(fa_frame_printf(g_ctx, "p%d", id));
    set_name(NULL);
    frame_close();
}
