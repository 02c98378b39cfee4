/* Attempts that are kept when they are used. */
#include <framealloc/framealloc.h>
#include <framealloc/speculation.h>

typedef struct path { int cost; int nodes[32]; } path;
bool search(path *p, int from, int to);

path *find(fa_context *ctx, int from, int to)
{
    path *result = NULL;
    FA_SPECULATION_SCOPE(ctx, attempt)
    {
        path *p = FA_FRAME_NEW(ctx, path);
        if (p && search(p, from, to)) {
            fa_speculation_commit(&attempt);
            result = p;
        }
    }
    return result;
}

int by_hand(fa_context *ctx, int from, int to)
{
    int cost = -1;
    fa_speculation s = fa_speculation_begin(ctx);
    path *p = FA_FRAME_NEW(ctx, path);
    if (p && search(p, from, to)) {
        fa_speculation_commit(&s);
        cost = p->cost;
    } else {
        fa_speculation_undo(&s);
    }
    return cost;
}

int best_of(fa_context *ctx, int n)
{
    int best = 1 << 30;
    for (int i = 0; i < n; i++) {
        FA_SPECULATION_SCOPE(ctx, attempt)
        {
            path *p = FA_FRAME_NEW(ctx, path);
            if (!p || !search(p, 0, i)) {
                continue;
            }
            if (p->cost < best) {
                best = p->cost;
            }
        }
    }
    return best;
}

path *kept_through(fa_context *ctx, int goal)
{
    path *p = NULL;
    bool keep = false;
    fa_speculation s = fa_speculation_begin(ctx);
    p = FA_FRAME_NEW(ctx, path);
    if (p) {
        keep = search(p, 0, goal);
    }
    if (keep) {
        fa_speculation_commit(&s);
    } else {
        fa_speculation_undo(&s);
        p = NULL;
    }
    return p;
}
