#include "game.h"
#define KEEP(c, p, policy) fa_frame_retain((c), (p), sizeof *(p), _Alignof(max_align_t), (policy), NULL)
void a(fa_context *c)
{
    enemy local = {0};
    fa_retained id = KEEP(c, &local, FA_RETAIN_POOL); // expect: FA604
    (void)id;
}
void b(fa_context *c)
{
    fa_frame_begin(c);
    enemy *e = FA_POOL_NEW(c, enemy);
    fa_retained id = KEEP(c, e, FA_RETAIN_HEAP); // expect: FA604
    (void)id;
    fa_frame_end(c);
    fa_pool_free(c, e);
}
fa_retained d(fa_context *c)
{
    fa_frame_begin(c);
    enemy *e = FA_FRAME_NEW(c, enemy);
    fa_retained id = KEEP(c, e, FA_RETAIN_HEAP);
    id = KEEP(c, e, FA_RETAIN_POOL); // expect: FA604
    fa_frame_end(c);
    return id;
}
void e(fa_context *c, fa_retained *out)
{
    fa_frame_begin(c);
    enemy *e = FA_FRAME_NEW(c, enemy);
    *out = KEEP(c, e, FA_RETAIN_SCRATCH); // expect: FA604
    fa_frame_end(c);
}
void f(fa_context *c)
{
    fa_frame_begin(c);
    enemy *e = FA_FRAME_NEW(c, enemy);
    fa_retained id = KEEP(c, e, FA_RETAIN_HEAP);
    void *p;
    if (fa_retained_take(c, id, &p) == FA_RESULT_OK) fa_heap_free(c, p); // expect: FA604
    fa_frame_end(c);
}
void g(fa_context *c)
{
    fa_frame_begin(c);
    enemy *e = FA_FRAME_NEW(c, enemy);
    fa_retained id = KEEP(c, e, FA_RETAIN_DISCARD);
    fa_frame_end(c);
    void *p;
    fa_retained_take(c, id, &p); // expect: FA605
}
static fa_retained g_id;
void h(fa_context *c)
{
    fa_frame_begin(c);
    enemy *e = FA_FRAME_NEW(c, enemy);
    g_id = KEEP(c, e, FA_RETAIN_HEAP);
    fa_frame_end(c);
}
void h2(fa_context *c)
{
    void *p = NULL;
    if (fa_retained_take(c, g_id, &p) != FA_RESULT_OK) return;
    use_enemy(p);
    fa_heap_free(c, p);
}
enemy *i(fa_context *c)
{
    fa_frame_begin(c);
    enemy *e = FA_FRAME_NEW(c, enemy);
    if (!e) { fa_frame_end(c); return NULL; }
    fa_retained id = KEEP(c, e, FA_RETAIN_POOL);
    fa_frame_end(c);
    void *p = NULL;
    fa_result r = fa_retained_take(c, id, &p);
    return r == FA_RESULT_OK ? p : NULL;
}
void j(fa_context *c)
{
    fa_frame_begin(c);
    enemy *e = FA_FRAME_NEW(c, enemy);
    if (!e) { fa_frame_end(c); return; }
    fa_retained id = KEEP(c, e, FA_RETAIN_POOL);
    fa_frame_end(c);
    void *p = NULL;
    if (fa_retained_take(c, id, &p) != FA_RESULT_OK) return; // expect: FA608
    use_enemy(p);
}
