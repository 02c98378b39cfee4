/* scratch scopes and speculation */
#include <framealloc/framealloc.h>
#include <framealloc/scratch.h>
#include <framealloc/speculation.h>
typedef struct hit { int id; float t; } hit;
int scratch_ok(fa_context *c, int n)
{
    int s = 0;
    fa_frame_begin(c);
    hit *out = NULL;
    FA_SCRATCH_SCOPE(c, tmp) {
        int *v = FA_SCRATCH_ARRAY(&tmp, int, (size_t)n);
        out = FA_FRAME_NEW(c, hit);
        if (v && out) { v[0] = 1; out->id = v[0]; }
    }
    if (out) s = out->id;
    fa_frame_end(c);
    return s;
}
int scratch_bad(fa_context *c, int n)
{
    int *v = NULL;
    FA_SCRATCH_SCOPE(c, tmp) {
        v = FA_SCRATCH_ARRAY(&tmp, int, (size_t)n);
        if (v) v[0] = 1;
    }
    return v ? v[0] : 0; // expect: FA606
}
int scratch_two(fa_context *c)
{
    fa_scratch a = fa_scratch_begin(c);
    int *keep = FA_SCRATCH_NEW(&a, int);
    fa_scratch b = fa_scratch_begin(c);
    int *tmp = FA_SCRATCH_NEW(&b, int);
    if (!keep || !tmp) { fa_scratch_end(&b); fa_scratch_end(&a); return 0; }
    *tmp = 2;
    fa_scratch_end(&b);
    *keep = 1;
    int r = *keep + *tmp; // expect: FA606
    fa_scratch_end(&a);
    return r;
}
int scratch_early(fa_context *c, int n)
{
    FA_SCRATCH_SCOPE(c, tmp) {
        int *v = FA_SCRATCH_ARRAY(&tmp, int, (size_t)n);
        if (!v) return -1;
        if (n > 3) return v[0];
    }
    return 0;
}
hit *scratch_escape(fa_context *c)
{
    fa_scratch a = fa_scratch_begin(c);
    hit *h = FA_SCRATCH_NEW(&a, hit);
    fa_scratch_end(&a);
    return h; // expect: FA601
}
bool try_path(hit *);
hit *speculate(fa_context *c)
{
    fa_speculation s = fa_speculation_begin(c);
    hit *h = FA_FRAME_NEW(c, hit);
    if (h && try_path(h)) {
        fa_speculation_commit(&s);
        return h;
    }
    fa_speculation_undo(&s);
    return NULL;
}
hit *speculate_bad(fa_context *c)
{
    fa_speculation s = fa_speculation_begin(c);
    hit *h = FA_FRAME_NEW(c, hit);
    if (h && !try_path(h)) {
        fa_speculation_undo(&s);
        return h; // expect: FA601
    }
    fa_speculation_commit(&s);
    return h;
}
