/* Attempts that are undone. */
#include <framealloc/framealloc.h>
#include <framealloc/speculation.h>

typedef struct path { int cost; int nodes[32]; } path;
typedef struct brain { fa_context *ctx; path *plan; } brain;
bool search(path *p, int from, int to);

int cheapest(fa_context *ctx, int from, int to)
{
    path *best = NULL;
    FA_SPECULATION_SCOPE(ctx, attempt)
    {
        path *p = FA_FRAME_NEW(ctx, path);
        if (p && search(p, from, to)) {
            best = p;
        }
    }
    return best ? best->cost : -1; // expect: FA606
}

int by_hand(fa_context *ctx, int from, int to)
{
    fa_speculation s = fa_speculation_begin(ctx);
    path *p = FA_FRAME_NEW(ctx, path);
    bool found = p && search(p, from, to);
    if (found) {
        fa_speculation_commit(&s);
    } else {
        fa_speculation_undo(&s);
    }
    return p ? p->cost : -1; // expect: FA606
}

void plan(brain *b, int from, int to)
{
    FA_SPECULATION_SCOPE(b->ctx, attempt)
    {
        path *p = FA_FRAME_NEW(b->ctx, path);
        if (!p) {
            return;
        }
        b->plan = p; // expect: FA601
        if (search(p, from, to)) {
            break;
        }
        b->plan = NULL;
    }
}

int guarded(fa_context *ctx)
{
    int *best = NULL;
    FA_CHECKPOINT_SCOPE(ctx)
    {
        best = FA_FRAME_NEW(ctx, int);
        if (best) {
            *best = 4;
        }
    }
    return best ? *best : 0; // expect: FA606
}
