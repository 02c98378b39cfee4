#include "game.h"
/* names another's tag to limit it, but does not push it */
void limits(fa_allocator *a)
{
    fa_budget_set_tag(a, fa_tag_intern(a, "physics"), 1 << 20, 1 << 21);
}
