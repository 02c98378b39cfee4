/* Tagged steps in a table; scopes by macro and by hand, balanced on every way out. */
#include <framealloc/framealloc.h>
typedef struct step { const char *tag; bool (*run)(fa_context *); } step;
bool broad(fa_context *); bool narrow(fa_context *);
static const step steps[] = {{"sim/broad", broad}, {"sim/narrow", narrow}};
static fa_tag g_tags[2];
void sim_init(fa_allocator *m) { for (int i = 0; i < 2; i++) g_tags[i] = fa_tag_intern(m, steps[i].tag); }
bool sim_run(fa_context *ctx)
{
    for (int i = 0; i < 2; i++) {
        fa_tag_push(ctx, g_tags[i]);
        bool ok = steps[i].run(ctx);
        fa_tag_pop(ctx);
        if (!ok) return false;
    }
    return true;
}
int sim_try(fa_context *ctx, int n)
{
    FA_TAG_SCOPE(ctx, g_tags[0])
    {
        for (int i = 0; i < n; i++) {
            if (!broad(ctx)) return i;
        }
        if (n == 3) goto out;
    }
    return n;
out:
    return -1;
}
