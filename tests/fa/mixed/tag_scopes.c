#include "game.h"
int work(void);
void a(fa_context *c, fa_tag t, int n)
{
    fa_tag_push(c, t);
    if (n == 3) goto out;
    fa_tag_pop(c);
    return;
out:
    work();
    return; // expect: FA804
}
void b(fa_context *c, fa_tag t)
{
    fa_tag_push(c, t);
    for (int i = 0; i < 10; i++) {
        if (work()) return; // expect: FA804
    }
    fa_tag_pop(c);
}
void d(fa_context *c, fa_tag t)
{
    fa_tag_push(c, t);
    work();
    fa_tag_pop(c);
    fa_tag_pop(c); // expect: FA804
}
void e(fa_context *c, fa_tag t, bool v)
{
    if (v) fa_tag_push(c, t);
    work();
    fa_tag_pop(c); // expect: FA804
}
static void enter(fa_context *c, fa_tag t) { fa_tag_push(c, t); }
static void leave(fa_context *c) { fa_tag_pop(c); }
int f(fa_context *c, fa_tag t)
{
    enter(c, t);
    int r = work();
    if (r < 0) return r; // expect: FA804
    leave(c);
    return 0;
}
/* good */
void ga(fa_context *c, fa_tag t) { enter(c, t); work(); leave(c); }
int gb(fa_context *c, fa_tag t)
{
    FA_TAG_SCOPE(c, t) {
        if (work()) return 1;
        for (int i = 0; i < 3; i++) { if (work()) break; if (work() == 2) continue; }
    }
    return 0;
}
void gc(fa_context *c, fa_tag t, bool v)
{
    if (v) fa_tag_push(c, t);
    work();
    if (v) fa_tag_pop(c);
}
void gd(fa_context *c, const fa_tag *ts, int n)
{
    for (int i = 0; i < n; i++) {
        fa_tag_push(c, ts[i]);
        if (work() == 2) { fa_tag_pop(c); continue; }
        fa_tag_pop(c);
    }
}
void ge(fa_context *a, fa_context *b, fa_tag t)
{
    fa_tag_push(a, t);
    fa_tag_push(b, t);
    work();
    fa_tag_pop(b);
    fa_tag_pop(a);
}
void gf(fa_context *c, const fa_tag *ts, int n)
{
    for (int i = 0; i < n; i++) fa_tag_push(c, ts[i]);
    work();
    for (int i = 0; i < n; i++) fa_tag_pop(c);
}
