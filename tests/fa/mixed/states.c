/* state machine by switch; correlated flags */
#include <framealloc/framealloc.h>
enum state { MENU, PLAY, PAUSE, QUIT };
typedef struct app { enum state st; fa_context *ctx; int *grid; bool in_frame; } app;
void draw(const int *);
enum state next_state(void);
void loop_ok(app *a)
{
    while (a->st != QUIT) {
        bool simulate = a->st == PLAY;
        int *tmp = NULL;
        if (simulate) {
            fa_frame_begin(a->ctx);
            tmp = FA_FRAME_ARRAY(a->ctx, int, 256);
        }
        switch (a->st) {
        case MENU: break;
        case PLAY: if (tmp) draw(tmp); break;
        case PAUSE: break;
        case QUIT: break;
        }
        if (simulate) fa_frame_end(a->ctx);
        a->st = next_state();
    }
}
void loop_bad(app *a)
{
    for (;;) {
        fa_frame_begin(a->ctx); // expect: FA603
        switch (a->st) {
        case MENU: a->st = next_state(); break;
        case PLAY: draw(FA_FRAME_ARRAY(a->ctx, int, 256)); break;
        case PAUSE: a->st = next_state(); continue;
        case QUIT: fa_frame_end(a->ctx); return;
        }
        fa_frame_end(a->ctx);
    }
}
void flag_ok(app *a, int quick)
{
    int *p = quick ? NULL : fa_heap_alloc(a->ctx, 64, 8);
    if (!quick && !p) return;
    if (!quick) { p[0] = 1; draw(p); }
    if (p) fa_heap_free(a->ctx, p);
}
void flag_bad(app *a, int quick)
{
    int *p = fa_heap_alloc(a->ctx, 64, 8);
    if (!p) return;
    p[0] = 1;
    draw(p);
    if (!quick) fa_heap_free(a->ctx, p);
    a->grid = NULL;
    if (quick > 3) return; // expect: FA608
    fa_heap_free(a->ctx, quick ? p : NULL);
}
