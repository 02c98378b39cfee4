/* Begin and end where they are hard to see. */
#include <framealloc/framealloc.h>
#include <setjmp.h>

typedef struct host { fa_context *ctx; int depth, errors; bool manual; } host;
int work(int n);

static bool enter(host *h)
{
    if (h->depth++ > 0)
        return false;
    return fa_frame_begin(h->ctx) == FA_RESULT_OK;
}
static void leave(host *h, bool opened)
{
    h->depth--;
    if (opened)
        fa_frame_end(h->ctx);
}

int nested(host *h)
{
    bool a = enter(h);
    bool b = enter(h);
    int n = work(1);
    leave(h, b);
    leave(h, a);
    return n;
}

int switch_leaves(host *h, int how)
{
    fa_frame_begin(h->ctx);
    switch (work(how)) {
    case 0:
        fa_frame_end(h->ctx);
        return 0;
    case 1:
        return 1; // expect: FA603
    default:
        break;
    }
    fa_frame_end(h->ctx);
    return 2;
}

void twice(host *h)
{
    fa_frame_begin(h->ctx);
    if (work(1) < 0)
        fa_frame_end(h->ctx);
    work(2);
    fa_frame_end(h->ctx); // expect: FA603
}

void lazily(host *h)
{
    if (!fa_frame_is_open(h->ctx))
        fa_frame_begin(h->ctx);
    int *p = FA_FRAME_NEW(h->ctx, int);
    if (p)
        *p = work(3);
}

void at_end(host *h)
{
    if (fa_frame_is_open(h->ctx))
        fa_frame_end(h->ctx);
}

void restart(host *h)
{
    fa_frame_begin(h->ctx);
    for (int i = 0; i < 10; i++) {
        if (work(i) == 0) {
            fa_frame_end(h->ctx);
            fa_frame_begin(h->ctx);
        }
        int *p = FA_FRAME_NEW(h->ctx, int); // expect: FA602
        if (p)
            *p = i;
    }
    fa_frame_end(h->ctx);
}

int after_all(host *h)
{
    fa_frame_begin(h->ctx);
    int *p = FA_FRAME_NEW(h->ctx, int);
    if (!p) {
        fa_frame_end(h->ctx);
        return -1;
    }
    *p = work(1);
    fa_frame_end(h->ctx);
    return h->manual ? 0 : *p; // expect: FA606
}
