/* The renderer's tags, some by table, some by format of the call. */
#include <framealloc/framealloc.h>

enum { TAG_UI, TAG_ALL, TAG_COUNT };
static const char *const names[TAG_COUNT] = {"gfx/ui", "gfx"};
static fa_tag g_tags[TAG_COUNT];
void step(void);
void sim_step(fa_context *ctx);

void gfx_init(fa_allocator *memory)
{
    for (int i = 0; i < TAG_COUNT; i++) {
        g_tags[i] = fa_tag_intern(memory, names[i]);
    }
}

bool gfx_ui(fa_context *ctx, bool wanted)
{
    FA_TAG_SCOPE(ctx, g_tags[TAG_UI])
    {
        if (!wanted) {
            return false;
        }
        step();
    }
    sim_step(ctx);
    return true;
}

void gfx_tagged(fa_context *ctx, fa_tag tag)
{
    bool pushed = fa_tag_push(ctx, tag) == FA_RESULT_OK;
    step();
    if (pushed) {
        fa_tag_pop(ctx);
    }
}
