/* sites.c - allocations that happen again and again, or in a size that nobody checked.
 *
 * A site is known to be hot when it has allocated before on the same path, in the same frame and the same
 * loop, and the earlier block was not the one whose failure brought the path here. A loop that takes what the
 * outside delivers and never counts is unbounded (FA301); one that runs often inside a frame is hot (FA602).
 */
#include "engine/engine.h"

#include "report/settings.h"

#define BIT_HAS(bits, i) ((bits)[(i) >> 6] >> ((i)&63) & 1)

typedef struct around { ///< the loops around an instruction, within one function of the chain
    const func *f;
    uint32_t chain;
    int block;
} around;

static int block_of(const func *f, const instr *in)
{
    for (int b = 0; b < f->blocks.count; b++) {
        const block *k = &f->blocks.at[b];
        if (k->code.count && in >= k->code.at && in < k->code.at + k->code.count) {
            return b;
        }
    }
    return -1;
}

/* The instruction of event `v` as seen from the function at `chain_`: itself, or the call that leads to it.
 */
static const instr *seen_from(const engine *e, uint32_t event_, uint32_t chain_)
{
    const event *v = &e->events.at[event_];
    const instr *in = v->instr;
    uint32_t at = v->chain;
    while (at != chain_) {
        if (e->chains.at[at].depth == 0) {
            return NULL;
        }
        in = e->chains.at[at].call;
        at = e->chains.at[at].parent;
    }
    return in;
}

static bool inside(const engine *e, uint32_t event_, uint32_t chain_, const func *f, const loop *l)
{
    const instr *in = event_ ? seen_from(e, event_, chain_) : NULL;
    int b = in ? block_of(f, in) : -1;
    return b >= 0 && BIT_HAS(l->blocks, b);
}

static uint32_t frame_event(engine *e, const state *s, value ctx, bool *open)
{
    uint32_t found = 0;
    *open = false;
    for (int i = 0; i < s->frames.count; i++) {
        const frame_state *f = &s->frames.at[i];
        if (f->status == FRAME_OPEN && f->kind != CTX_ARENA && (!*open || context_related(e, f->ctx, ctx))) {
            *open = true;
            found = f->first_event;
        }
    }
    return found;
}

static const visit *visits_of(const state *s, uint32_t chain_, int head)
{
    static const visit none;
    for (int i = 0; i < s->visits.count; i++) {
        if (s->visits.at[i].chain == chain_ && s->visits.at[i].block == (uint32_t)head) {
            return &s->visits.at[i];
        }
    }
    return &none;
}

typedef struct verdict {
    const loop *hot, *unbounded;
    uint32_t hot_depth, unbounded_depth;
    int64_t product;
} verdict;

/* The loops of one level, from the innermost out, as far as the frame reaches. */
static bool level_loops(engine *e, const state *s, uint32_t chain_, const func *f, int b, uint32_t begin,
                        verdict *v)
{
    for (int k = f->blocks.at[b].loop; k >= 0; k = f->loops.at[k].parent) {
        const loop *l = &f->loops.at[k];
        if (inside(e, begin, chain_, f, l)) {
            return false; /* a frame per round */
        }
        const visit *seen = visits_of(s, chain_, l->head);
        bool exact =
            seen->decided && !seen->unsure && seen->count <= (uint32_t)e->settings->loop_allocation_limit;
        if (seen->count >= 2) {
            if (l->from_outside && !v->unbounded) {
                v->unbounded = l;
                v->unbounded_depth = e->chains.at[chain_].depth;
            }
            if (!v->hot) {
                v->hot = l;
                v->hot_depth = e->chains.at[chain_].depth;
            }
        }
        if (l->trips >= 0) {
            v->product = v->product * (l->trips ? l->trips : 1);
        } else if (exact) {
            v->product *= seen->count;
        } else if (seen->few > 0) {
            v->product *= seen->few;
        } else if (seen->count >= 2) {
            v->product = INT32_MAX;
        }
        if (v->product > INT32_MAX) {
            v->product = INT32_MAX;
        }
    }
    return true;
}

