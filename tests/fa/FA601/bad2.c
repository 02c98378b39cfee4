#include "game.h"
/* an alias chain through integers and a nested member of a static array */
struct slot {
    struct {
        void *p;
    } inner[4];
};
static struct slot g_slots[2];
void update(fa_context *ctx, int i)
{
    fa_frame_begin(ctx);
    enemy *e = FA_FRAME_NEW(ctx, enemy);
    enemy *same = e;
    uintptr_t bits = (uintptr_t)same;
    struct slot *s = &g_slots[i & 1];
    s->inner[2].p = (void *)(bits & ~(uintptr_t)0); // expect: FA601
    fa_frame_end(ctx);
}
