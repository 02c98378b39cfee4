/* tags */
#include <framealloc/framealloc.h>
extern fa_tag tag_physics, tag_render;
void solve(void);
int broad_phase(fa_context *ctx, int n)
{
    fa_tag_push(ctx, tag_physics);
    int *pairs = FA_FRAME_ARRAY(ctx, int, 64);
    if (!pairs) return -1; // expect: FA804
    solve();
    fa_tag_pop(ctx);
    return n;
}
int broad_phase_ok(fa_context *ctx, int n)
{
    int result = -1;
    fa_tag_push(ctx, tag_physics);
    int *pairs = FA_FRAME_ARRAY(ctx, int, 64);
    if (!pairs) goto out;
    solve();
    result = n;
out:
    fa_tag_pop(ctx);
    return result;
}
int scoped(fa_context *ctx, int n)
{
    FA_TAG_SCOPE(ctx, tag_render) {
        int *p = FA_FRAME_ARRAY(ctx, int, 64);
        if (!p) return -1;
        solve();
    }
    return n;
}
void two(fa_context *ctx, int n)
{
    fa_tag_push(ctx, tag_physics);
    if (n > 3) {
        fa_tag_push(ctx, tag_render);
        solve();
        fa_tag_pop(ctx);
    }
    solve();
    fa_tag_pop(ctx);
}
void loop_leak(fa_context *ctx, int n)
{
    for (int i = 0; i < n; i++) {
        fa_tag_push(ctx, tag_physics); // expect: FA804
        if (i == 3) continue;
        solve();
        fa_tag_pop(ctx);
    }
}
