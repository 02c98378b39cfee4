#include "game.h"
#define TAG(a, name) fa_tag_intern((a), name "/grid")
fa_tag tag(fa_allocator *a)
{
    return TAG(a, "path"); // expect: FA802
}
