#include "game.h"
fa_tag tag(fa_allocator *a)
{
    return fa_tag_intern(a, "physics");
}
