#include "game.h"
#include <stdlib.h>
#include <string.h>
#include <stdint.h>
#include <framealloc/typed_pool.h>
typedef struct res { char *name; enemy *owner; int refs; } res;
void a(fa_context *c)
{
    enemy *e = FA_POOL_NEW(c, enemy);
    fa_pool_free(c, e);
    fa_pool_free(c, e); // expect: FA607
}
void b(fa_context *c, res *r)
{
    char *n = r->name;
    fa_heap_free(c, r->name);
    n[0] = 0; // expect: FA607
    r->name = NULL;
}
void d(fa_context *c)
{
    void *p = fa_heap_alloc(c, 64, 8);
    if (p) fa_pool_free(c, p); // expect: FA607
}
void e(fa_context *c)
{
    void *p = malloc(64);
    fa_heap_free(c, p); // expect: FA607
}
void f(fa_context *c)
{
    char *p = fa_heap_alloc(c, 64, 8);
    free(p); // expect: FA607
}
void g(fa_context *c)
{
    char *p = fa_frame_alloc(c, 64, 8);
    free(p); // expect: FA607
}
static void res_unref(fa_context *c, res *r)
{
    if (--r->refs == 0) {
        fa_heap_free(c, r->name);
        fa_pool_free(c, r);
    }
}
int h(fa_context *c, res *r)
{
    res_unref(c, r);
    return r->refs; // expect: FA607
}
void i(fa_context *c, bool fail)
{
    enemy *e = FA_POOL_NEW(c, enemy);
    if (!e) return;
    if (fail) {
        fa_pool_free(c, e);
        goto out;
    }
    use_enemy(e);
out:
    fa_pool_free(c, e); // expect: FA607
}
void j(fa_context *c, char *buf, size_t n)
{
    char *old = buf;
    buf = fa_heap_realloc(c, buf, n * 2);
    if (!buf) { fa_heap_free(c, old); return; }
    old[0] = 0; // expect: FA607
    fa_heap_free(c, buf);
}
void k(fa_context *c)
{
    enemy e;
    fa_pool_free(c, &e); // expect: FA607
}
#define DESTROY(c, p) do { if (p) { fa_pool_free((c), (p)); } } while (0)
void l(fa_context *c, world *w)
{
    DESTROY(c, w->target);
    use_enemy(w->target); // expect: FA607
}
#define DESTROY_NULL(c, p) do { fa_pool_free((c), (p)); (p) = NULL; } while (0)
void m(fa_context *c, world *w)
{
    uintptr_t bits = (uintptr_t)w->target;
    DESTROY_NULL(c, w->target);
    ((enemy *)bits)->health = 1; // expect: FA607
}
void n(fa_context *c, enemy **es, int count)
{
    for (int i = 0; i < count; i++) fa_pool_free(c, es[i]);
    for (int i = 0; i < count; i++) use_enemy(es[i]); // expect: FA607
}
/* good */
void ga(fa_context *c, world *w)
{
    DESTROY_NULL(c, w->target);
    DESTROY_NULL(c, w->target);
}
void gb(fa_context *c, enemy **es, int count)
{
    for (int i = 0; i < count; i++) { fa_pool_free(c, es[i]); es[i] = NULL; }
    for (int i = 0; i < count; i++) if (es[i]) use_enemy(es[i]);
}
void gc(fa_context *c, bool fail)
{
    enemy *e = FA_POOL_NEW(c, enemy);
    if (!e) return;
    if (fail) {
        fa_pool_free(c, e);
        e = NULL;
        goto out;
    }
    use_enemy(e);
out:
    fa_pool_free(c, e);
}
void gd(fa_context *c, res *r)
{
    if (r->refs == 1) { fa_heap_free(c, r->name); fa_pool_free(c, r); return; }
    r->refs--;
}
char *ge(fa_context *c, char *buf, size_t n)
{
    char *grown = fa_heap_realloc(c, buf, n);
    if (!grown) return buf;
    return grown;
}
void gf(fa_context *c, enemy *list)
{
    while (list) { enemy *dead = list; list = list->next; fa_pool_free(c, dead); }
}
static int cmp(const void *a, const void *b) { return ((const enemy *)a)->health - ((const enemy *)b)->health; }
void gg(fa_context *c, int n)
{
    enemy *v = fa_heap_alloc(c, sizeof *v * (size_t)n, 16);
    if (!v) return;
    qsort(v, (size_t)n, sizeof *v, cmp);
    fa_heap_free(c, v);
}
void gh(fa_context *c, world *w)
{
    enemy *e = w->list;
    if (e == w->target) w->target = NULL;
    w->list = e->next;
    fa_pool_free(c, e);
    if (w->target) use_enemy(w->target);
}
void gi(fa_context *c, bool big)
{
    void *p = big ? fa_heap_alloc(c, 1 << 20, 16) : fa_pool_alloc(c, 64, 16);
    if (!p) return;
    memset(p, 0, 64);
    if (big) fa_heap_free(c, p);
    else fa_pool_free(c, p);
}
