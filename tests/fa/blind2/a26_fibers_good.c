/* Coroutines that keep only what lasts over a wait. */
#include <framealloc/framealloc.h>
typedef struct fiber fiber;
void fiber_wait(fiber *self, int frames);
typedef struct npc { fa_context *ctx; fiber *self; int x, mood; char line[40]; } npc;
int dist(const int *path, int n);

int walk(npc *n, int to)
{
    int steps = 0;
    while (n->x != to) {
        int *path = FA_FRAME_ARRAY(n->ctx, int, 32);
        if (path) {
            path[0] = to;
            steps += dist(path, 32);
        }
        path = NULL;
        n->x += n->x < to ? 1 : -1;
        fiber_wait(n->self, 1);
    }
    return steps;
}
void talk(npc *n)
{
    char *t = fa_frame_printf(n->ctx, "mood %d", n->mood);
    for (int i = 0; t && t[i] && i < 39; i++)
        n->line[i] = t[i];
    fiber_wait(n->self, 30);
    n->mood++;
    t = fa_frame_printf(n->ctx, "mood %d", n->mood);
    if (t)
        n->line[0] = t[0];
}
int both(npc *n)
{
    int *p = FA_POOL_NEW(n->ctx, int);
    if (!p)
        return 0;
    *p = n->x;
    fiber_wait(n->self, 2);
    int x = *p;
    fa_pool_free(n->ctx, p);
    return x;
}
