#include "game.h"
fa_tag tag(fa_allocator *a, const char *name)
{
    return fa_tag_intern(a, name);
}
