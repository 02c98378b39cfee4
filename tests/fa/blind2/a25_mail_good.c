/* Actors that send each other messages: forwarded, answered, cancelled, kept. */
#include <framealloc/framealloc.h>
typedef struct msg { int kind; struct msg *next; } msg;
typedef struct actor { fa_context *ctx; fa_transfer *in[8]; int count; msg *kept; } actor;
int handle(const msg *m);

bool post(actor *from, actor *to, int kind)
{
    msg *m = FA_POOL_NEW_ZEROED(from->ctx, msg);
    if (!m)
        return false;
    m->kind = kind;
    if (to->count == 8 || fa_transfer_send(from->ctx, m, 0, &to->in[to->count]) != FA_RESULT_OK) {
        fa_pool_free(from->ctx, m);
        return false;
    }
    to->count++;
    return true;
}
void forward(actor *a, actor *b)
{
    void *p = NULL;
    if (a->count == 0 || fa_transfer_receive(a->ctx, a->in[--a->count], &p) != FA_RESULT_OK)
        return;
    msg *m = p;
    if (handle(m) > 0) {
        fa_pool_free(a->ctx, m);
        return;
    }
    if (b->count < 8 && fa_transfer_send(a->ctx, m, 0, &b->in[b->count]) == FA_RESULT_OK) {
        b->count++;
        return;
    }
    m->next = a->kept;
    a->kept = m;
}
void drop_all(actor *a)
{
    while (a->count > 0) {
        void *p = NULL;
        if (fa_transfer_cancel(a->ctx, a->in[--a->count], &p) == FA_RESULT_OK)
            fa_pool_free(a->ctx, p);
    }
    while (a->kept) {
        msg *m = a->kept;
        a->kept = m->next;
        fa_pool_free(a->ctx, m);
    }
}
