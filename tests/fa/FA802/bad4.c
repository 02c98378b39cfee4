#include "game.h"
static const char *const names[] = {"ai", "sound"};
fa_tag tag(fa_allocator *a)
{
    return fa_tag_intern(a, names[1]); // expect: FA802
}
