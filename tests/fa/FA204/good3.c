#include "game.h"
/* the owner's thread clears its own list */
void clear(fa_context *ctx, world *w)
{
    while (w->list) {
        enemy *next = w->list->next;
        fa_pool_free(ctx, w->list);
        w->list = next;
    }
}
