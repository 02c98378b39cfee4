#include "game.h"
#include <threads.h>
/* a list that another thread built */
static enemy *g_dead;
static int reap(void *data)
{
    while (g_dead) {
        enemy *e = g_dead;
        g_dead = e->next;
        fa_pool_free(data, e); // expect: FA204
    }
    return 0;
}
void start(fa_context *ctx)
{
    thrd_t thread;
    thrd_create(&thread, reap, ctx);
    thrd_join(thread, NULL);
}
