#include "game.h"
#include <string.h>
#include <stdint.h>
#include <stdlib.h>
enemy *g_enemy;
static uintptr_t g_bits;
static enemy *g_arr[16];
static struct { struct { enemy *e; int k; } in; } g_deep;
typedef struct cache { enemy *hit; int stamp; } cache;
static cache *g_cache;
typedef void (*setter)(world *, enemy *);
static void set_target(world *w, enemy *e) { w->target = e; }
static const setter setters[] = {set_target, NULL};
void alias(fa_context *c)
{
    fa_frame_begin(c);
    enemy *a = FA_FRAME_NEW(c, enemy), *b = a, **slot = &g_enemy;
    *slot = b; // expect: FA601
    fa_frame_end(c);
}
void bits(fa_context *c)
{
    fa_frame_begin(c);
    g_bits = (uintptr_t)FA_FRAME_NEW(c, enemy); // expect: FA601
    fa_frame_end(c);
}
void arr(fa_context *c, int i)
{
    fa_frame_begin(c);
    g_arr[i] = FA_FRAME_NEW(c, enemy); // expect: FA601
    fa_frame_end(c);
}
void deep(fa_context *c)
{
    fa_frame_begin(c);
    g_deep.in.e = FA_FRAME_NEW(c, enemy); // expect: FA601
    fa_frame_end(c);
}
void heaped(fa_context *c, world *w)
{
    (void)w;
    cache *k = fa_heap_alloc(c, sizeof *k, 16);
    if (!k) return;
    fa_frame_begin(c);
    k->hit = FA_FRAME_NEW(c, enemy); // expect: FA601
    fa_frame_end(c);
    g_cache = k;
}
void table(fa_context *c, world *w)
{
    fa_frame_begin(c);
    setters[0](w, FA_FRAME_NEW(c, enemy)); // expect: FA601
    fa_frame_end(c);
}
void list(fa_context *c, world *w)
{
    fa_frame_begin(c);
    enemy *e = FA_FRAME_NEW_ZEROED(c, enemy);
    if (e) {
        e->next = w->list;
        w->list = e; // expect: FA601
        w->count++;
    }
    fa_frame_end(c);
}
int out_param(fa_context *c, enemy **out)
{
    fa_frame_begin(c);
    *out = FA_FRAME_NEW(c, enemy); // expect: FA601
    int ok = *out != NULL;
    fa_frame_end(c);
    return ok;
}
void copied_struct(fa_context *c, cache *k)
{
    fa_frame_begin(c);
    cache local = {FA_FRAME_NEW(c, enemy), 3};
    *k = local; // expect: FA601
    fa_frame_end(c);
}
void memcpyd(fa_context *c, cache *k)
{
    fa_frame_begin(c);
    cache local = {FA_FRAME_NEW(c, enemy), 3};
    memcpy(k, &local, sizeof local); // expect: FA601
    fa_frame_end(c);
}
void early(fa_context *c, world *w, int n)
{
    fa_frame_begin(c);
    w->target = FA_FRAME_NEW(c, enemy); // expect: FA601
    if (n == 0) {
        fa_frame_end(c);
        return;
    }
    use_enemy(w->target);
    w->target = NULL;
    fa_frame_end(c);
}
enemy *returned(fa_context *c)
{
    enemy *e;
    fa_frame_begin(c);
    e = FA_FRAME_NEW(c, enemy);
    if (e) e->health = 3;
    fa_frame_end(c);
    return e; // expect: FA601
}
void statics(fa_context *c)
{
    static enemy *last;
    fa_frame_begin(c);
    if (last) last->health--;
    last = FA_FRAME_NEW(c, enemy); // expect: FA601
    fa_frame_end(c);
}
/* good */
void cleared(fa_context *c, world *w)
{
    fa_frame_begin(c);
    w->target = FA_FRAME_NEW(c, enemy);
    use_enemy(w->target);
    w->target = NULL;
    fa_frame_end(c);
}
void by_value(fa_context *c, enemy *out)
{
    fa_frame_begin(c);
    enemy *e = FA_FRAME_NEW_ZEROED(c, enemy);
    if (e) *out = *e;
    fa_frame_end(c);
}
size_t index_kept(fa_context *c, world *w)
{
    fa_frame_begin(c);
    enemy *e = FA_FRAME_ARRAY(c, enemy, 8), *best = e;
    size_t at = 0;
    for (int i = 1; e && i < 8; i++) if (e[i].health > best->health) best = &e[i];
    if (e) at = (size_t)(best - e);
    w->count = (int)at;
    fa_frame_end(c);
    return at;
}
void frame_in_frame(fa_context *c)
{
    fa_frame_begin(c);
    world *w = FA_FRAME_NEW_ZEROED(c, world);
    if (w) { w->target = FA_FRAME_NEW(c, enemy); w->ctx = c; }
    fa_frame_end(c);
}
void swapped(fa_context *c, world *w)
{
    enemy *keep = w->target;
    fa_frame_begin(c);
    w->target = FA_FRAME_NEW(c, enemy);
    use_enemy(w->target);
    w->target = keep;
    fa_frame_end(c);
}
void pool_ok(fa_context *c, world *w)
{
    fa_frame_begin(c);
    enemy *e = FA_POOL_NEW(c, enemy);
    if (e) { e->next = w->list; w->list = e; }
    fa_frame_end(c);
}
void only_if(fa_context *c, world *w, bool show)
{
    fa_frame_begin(c);
    if (show) w->target = FA_FRAME_NEW(c, enemy);
    use_enemy(w->target);
    if (show) w->target = NULL;
    fa_frame_end(c);
}
void list_cleared(fa_context *c, world *w)
{
    fa_frame_begin(c);
    w->list = NULL;
    for (int i = 0; i < 5; i++) {
        enemy *e = FA_FRAME_NEW(c, enemy);
        if (!e) break;
        e->next = w->list;
        w->list = e;
    }
    for (enemy *e = w->list; e; e = e->next) use_enemy(e);
    w->list = NULL;
    fa_frame_end(c);
}
static void world_reset(world *w) { *w = (world){.ctx = w->ctx}; }
void reset_all(fa_context *c, world *w)
{
    fa_frame_begin(c);
    w->target = FA_FRAME_NEW(c, enemy);
    w->list = FA_FRAME_ARRAY(c, enemy, 3);
    use_enemy(w->target);
    world_reset(w);
    fa_frame_end(c);
}