static void judge(engine *e, state *s, const instr *in, family fam, value ctx, bool freed)
{
    uint32_t here = event_make(e, s, in), chain_ = top_call(s)->chain;
    bool open;
    uint32_t begin = frame_event(e, s, ctx, &open);
    const func *callee = callee_of(e, s, in->call);
    bool container = callee && callee->ctx_kind == CTX_OTHER && starts_with(callee->name, "fai_") &&
                     !text_has(callee->name, "scratch");
    bool growing = callee && (container || (callee->roles & ROLE(REALLOC)) ||
                              text_has(callee->name, "realloc")); /* now and then, not in every round */
    verdict v = {.product = 1};
    const instr *at = in;
    for (;;) {
        const func *f = e->chains.at[chain_].func;
        int b = block_of(f, at);
        if (b < 0 || !level_loops(e, s, chain_, f, b, begin, &v) || e->chains.at[chain_].depth == 0) {
            break;
        }
        at = e->chains.at[chain_].call;
        chain_ = e->chains.at[chain_].parent;
    }
    if (v.unbounded && !freed) {
        report(e, "FA301", here, v.unbounded_depth,
               "allocation in a loop that nothing bounds: the outside decides how often it runs");
        report_note(e, here, "each round takes memory that the frame or the loop does not give back");
        return;
    }
    uint32_t distance = e->chains.at[e->events.at[here].chain].depth - v.hot_depth;
    if (v.hot && !growing && distance <= 2 && v.product > e->settings->loop_allocation_limit &&
        (fam == FAMILY_FRAME || open)) {
        report(e, "FA602", here, v.hot_depth,
               "allocation in a hot loop: take the memory once, before the loop, or as one array");
    }
}

/* Made of a loop's variable that is multiplied, not stepped: a buffer that doubles. */
static bool doubles(const engine *e, value v, int depth)
{
    if (v.kind != V_SYM || depth > 6) {
        return false;
    }
    const symbol *y = &e->symbols.at[v.id];
    if (y->kind == SYM_BINARY && (y->op == BIN_MUL || y->op == BIN_SHL || y->op == BIN_ADD)) {
        return doubles(e, y->a, depth + 1) || doubles(e, y->b, depth + 1);
    }
    return y->counter && !y->stepped;
}

void check_site(engine *e, state *s, const instr *in, family fam, value ctx, value size, uint32_t object_)
{
    uint32_t here = event_make(e, s, in);
    if (fam == FAMILY_LIBC) {
        return;
    }
    if (outside_unchecked(e, s, size, 0)) {
        report(e, "FA301", here, e->chains.at[e->events.at[here].chain].depth,
               "the size of this allocation comes from outside and is never checked");
    }
    for (int i = 0; i < s->allocs.count; i++) {
        alloc_mark *m = &s->allocs.at[i];
        if (m->event != here) {
            continue;
        }
        const block_state *b = block_find(s, m->object);
        bool failed = b && (b->flags & BLOCK_NULL);
        bool other = m->ctx.kind == V_SYM && ctx.kind == V_SYM && !context_related(e, m->ctx, ctx);
        m->grows |= doubles(e, size, 0);
        m->grows |=
            m->size.kind == V_INT && size.kind == V_INT && size.n / 3 >= m->size.n / 2 && m->size.n > 1;
        if (!failed && !other && !m->grows) {
            judge(e, s, in, fam, ctx, m->freed);
        }
        m->freed = false;
        m->size = size;
        m->ctx = ctx;
        m->object = object_;
        m->sequence = s->sequence;
        return;
    }
    vec_push(
        &s->allocs,
        (alloc_mark){
            .event = here, .object = object_, .count = 1, .sequence = s->sequence, .ctx = ctx, .size = size});
}

/* A free of what another thread made, in a loop that neither counts nor meets the others in each round. */
void check_cross_free(engine *e, state *s, const instr *in)
{
    uint32_t chain_ = top_call(s)->chain;
    const instr *at = in;
    for (;;) {
        const func *f = e->chains.at[chain_].func;
        int b = block_of(f, at), k = b < 0 ? -1 : f->blocks.at[b].loop;
        while (k >= 0 && (f->loops.at[k].trips == 1 || f->loops.at[k].trips == 0)) {
            k = f->loops.at[k].parent;
        }
        if (k >= 0) {
            const loop *l = &f->loops.at[k];
            bool paced = l->counted;
            for (int i = 0; i < f->blocks.count && !paced; i++) {
                for (int n = 0; BIT_HAS(l->blocks, i) && n < f->blocks.at[i].code.count; n++) {
                    const instr *c = &f->blocks.at[i].code.at[n];
                    paced |= c->op == OP_CALL && c->call->target &&
                             (c->call->target->roles & (ROLE(BARRIER) | ROLE(WAIT) | ROLE(BEGIN_FRAME)));
                }
            }
            if (!paced) {
                report(e, "FA204", event_make(e, s, in), e->chains.at[chain_].depth,
                       "objects of another thread are freed in a loop that nothing bounds");
            }
            return;
        }
        if (e->chains.at[chain_].depth == 0) {
            return;
        }
        at = e->chains.at[chain_].call;
        chain_ = e->chains.at[chain_].parent;
    }
}
