/* Tags of the simulation, with scopes that cross. */
#include <framealloc/framealloc.h>
static fa_tag tags[2];
void go(void);
void sim_start(fa_allocator *m)
{
    tags[0] = fa_tag_intern(m, "sim");
    tags[1] = fa_tag_intern(m, "physics"); // expect: FA802
}
int sim_tick(fa_context *ctx, int n)
{
    for (int i = 0; i < n; i++) {
        fa_tag_push(ctx, tags[0]);
        go();
        if (i == 7)
            break;
        fa_tag_pop(ctx);
    }
    return n; // expect: FA804
}
void sim_ui(fa_context *ctx, fa_allocator *m)
{
    const fa_tag ui = fa_tag_intern(m, "gfx/ui");
    FA_TAG_SCOPE(ctx, ui) // expect: FA803
        go();
}
