#include "game.h"
/* a list is cleared properly; free(NULL) is fine */
void clear(fa_context *ctx, world *w)
{
    while (w->list) {
        enemy *next = w->list->next;
        fa_pool_free(ctx, w->list);
        w->list = next;
    }
    fa_pool_free(ctx, NULL);
}
