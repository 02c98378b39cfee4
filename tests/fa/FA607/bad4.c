#include "game.h"
/* the list's next is read from a freed node */
void clear(fa_context *ctx, world *w)
{
    for (enemy *e = w->list; e; e = e->next) { // expect: FA607
        fa_pool_free(ctx, e);
    }
    w->list = NULL;
}
