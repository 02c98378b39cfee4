/* Tags of the renderer, pushed by hand around loops and switches. */
#include <framealloc/framealloc.h>
static fa_tag g_ui, g_net;
int draw(int i);
void init(fa_allocator *m)
{
    g_ui = fa_tag_intern(m, "gfx/ui");
    g_net = fa_tag_intern(m, "net");
}
void layers(fa_context *ctx, int n)
{
    fa_tag_push(ctx, g_ui);
    for (int i = 0; i < n; i++) {
        if (draw(i) < 0) {
            break;
        }
    }
    fa_tag_pop(ctx);
}
int layer(fa_context *ctx, int i)
{
    fa_tag_push(ctx, g_ui);
    int r = draw(i);
    if (r < 0) {
        return r; // expect: FA804
    }
    fa_tag_pop(ctx);
    return r;
}
void remote(fa_context *ctx)
{
    FA_TAG_SCOPE(ctx, g_net) // expect: FA801
    {
        draw(0);
    }
}
