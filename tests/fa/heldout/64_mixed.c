#include "game.h"
#include <pthread.h>
#include <stdlib.h>
/* 1: table of thread functions, args in array of structs in heap */
typedef struct arg { enemy *e; fa_context *ctx; } arg;
static void *w1(void *p) { arg *a = p; use_enemy(a->e); return NULL; }
void t1(fa_context *ctx) {
    pthread_t th[2]; arg *args = malloc(2 * sizeof *args);
    if (!args) return;
    fa_frame_begin(ctx);
    for (int i = 0; i < 2; i++) { args[i].e = FA_FRAME_NEW(ctx, enemy); args[i].ctx = ctx; pthread_create(&th[i], NULL, w1, &args[i]); }
    for (int i = 0; i < 2; i++) pthread_join(th[i], NULL);
    free(args);
    fa_frame_end(ctx);
}
/* 2: send then use */
int t2(fa_context *ctx) {
    fa_transfer *t = NULL; int h;
    fa_frame_begin(ctx);
    enemy *e = FA_FRAME_NEW(ctx, enemy);
    enemy *alias = e;
    if (fa_transfer_send(ctx, e, sizeof *e, &t) != FA_RESULT_OK) { h = e->health; fa_frame_end(ctx); return h; }
    h = alias->health; /* BAD607 */
    fa_frame_end(ctx);
    return h;
}
/* 3: callback in struct on local, synchronous */
struct visitor { void (*fn)(enemy *, void *); void *user; };
static void run_visitor(const struct visitor *v, enemy *l) { for (; l; l = l->next) v->fn(l, v->user); }
static void add(enemy *e, void *u) { *(int *)u += e->health; }
void t3(fa_context *ctx, world *w) {
    fa_frame_begin(ctx);
    int *n = FA_FRAME_NEW_ZEROED(ctx, int);
    struct visitor v = { add, n };
    run_visitor(&v, w->list);
    fa_frame_end(ctx);
}
/* 4: coroutine state machine with static local */
void t4(fa_context *ctx) {
    static enemy *cached;
    if (!cached) cached = FA_FRAME_NEW(ctx, enemy); /* BAD601 */
    use_enemy(cached);
}
/* 5: frame through two wrappers with struct by value */
typedef struct handle { fa_context *c; void *p; } handle;
static handle mk(fa_context *c) { handle h = { c, fa_frame_alloc(c, 8, 8) }; return h; }
static void *get(handle h) { return h.p; }
static void *g_p;
void t5(fa_context *ctx) {
    fa_frame_begin(ctx);
    handle h = mk(ctx);
    g_p = get(h); /* BAD601 */
    fa_frame_end(ctx);
}
/* 6: nested function-like early frees in switch */
int t6(fa_context *ctx, int k) {
    char *b = fa_heap_alloc(ctx, 10, 1);
    if (!b) return 0;
    switch (k) {
    case 0: fa_heap_free(ctx, b); break;
    case 1: fa_heap_free(ctx, b); return 1;
    case 2: return 2; /* BAD608 */
    default: fa_heap_free(ctx, b);
    }
    return b[0]; /* BAD607 */
}
/* 7: tags with two contexts */
void t7(fa_context *a, fa_context *b, fa_tag t) {
    fa_tag_push(a, t);
    fa_tag_push(b, t);
    fa_tag_pop(a);
    fa_tag_pop(b);
}
/* 8: pool free in both branches via ?: */
void t8(fa_context *ctx) {
    enemy *e = FA_POOL_NEW(ctx, enemy);
    is_ready() ? (void)fa_pool_free(ctx, e) : (void)(use_enemy(e), fa_pool_free(ctx, e));
}
/* 9: realloc into self with failure kept */
int t9(fa_context *ctx, world *w, int n) {
    int *ids = fa_heap_alloc(ctx, 16, 4); int cap = 4;
    if (!ids) return -1;
    for (int i = 0; i < n; i++) {
        if (i == cap) { int *m = fa_heap_realloc(ctx, ids, (size_t)cap * 8); if (!m) break; ids = m; cap *= 2; }
        ids[i] = w->count;
    }
    int r = ids[0];
    fa_heap_free(ctx, ids);
    return r;
}
/* 10: frames_in_flight like: begin inside do/while with continue */
void t10(fa_context *ctx) {
    do {
        fa_frame_begin(ctx);
        if (roll_dice() == 1) { fa_frame_end(ctx); continue; }
        use_enemy(FA_FRAME_NEW(ctx, enemy));
        fa_frame_end(ctx);
    } while (is_ready());
}
/* 11: hot loop inside scratch scope whole */
void t11(fa_context *ctx, enemy *l) {
    fa_checkpoint m = fa_frame_mark(ctx);
    for (; l; l = l->next) {
        char *s = fa_frame_printf(ctx, "%d", l->health); /* BAD602 */
        use_enemy((void *)s);
    }
    fa_frame_rewind(ctx, m);
}
