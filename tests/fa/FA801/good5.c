#include "game.h"
/* interned for a figure, not pushed */
size_t bytes_of(fa_allocator *a)
{
    fa_tag t = fa_tag_intern(a, "render");
    return (size_t)t;
}
