#include "game.h"
#include <string.h>
#include <stdlib.h>
typedef struct grid { int w, h; float *cells; } grid;
float sample(int, int);
void consume(float *);
void a(fa_context *c, const grid *g)
{
    fa_frame_begin(c);
    for (int y = 0; y < g->h; y++) {
        float *row = FA_FRAME_ARRAY(c, float, (size_t)g->w); // expect: FA602
        if (!row) continue;
        for (int x = 0; x < g->w; x++) row[x] = sample(x, y);
        consume(row);
    }
    fa_frame_end(c);
}
void b(fa_context *c, const enemy *list)
{
    fa_frame_begin(c);
    for (const enemy *e = list; e; e = e->next) {
        char *label = fa_frame_printf(c, "hp %d", e->health); // expect: FA602
        if (label) consume((float *)label);
    }
    fa_frame_end(c);
}
static float *tmp_row(fa_context *c, int w) { return FA_FRAME_ARRAY(c, float, (size_t)w); }
void d(fa_context *c, const grid *g)
{
    int y = 0;
    while (y < g->h) {
        consume(tmp_row(c, g->w)); // expect: FA602
        ++y;
    }
}
#define NEW_TMP(c, T) FA_FRAME_NEW_ZEROED(c, T)
void e(fa_context *c, int n)
{
again:
    if (n-- > 0) {
        consume(NEW_TMP(c, float)); // expect: FA602
        goto again;
    }
}
void f(fa_context *c, int n)
{
    fa_frame_begin(c);
    for (int i = 0; i < n; i++) {
        enemy *e = FA_POOL_NEW(c, enemy); // expect: FA602
        if (!e) break;
        use_enemy(e);
        fa_pool_free(c, e);
    }
    fa_frame_end(c);
}
void g(fa_context *c, int n)
{
    fa_frame_begin(c);
    for (int i = 0; i < n; i++) {
        void *tmp = fa_heap_alloc(c, 1024, 16); // expect: FA602
        if (tmp) { memset(tmp, 0, 1024); fa_heap_free(c, tmp); }
    }
    fa_frame_end(c);
}
typedef float *(*maker)(fa_context *, int);
void h(fa_context *c, int n)
{
    maker m = tmp_row;
    for (int i = 0; i < n; i++) consume(m(c, 4)); // expect: FA602
}
/* good */
void ga(fa_context *c, int n)
{
    for (int i = 0; i < n; i++) {
        fa_frame_begin(c);
        consume(tmp_row(c, 16));
        fa_frame_end(c);
    }
}
void gb(fa_context *c, int n)
{
    for (int i = 0; i < n; i++) {
        if (sample(i, i) > 0.5f) {
            consume(tmp_row(c, 16));
            break;
        }
    }
}
float *gc(fa_context *c, int n)
{
    float *best = NULL;
    size_t cap = 0;
    for (int i = 0; i < n; i++) {
        if ((size_t)i >= cap) {
            size_t next = cap ? cap * 2 : 16;
            best = fa_frame_realloc(c, best, cap * sizeof *best, next * sizeof *best, 16);
            if (!best) return NULL;
            cap = next;
        }
        best[i] = sample(i, 0);
    }
    return best;
}
void gd(fa_context *c, enemy **out, int n)
{
    for (int i = 0; i < n; i++) out[i] = FA_POOL_NEW(c, enemy);
}
void ge(fa_context *c)
{
    static const char *const names[] = {"idle", "walk", "run"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) consume((float *)fa_frame_strdup(c, names[i]));
}
void gf(fa_context *c, int n)
{
    float *t = NULL;
    for (int i = 0; i < n; i++) {
        if (t == NULL) t = tmp_row(c, 8);
        if (!t) return;
        consume(t);
    }
}
void gg(fa_context *c, int n)
{
    for (int i = 0; i < n; i++) {
        fa_checkpoint m = fa_frame_mark(c);
        consume(tmp_row(c, 9));
        fa_frame_rewind(c, m);
    }
}
void gh(fa_context *c, int n)
{
    for (int i = 0; i < n; i++) {
        if (i == 0) consume(tmp_row(c, 9));
    }
}
float *gi(fa_context *c)
{
    for (int tries = 0; tries < 3; tries++) {
        float *p = tmp_row(c, 64);
        if (p) return p;
    }
    return NULL;
}
