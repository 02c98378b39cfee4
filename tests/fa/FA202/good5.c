#include "game.h"
/* the threads are started elsewhere */
void run(fa_allocator *allocator, fa_barrier **out)
{
    fa_barrier_create(allocator, 8, out);
}
