#include "game.h"
/* a helper gets the name: told at the call */
static fa_tag get(fa_allocator *a, const char *name)
{
    return fa_tag_intern(a, name);
}
void tags(fa_allocator *a, fa_tag out[2])
{
    out[0] = get(a, "ai");
    out[1] = get(a, "a1"); // expect: FA802
}
