#include "game.h"
/* a prefix is not the tag itself */
fa_tag tag(fa_allocator *a)
{
    return fa_tag_intern(a, "render"); // expect: FA802
}
