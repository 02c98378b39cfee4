/* AI that tries moves. */
#include <framealloc/framealloc.h>
#include <framealloc/speculation.h>

typedef struct move { int from, to, score; struct move *next; } move;
typedef struct mind { fa_context *ctx; move *best; int depth; } mind;
int judge(const move *m);

move *try_all(mind *m, int n)
{
    move *best = NULL;
    for (int i = 0; i < n; i++) {
        fa_speculation s = fa_speculation_begin(m->ctx);
        move *c = FA_FRAME_NEW(m->ctx, move);
        if (c) {
            c->score = judge(c);
            if (!best || c->score > best->score) {
                best = c;
                fa_speculation_commit(&s);
                continue;
            }
        }
        fa_speculation_undo(&s);
    }
    return best;
}

int try_one(mind *m)
{
    move *c = NULL;
    FA_SPECULATION_SCOPE(m->ctx, attempt)
    {
        c = FA_FRAME_NEW(m->ctx, move);
        if (!c)
            return -1;
        c->score = judge(c);
        if (c->score > 10)
            fa_speculation_commit(&attempt);
    }
    return c->score; // expect: FA606
}

int try_right(mind *m)
{
    int score = -1;
    FA_SPECULATION_SCOPE(m->ctx, attempt)
    {
        move *c = FA_FRAME_NEW(m->ctx, move);
        if (!c)
            break;
        score = c->score = judge(c);
        if (score > 10) {
            m->best = c;
            fa_speculation_commit(&attempt);
        }
    }
    return score;
}

void remember(mind *m)
{
    FA_CHECKPOINT_SCOPE(m->ctx)
    {
        move *c = FA_FRAME_NEW(m->ctx, move);
        if (c && judge(c) > m->depth)
            m->best = c; // expect: FA601
    }
}
