/* barrier + threads in whole program */
#include "game.h"
#include <pthread.h>
static fa_barrier *g_bar;
typedef struct wctx { fa_allocator *a; int id; } wctx;
static void *sim(void *p)
{
    wctx *w = p;
    fa_context *ctx = NULL;
    if (fa_context_attach(w->a, NULL, &ctx) != FA_RESULT_OK) return NULL; // expect: FA202
    fa_budget_set_context(ctx, FA_NO_LIMIT, 1 << 20);
    for (int i = 0; i < 100; i++) {
        fa_frame_begin(ctx);
        int *tmp = FA_FRAME_ARRAY(ctx, int, 16);
        if (tmp) tmp[0] = i;
        fa_frame_end(ctx);
        fa_barrier_wait(g_bar, ctx, -1);
    }
    fa_context_detach(ctx);
    return NULL;
}
int run(fa_allocator *a)
{
    pthread_t t[3];
    wctx w[3];
    if (fa_barrier_create(a, 3, &g_bar) != FA_RESULT_OK) return -1;
    for (int i = 0; i < 3; i++) {
        w[i] = (wctx){a, i};
        pthread_create(&t[i], NULL, sim, &w[i]);
    }
    for (int i = 0; i < 3; i++) pthread_join(t[i], NULL);
    fa_barrier_destroy(g_bar);
    return 0;
}
