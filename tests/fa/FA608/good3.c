#include "game.h"
/* a list of its own, built and freed */
void list(fa_context *ctx, int n)
{
    enemy *head = NULL;
    for (int i = 0; i < n; i++) {
        enemy *e = FA_POOL_NEW(ctx, enemy);
        if (!e) {
            break;
        }
        e->next = head;
        head = e;
    }
    while (head) {
        enemy *next = head->next;
        fa_pool_free(ctx, head);
        head = next;
    }
}
