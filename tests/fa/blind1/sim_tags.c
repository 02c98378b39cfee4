/* The simulation's tags. */
#include <framealloc/framealloc.h>

static fa_tag g_broad, g_gfx;
void step(void);

void sim_init(fa_allocator *memory)
{
    g_broad = fa_tag_intern(memory, "sim/broad");
    g_gfx = fa_tag_intern(memory, "gfx");
    fa_tag_intern(memory, "sin/narrow"); // expect: FA802
}

void sim_step(fa_context *ctx, fa_allocator *memory)
{
    fa_tag_push(ctx, g_broad);
    step();
    fa_tag_pop(ctx);
    FA_TAG_SCOPE(ctx, fa_tag_intern(memory, "sim/narrow"))
    {
        step();
    }
}

void sim_draw(fa_context *ctx)
{
    FA_TAG_SCOPE(ctx, g_gfx) // expect: FA803
    {
        step();
    }
}

void sim_beep(fa_context *ctx, fa_allocator *memory)
{
    fa_tag snd = fa_tag_intern(memory, "snd");
    fa_tag_push(ctx, snd); // expect: FA801
    step();
    fa_tag_pop(ctx);
}
