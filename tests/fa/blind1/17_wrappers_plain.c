/* Wrappers without annotations: what they do is seen through. */
#include <framealloc/framealloc.h>

typedef struct gmem { fa_context *ctx; unsigned flags; } gmem;
static inline void *gm_temp(gmem *m, size_t n) { return fa_frame_alloc(m->ctx, n, 16); }
static inline void *gm_keep(gmem *m, size_t n) { return fa_pool_alloc(m->ctx, n, 16); }
static inline void gm_drop(gmem *m, void *p) { if (p) fa_pool_free(m->ctx, p); }
static inline void gm_open(gmem *m) { fa_frame_begin(m->ctx); m->flags |= 1u; }
static inline void gm_close(gmem *m) { m->flags &= ~1u; fa_frame_end(m->ctx); }

typedef struct quest { struct quest *next; int id; int *steps; } quest;
typedef struct log { quest *first; quest *shown; } log;

void log_add(gmem *m, log *l, int id)
{
    quest *q = gm_keep(m, sizeof *q);
    if (!q) {
        return;
    }
    q->id = id;
    q->steps = gm_keep(m, 16 * sizeof *q->steps);
    if (!q->steps) {
        gm_drop(m, q);
        return;
    }
    q->next = l->first;
    l->first = q;
}

void log_show(gmem *m, log *l)
{
    gm_open(m);
    quest *copy = gm_temp(m, sizeof *copy);
    if (copy && l->first) {
        *copy = *l->first;
        l->shown = copy; // expect: FA601
    }
    gm_close(m);
}

void log_flip(gmem *m, log *l)
{
    gm_open(m);
    int *order = gm_temp(m, 64);
    if (!order) {
        return; // expect: FA603
    }
    order[0] = l->first ? l->first->id : 0;
    gm_close(m);
}

void log_remove(gmem *m, log *l)
{
    quest *q = l->first;
    if (!q) {
        return;
    }
    l->first = q->next;
    gm_drop(m, q);
    gm_drop(m, q->steps); // expect: FA607
}

int log_count(gmem *m, log *l)
{
    int n = 0;
    int *seen = gm_keep(m, 256);
    for (quest *q = l->first; q; q = q->next) {
        if (seen && n < 64) {
            seen[n] = q->id;
        }
        if (++n > 1000) {
            return -1; // expect: FA608
        }
    }
    gm_drop(m, seen);
    return n;
}
