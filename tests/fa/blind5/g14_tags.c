/* Tags and scratch scopes left in every possible way, always right. */
#include <framealloc/framealloc.h>
#include <stdio.h>

struct theme { fa_tag tag_ui, tag_render; fa_context *ctx; };
enum verdict { SKIP, STOP, GO };
enum verdict widget_state(int i);

void theme_init(struct theme *t, fa_allocator *a, fa_context *ctx)
{
    t->ctx = ctx;
    t->tag_ui = fa_tag_intern(a, "render/ui");
    t->tag_render = fa_tag_intern(a, "render");
}

int widgets(struct theme *t, int n)
{
    FA_TAG_SCOPE(t->ctx, t->tag_ui)
    {
        for (int i = 0; i < n; i++) {
            switch (widget_state(i)) {
            case SKIP: continue;
            case STOP: return i;
            case GO: break;
            }
            FA_SCRATCH_SCOPE(t->ctx, tmp)
            {
                char *s = FA_SCRATCH_ARRAY(&tmp, char, 64);
                if (!s) {
                    return -1;
                }
                snprintf(s, 64, "widget %d", i);
                if (s[7] == '9') {
                    break;
                }
                puts(s);
            }
        }
    }
    return n;
}

int pass(struct theme *t, int w, int h)
{
    int rc = -1;
    fa_tag_push(t->ctx, t->tag_render);
    fa_frame_begin(t->ctx);
    float *depth = FA_FRAME_ARRAY(t->ctx, float, (size_t)w * (size_t)h);
    if (depth == NULL) {
        goto out;
    }
    fa_tag_push(t->ctx, t->tag_ui);
    uint8_t *glyphs = fa_frame_alloc(t->ctx, 256, 1);
    fa_tag_pop(t->ctx);
    if (glyphs == NULL) {
        goto out;
    }
    depth[0] = glyphs[0] = 0;
    rc = widgets(t, w);
out:
    fa_frame_end(t->ctx);
    fa_tag_pop(t->ctx);
    return rc;
}

void maybe(struct theme *t, bool verbose)
{
    bool pushed = false;
    if (verbose) {
        pushed = fa_tag_push(t->ctx, t->tag_render) == FA_RESULT_OK;
    }
    fa_scratch outer = fa_scratch_begin(t->ctx);
    int *a = FA_SCRATCH_ARRAY(&outer, int, 10);
    if (a) {
        a[0] = 1;
        fa_scratch inner = fa_scratch_begin_avoiding(t->ctx, outer.arena);
        int *b = FA_SCRATCH_ARRAY(&inner, int, 10);
        if (b) {
            b[0] = a[0];
        }
        fa_scratch_end(&inner);
        a[1] = a[0] + 1;
    }
    fa_scratch_end(&outer);
    if (pushed) {
        fa_tag_pop(t->ctx);
    }
}
