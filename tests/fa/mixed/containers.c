#include <framealloc/framealloc.h>
#include <framealloc/vector.h>
#include <framealloc/map.h>
#include <framealloc/text.h>
#include <framealloc/group.h>
#include <framealloc/worker.h>
#include <string.h>
typedef struct hit { int id; float t; } hit;
static const char *g_line;
static hit *g_best;
void use(const void *);
void text_bad(fa_context *c)
{
    fa_frame_begin(c);
    fa_text t = fa_text_make(c);
    fa_text_append(&t, "hello");
    fa_text_printf(&t, " %d", 3);
    g_line = fa_text_finish(&t); // expect: FA601
    fa_frame_end(c);
}
void text_late(fa_context *c)
{
    fa_frame_begin(c);
    fa_text t = fa_text_make(c);
    fa_text_append(&t, "hello");
    const char *s = fa_text_finish(&t);
    fa_frame_end(c);
    use(s); // expect: FA606
}
void text_ok(fa_context *a, fa_context *b)
{
    fa_frame_begin(a);
    fa_frame_begin(b);
    fa_text t = fa_text_make(a);
    fa_text_append(&t, "hello");
    const char *s = fa_text_finish(&t);
    fa_frame_end(b);
    use(s);
    fa_frame_end(a);
}
void vector_bad(fa_context *c)
{
    fa_frame_begin(c);
    fa_vector v = FA_VECTOR(c, hit);
    hit *h = FA_VECTOR_PUSH(&v, hit);
    if (h) { h->id = 1; g_best = h; } // expect: FA601
    fa_frame_end(c);
}
void vector_ok(fa_context *c, int n)
{
    fa_frame_begin(c);
    fa_vector v = FA_VECTOR(c, hit);
    for (int i = 0; i < n; i++) {
        hit *h = FA_VECTOR_PUSH(&v, hit);
        if (!h) break;
        *h = (hit){i, 0.5f};
    }
    use(v.items);
    fa_frame_end(c);
}
void map_bad(fa_context *c)
{
    fa_frame_begin(c);
    fa_map m = FA_MAP(c, int, hit);
    hit *h = FA_MAP_PUT(&m, int, hit, 3);
    fa_frame_end(c);
    if (h) h->id = 3; // expect: FA606
}
void map_ok(fa_context *c, int n)
{
    fa_frame_begin(c);
    fa_map m = FA_MAP(c, int, hit);
    for (int i = 0; i < n; i++) {
        hit *h = FA_MAP_PUT(&m, int, hit, i);
        if (h) h->id = i;
    }
    fa_frame_end(c);
}
int group_bad(fa_context *c, fa_group *g)
{
    hit *h = FA_GROUP_NEW(c, g, hit);
    if (!h) return 0;
    h->id = 3;
    fa_group_free_all(c, g);
    return h->id; // expect: FA607
}
int group_ok(fa_context *c, fa_group *g)
{
    hit *h = FA_GROUP_NEW(c, g, hit);
    if (!h) return 0;
    h->id = 3;
    return h->id;
}
void group_family(fa_context *c, fa_group *g)
{
    hit *h = FA_GROUP_NEW(c, g, hit);
    if (h) fa_pool_free(c, h); // expect: FA607
}
void group_escape(fa_context *c, fa_group *g)
{
    typedef struct link { hit *h; } link;
    link *l = FA_GROUP_NEW(c, g, link);
    if (!l) return;
    fa_frame_begin(c);
    l->h = FA_FRAME_NEW(c, hit); // expect: FA601
    fa_frame_end(c);
}
void batch_ok(fa_context *c)
{
    fa_frame_begin(c);
    void *p[16];
    if (fa_frame_batch(c, 16, sizeof(hit), FA_ALIGNOF(hit), p)) use(p[3]);
    fa_frame_end(c);
}
static void *g_slots[16];
void batch_bad(fa_context *c)
{
    fa_frame_begin(c);
    if (fa_frame_batch(c, 16, sizeof(hit), FA_ALIGNOF(hit), g_slots)) use(g_slots[3]); // expect: FA601
    fa_frame_end(c);
}
static void run(fa_context *c, void *user) { (void)c; ((hit *)user)->id = 1; }
void jobs_ok(fa_context *c, fa_workers *w)
{
    fa_frame_begin(c);
    fa_job *j = FA_FRAME_ARRAY_ZEROED(c, fa_job, 4);
    hit *h = FA_FRAME_ARRAY(c, hit, 4);
    if (j && h) {
        for (int i = 0; i < 4; i++) {
            j[i] = (fa_job){.fn = run, .user = &h[i]};
            fa_workers_submit(w, &j[i]);
        }
        fa_workers_join(w, -1);
    }
    fa_frame_end(c);
}
void jobs_bad(fa_context *c, fa_workers *w)
{
    fa_frame_begin(c);
    fa_job *j = FA_FRAME_NEW_ZEROED(c, fa_job);
    hit *h = FA_FRAME_NEW(c, hit);
    if (j && h) {
        *j = (fa_job){.fn = run, .user = h};
        fa_workers_submit(w, j); // expect: FA703
    }
    fa_frame_end(c);
}
static void slice(fa_context *c, size_t b, size_t e, void *user)
{
    int *tmp = FA_FRAME_ARRAY(c, int, 64);
    hit *h = user;
    for (size_t i = b; i < e; i++) h[i].id = tmp ? tmp[0] : 0;
}
void par(fa_context *c, fa_workers *w)
{
    fa_frame_begin(c);
    hit *h = FA_FRAME_ARRAY(c, hit, 1000);
    if (h) fa_workers_for(w, c, 1000, 64, slice, h);
    fa_frame_end(c);
}
FA_RETURNS_POOL bool hit_make(fa_context *c, hit **out);
FA_RETURNS_HEAP fa_result blob_make(fa_context *c, size_t n, void **out);
int outs(fa_context *c)
{
    hit *h;
    if (!hit_make(c, &h)) return -1;
    void *b;
    if (blob_make(c, 10, &b) != FA_RESULT_OK) return -2; // expect: FA608
    fa_pool_free(c, h);
    fa_heap_free(c, b);
    return 0;
}
int outs_ok(fa_context *c)
{
    hit *h;
    if (!hit_make(c, &h)) return -1;
    void *b;
    if (blob_make(c, 10, &b) != FA_RESULT_OK) { fa_pool_free(c, h); return -2; }
    fa_pool_free(c, h);
    fa_heap_free(c, b);
    return 0;
}
