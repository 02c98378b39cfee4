#include "game.h"
#include <string.h>
#include <stdio.h>
void print(const char *);
void a(fa_context *c)
{
    fa_frame_begin(c);
    enemy *e = FA_FRAME_NEW(c, enemy), *alias = e;
    fa_frame_end(c);
    alias->health = 3; // expect: FA606
}
static int health(const enemy *e) { return e ? e->health : 0; }
int b(fa_context *c)
{
    fa_frame_begin(c);
    enemy *e = FA_FRAME_NEW_ZEROED(c, enemy);
    fa_frame_end(c);
    return health(e); // expect: FA606
}
static void close_frame(fa_context *c) { fa_frame_end(c); }
void d(fa_context *c)
{
    char *s;
    fa_frame_begin(c);
    s = fa_frame_strdup(c, "x");
    close_frame(c);
    print(s); // expect: FA606
}
void e(fa_context *c, int n)
{
    char *buf = NULL;
    for (int i = 0; i < n; i++) {
        fa_frame_begin(c);
        if (!buf) buf = fa_frame_alloc(c, 256, 1);
        if (buf) snprintf(buf, 256, "%d", i); // expect: FA606
        fa_frame_end(c);
    }
}
void f(world *w)
{
    fa_frame_begin(w->ctx);
    w->target = FA_FRAME_NEW(w->ctx, enemy); // expect: FA601
    fa_frame_end(w->ctx);
    use_enemy(w->target); // expect: FA606
}
void g(fa_context *c)
{
    enemy *es[4];
    fa_frame_begin(c);
    for (int i = 0; i < 4; i++) es[i] = FA_FRAME_NEW(c, enemy);
    fa_frame_end(c);
    for (int i = 0; i < 4; i++) use_enemy(es[i]); // expect: FA606
}
void h(fa_context *c, bool flush)
{
    fa_frame_begin(c);
    enemy *e = FA_FRAME_NEW(c, enemy);
    if (!e) { fa_frame_end(c); return; }
    if (flush) { fa_frame_end(c); fa_frame_begin(c); }
    e->health = 1; // expect: FA606
    fa_frame_end(c);
}
typedef struct view { const char *text; size_t n; } view;
static view make_view(fa_context *c, const char *t) { view v = {fa_frame_strdup(c, t), strlen(t)}; return v; }
void i(fa_context *c)
{
    fa_frame_begin(c);
    view v = make_view(c, "abc");
    fa_frame_end(c);
    if (v.n) print(v.text); // expect: FA606
}
void j(fa_context *c)
{
    fa_frame_begin(c);
    fa_checkpoint m = fa_frame_mark(c);
    char *s = fa_frame_strdup(c, "q");
    for (int k = 0; k < 2; k++) {
        print(s); // expect: FA606
        fa_frame_rewind(c, m);
    }
    fa_frame_end(c);
}
/* good */
void ga(fa_context *c)
{
    fa_frame_begin(c);
    enemy *e = FA_FRAME_NEW(c, enemy);
    bool got = e != NULL;
    fa_frame_end(c);
    if (e == NULL || !got) print("no memory");
    size_t n = sizeof *e;
    (void)n;
}
int gb(fa_context *c)
{
    fa_frame_begin(c);
    enemy *e = FA_FRAME_NEW_ZEROED(c, enemy);
    int hp = e ? e->health : 0;
    fa_frame_end(c);
    return hp;
}
void gc(fa_context *a, fa_context *b)
{
    fa_frame_begin(a);
    fa_frame_begin(b);
    enemy *e = FA_FRAME_NEW(a, enemy);
    fa_frame_end(b);
    use_enemy(e);
    fa_frame_end(a);
}
void gd(fa_context *c, int n)
{
    char *buf = NULL;
    for (int i = 0; i < n; i++) {
        fa_frame_begin(c);
        buf = fa_frame_alloc(c, 256, 1);
        if (buf) snprintf(buf, 256, "%d", i);
        fa_frame_end(c);
    }
}
void ge(fa_context *c, int n)
{
    fa_frame_begin(c);
    enemy *best = FA_FRAME_NEW_ZEROED(c, enemy);
    for (int i = 0; i < n && best; i++) {
        fa_checkpoint m = fa_frame_mark(c);
        enemy *tmp = FA_FRAME_NEW_ZEROED(c, enemy);
        if (tmp && tmp->health > best->health) *best = *tmp;
        fa_frame_rewind(c, m);
    }
    use_enemy(best);
    fa_frame_end(c);
}
void gf(fa_context *c, char *out, size_t n)
{
    fa_frame_begin(c);
    char *s = fa_frame_strdup(c, "hello");
    if (s) snprintf(out, n, "%s", s);
    fa_frame_end(c);
    print(out);
}
void gg(fa_context *c, bool keep)
{
    enemy *e = NULL;
    fa_frame_begin(c);
    if (keep) e = FA_POOL_NEW(c, enemy);
    else e = FA_FRAME_NEW(c, enemy);
    use_enemy(e);
    fa_frame_end(c);
    if (keep && e) { use_enemy(e); fa_pool_free(c, e); }
}
