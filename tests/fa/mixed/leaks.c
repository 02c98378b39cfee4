#include "game.h"
#include <string.h>
#include <stdlib.h>
#include <stdio.h>
typedef struct holder { enemy *e; char *text; struct holder *next; } holder;
static holder *g_head;
void keep(enemy *e);
void a(fa_context *c)
{
    char *p = fa_heap_alloc(c, 64, 1); // expect: FA608
    if (p) strcpy(p, "x");
}
int b(fa_context *c, int n)
{
    char *p = fa_heap_alloc(c, 64, 1);
    if (!p) return -1;
    if (n > 10) return -2; // expect: FA608
    fa_heap_free(c, p);
    return 0;
}
void d(fa_context *c)
{
    enemy *e = FA_POOL_NEW(c, enemy);
    e = FA_POOL_NEW(c, enemy); // expect: FA608
    fa_pool_free(c, e);
}
bool e(fa_context *c, holder **out)
{
    holder *h = FA_POOL_NEW_ZEROED(c, holder);
    if (!h) return false;
    h->e = FA_POOL_NEW(c, enemy);
    h->text = fa_heap_alloc(c, 10, 1);
    if (!h->text) {
        fa_pool_free(c, h);
        return false; // expect: FA608
    }
    *out = h;
    return true;
}
void f(fa_context *c, int n)
{
    for (int i = 0; i < n; i++) {
        char *line = fa_heap_alloc(c, 80, 1);
        if (!line) break;
        if (line[0] == '#') continue; // expect: FA608
        puts(line);
        fa_heap_free(c, line);
    }
}
void g(fa_context *c, holder *h)
{
    h->e = FA_POOL_NEW(c, enemy);
    h->e = NULL; // expect: FA608
}
static enemy *make(fa_context *c) { return FA_POOL_NEW_ZEROED(c, enemy); }
void h(fa_context *c)
{
    make(c); // expect: FA608
}
void i(fa_context *c, int k)
{
    enemy *e = make(c); // expect: FA608
    if (!e) return;
    switch (k) {
    case 0: keep(e); break;
    case 1: fa_pool_free(c, e); break;
    default: break;
    }
}
void j(fa_context *c)
{
    char *p = fa_heap_alloc(c, 16, 1);
    p = fa_heap_realloc(c, p, 32);
    fa_heap_free(c, p);
}
/* good */
void ga(fa_context *c)
{
    holder *h = FA_POOL_NEW_ZEROED(c, holder);
    if (!h) return;
    h->next = g_head;
    g_head = h;
}
enemy *gb(fa_context *c, int n)
{
    enemy *e = make(c);
    if (n < 0) { fa_pool_free(c, e); e = NULL; }
    return e;
}
void gc(fa_context *c, world *w)
{
    w->target = make(c);
}
int gd(fa_context *c)
{
    int rc = -1;
    char *a = NULL, *b = NULL;
    a = fa_heap_alloc(c, 10, 1);
    if (!a) goto out;
    b = fa_heap_alloc(c, 10, 1);
    if (!b) goto out;
    rc = 0;
out:
    fa_heap_free(c, b);
    fa_heap_free(c, a);
    return rc;
}
void ge(fa_context *c, enemy **slots, int n)
{
    for (int i = 0; i < n; i++) if (!slots[i]) { slots[i] = make(c); return; }
}
struct pair { enemy *a, *b; };
struct pair gf(fa_context *c) { struct pair p = {make(c), make(c)}; return p; }
void gg(fa_context *c)
{
    enemy *e = make(c);
    if (!e) { fprintf(stderr, "no memory\n"); exit(1); }
    keep(e);
}
void gh(fa_context *c, holder *h)
{
    char *t = fa_heap_alloc(c, 10, 1);
    if (!t) return;
    char *old = h->text;
    h->text = t;
    fa_heap_free(c, old);
}
void gi(fa_context *c, int n)
{
    enemy **es = fa_heap_alloc(c, sizeof *es * (size_t)n, 8);
    if (!es) return;
    for (int i = 0; i < n; i++) es[i] = make(c);
    for (int i = 0; i < n; i++) use_enemy(es[i]);
    for (int i = 0; i < n; i++) fa_pool_free(c, es[i]);
    fa_heap_free(c, es);
}
void gj(fa_context *c)
{
    static enemy *cached;
    if (!cached) cached = make(c);
    use_enemy(cached);
}
void gk(fa_context *c, holder *h)
{
    char *t = fa_heap_realloc(c, h->text, 32);
    if (t) h->text = t;
}
void gl(fa_context *c, holder *list)
{
    holder *n = FA_POOL_NEW_ZEROED(c, holder);
    if (!n) return;
    holder *at = list;
    while (at->next) at = at->next;
    at->next = n;
}
void gm(fa_context *c, holder **list)
{
    holder *n = FA_POOL_NEW_ZEROED(c, holder), **at = list;
    if (!n) return;
    while (*at) at = &(*at)->next;
    *at = n;
}
