/* Letters between threads. */
#include <framealloc/framealloc.h>

typedef struct letter { int to; char text[60]; } letter;
typedef struct post { fa_transfer *box[16]; int count; } post;
void deliver(const letter *l);

bool post_send(fa_context *ctx, post *p, int to)
{
    letter *l = FA_POOL_NEW_ZEROED(ctx, letter);
    if (!l) {
        return false;
    }
    l->to = to;
    fa_transfer *ticket = NULL;
    if (fa_transfer_send(ctx, l, 0, &ticket) != FA_RESULT_OK) {
        fa_pool_free(ctx, l);
        return false;
    }
    p->box[p->count++] = ticket;
    deliver(l); // expect: FA607
    return true;
}

bool post_send_twice(fa_context *ctx, post *p)
{
    letter *l = FA_POOL_NEW_ZEROED(ctx, letter);
    if (!l) {
        return false;
    }
    fa_transfer *ticket = NULL;
    if (fa_transfer_send(ctx, l, 0, &ticket) == FA_RESULT_OK) {
        p->box[p->count++] = ticket;
    }
    fa_pool_free(ctx, l); // expect: FA607
    return true;
}

int post_read(fa_context *ctx, post *p)
{
    void *got = NULL;
    if (p->count == 0 || fa_transfer_receive(ctx, p->box[--p->count], &got) != FA_RESULT_OK) {
        return -1;
    }
    letter *l = got;
    int to = l->to;
    if (to < 0) {
        return -1; // expect: FA608
    }
    fa_pool_free(ctx, l);
    return to;
}

int post_read_well(fa_context *ctx, post *p)
{
    void *got = NULL;
    int to = -1;
    while (p->count > 0) {
        fa_result r = fa_transfer_receive(ctx, p->box[--p->count], &got);
        if (r == FA_RESULT_OK) {
            to = ((letter *)got)->to;
            fa_pool_free(ctx, got);
            break;
        }
    }
    return to;
}

void post_frame(fa_context *ctx, post *p)
{
    fa_frame_begin(ctx);
    letter *l = FA_FRAME_NEW_ZEROED(ctx, letter);
    if (l && fa_transfer_send(ctx, l, sizeof *l, &p->box[0]) == FA_RESULT_OK) {
        p->count = 1;
    }
    fa_frame_end(ctx);
}
