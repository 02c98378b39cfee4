#include "game.h"
#include <stdio.h>
/* made at run time */
fa_tag tag(fa_allocator *a, int i)
{
    char name[32];
    snprintf(name, sizeof name, "ai/%d", i);
    return fa_tag_intern(a, name);
}
