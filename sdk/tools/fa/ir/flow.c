/* flow.c - what the shape of a function tells: order, loops, liveness.
 *
 * Loops are natural loops of the depth-first back edges; a loop that is entered in its middle is treated as
 * headed by the block that the retreating edge leads to, which is good enough for finding faults. Liveness
 * covers variables whose address never travels; the others live to the end of their scope. All passes are
 * linear in the blocks, times the nesting of loops. */
#include "ir/ir.h"

#include <string.h>

#define BIT_SET(bits, i) ((bits)[(i) >> 6] |= (uint64_t)1 << ((i)&63))
#define BIT_CLEAR(bits, i) ((bits)[(i) >> 6] &= ~((uint64_t)1 << ((i)&63)))
#define BIT_HAS(bits, i) ((bits)[(i) >> 6] >> ((i)&63) & 1)

typedef struct flow {
    func *f;
    pile *pile;
    int *stack, *next_edge, *finish;
    uint8_t *colour;
    int finished;
} flow;

static int edge_count(const block *b)
{
    switch (b->term) {
    case TERM_GOTO: return 1;
    case TERM_BRANCH: return 2;
    case TERM_SWITCH: return 1 + b->cases.count;
    default: return 0;
    }
}

static int edge(const block *b, int i)
{
    if (b->term == TERM_SWITCH && i > 0) {
        return b->cases.at[i - 1].target;
    }
    return b->to[i];
}

static size_t words_for(int bits)
{
    return (size_t)(bits + 63) / 64 + 1;
}

/* ---- loops */

static loop *loop_headed_by(func *f, pile *p, int head)
{
    for (int i = 0; i < f->loops.count; i++) {
        if (f->loops.at[i].head == head) {
            return &f->loops.at[i];
        }
    }
    loop made = {.head = head, .parent = -1, .trips = f->blocks.at[head].trips, .at = f->blocks.at[head].at};
    made.blocks = pile_take(p, words_for(f->blocks.count) * sizeof(uint64_t));
    BIT_SET(made.blocks, head);
    vec_push(&f->loops, made);
    return &f->loops.at[f->loops.count - 1];
}

/* Everything that reaches the back edge's source without passing the head. Predecessors are found by
 * scanning. */
static void loop_grow(flow *w, int head, int source, const int *preds, const int *pred_start)
{
    loop *l = loop_headed_by(w->f, w->pile, head);
    int top = 0;
    if (!BIT_HAS(l->blocks, source)) {
        BIT_SET(l->blocks, source);
        w->stack[top++] = source;
    }
    while (top) {
        int b = w->stack[--top];
        for (int i = pred_start[b]; i < pred_start[b + 1]; i++) {
            if (!BIT_HAS(l->blocks, preds[i]) && w->f->blocks.at[preds[i]].reachable) {
                BIT_SET(l->blocks, preds[i]);
                w->stack[top++] = preds[i];
            }
        }
    }
}

typedef VEC(int) int_list;

static void depth_first(flow *w, int_list *back)
{
    func *f = w->f;
    int top = 0;
    w->stack[top++] = 0;
    w->colour[0] = 1;
    f->blocks.at[0].reachable = true;
    while (top) {
        int b = w->stack[top - 1];
        if (w->next_edge[b] < edge_count(&f->blocks.at[b])) {
            int to = edge(&f->blocks.at[b], w->next_edge[b]++);
            if (w->colour[to] == 0) {
                w->colour[to] = 1;
                f->blocks.at[to].reachable = true;
                w->stack[top++] = to;
            } else if (w->colour[to] == 1) {
                vec_push(back, b);
                vec_push(back, to);
            }
        } else {
            w->colour[b] = 2;
            w->finish[w->finished++] = b;
            top--;
        }
    }
    for (int i = 0; i < w->finished; i++) {
        f->blocks.at[w->finish[i]].order = w->finished - 1 - i;
    }
}

static int loop_size(const loop *l, int blocks)
{
    int n = 0;
    for (size_t i = 0; i < words_for(blocks); i++) {
        n += __builtin_popcountll(l->blocks[i]);
    }
    return n;
}

static void loops_nest(func *f)
{
    int *size = mem_new((size_t)(f->loops.count + 1) * sizeof *size);
    for (int i = 0; i < f->loops.count; i++) {
        size[i] = loop_size(&f->loops.at[i], f->blocks.count);
    }
    for (int b = 0; b < f->blocks.count; b++) {
        f->blocks.at[b].loop = -1;
        for (int i = 0; i < f->loops.count; i++) {
            int best = f->blocks.at[b].loop;
            if (BIT_HAS(f->loops.at[i].blocks, b) && (best < 0 || size[i] < size[best])) {
                f->blocks.at[b].loop = i;
            }
        }
    }
    for (int i = 0; i < f->loops.count; i++) {
        for (int k = 0; k < f->loops.count; k++) {
            int best = f->loops.at[i].parent;
            if (k != i && size[k] > size[i] && BIT_HAS(f->loops.at[k].blocks, f->loops.at[i].head) &&
                (best < 0 || size[k] < size[best])) {
                f->loops.at[i].parent = k;
            }
        }
    }
    mem_free(size);
}

static void find_loops(flow *w)
{
    func *f = w->f;
    int n = f->blocks.count;
    int_list back = {0};
    depth_first(w, &back);
    if (back.count) {
        int *start = mem_new((size_t)(n + 2) * sizeof *start), total = 0;
        for (int b = 0; b < n; b++) {
            for (int i = 0; i < edge_count(&f->blocks.at[b]); i++) {
                start[edge(&f->blocks.at[b], i) + 1]++;
                total++;
            }
        }
        for (int b = 0; b < n; b++) {
            start[b + 1] += start[b];
        }
        int *preds = mem_new((size_t)(total + 1) * sizeof *preds);
        int *fill = mem_new((size_t)(n + 1) * sizeof *fill);
        memcpy(fill, start, (size_t)n * sizeof *fill);
        for (int b = 0; b < n; b++) {
            for (int i = 0; i < edge_count(&f->blocks.at[b]); i++) {
                preds[fill[edge(&f->blocks.at[b], i)]++] = b;
            }
        }
        for (int i = 0; i < back.count; i += 2) {
            loop_grow(w, back.at[i + 1], back.at[i], preds, start);
        }
        mem_free(start);
        mem_free(preds);
        mem_free(fill);
        loops_nest(f);
    }
    vec_free(&back);
}

/* ---- liveness */

/* Which local a register addresses, if it does: filled in program order within the function. */
static void mark_escapes(func *f, int *local_of)
{
    for (int i = 0; i < f->reg_count; i++) {
        local_of[i] = -1;
    }
#define ESCAPES(reg)                                          \
    do {                                                      \
        if ((reg) >= 0 && local_of[reg] >= 0) {               \
            f->locals.at[local_of[reg]].address_taken = true; \
        }                                                     \
    } while (0)
    for (int b = 0; b < f->blocks.count; b++) {
        for (int i = 0; i < f->blocks.at[b].code.count; i++) {
            const instr *in = &f->blocks.at[b].code.at[i];
            int carried = -1;
            switch (in->op) {
            case OP_LOCAL: carried = in->b; break;
            case OP_FIELD:
            case OP_INDEX: carried = local_of[in->a]; break;
            case OP_STORE: ESCAPES(in->b); break;
            case OP_MOVE: ESCAPES(in->a); break;
            case OP_LOAD_STRUCT: ESCAPES(in->a); break;
            case OP_BINARY:
                ESCAPES(in->a);
                ESCAPES(in->b);
                break;
            case OP_CALL:
                for (int k = 0; k < in->call->arg_count; k++) {
                    ESCAPES(in->call->args[k]);
                }
                break;
            default: break;
            }
            if (in->dst >= 0) {
                local_of[in->dst] = carried;
            }
        }
        ESCAPES(f->blocks.at[b].reg);
    }
#undef ESCAPES
}

/* One block, backwards over what it does to plain variables. */
static void block_live(const func *f, const block *b, uint64_t *live)
{
    for (int i = b->code.count - 1; i >= 0; i--) {
        const instr *in = &b->code.at[i];
        if (in->op == OP_SCOPE_END) {
            BIT_CLEAR(live, in->b);
        } else if (in->op == OP_LOCAL) {
            const instr *next = i + 1 < b->code.count ? &b->code.at[i + 1] : NULL; /* `v = ...` */
            bool killed = next && next->op == OP_STORE && next->a == in->dst && next->b != in->dst;
            if (killed && !f->locals.at[in->b].is_struct && !f->locals.at[in->b].is_array) {
                BIT_CLEAR(live, in->b);
            } else {
                BIT_SET(live, in->b);
            }
        }
    }
}

static void liveness(flow *w)
{
    func *f = w->f;
    size_t words = words_for(f->locals.count);
    int *local_of = mem_new((size_t)(f->reg_count + 1) * sizeof *local_of);
    mark_escapes(f, local_of);
    for (int b = 0; b < f->blocks.count; b++) {
        f->blocks.at[b].live = pile_take(w->pile, words * sizeof(uint64_t));
    }
    uint64_t *live = mem_new(words * sizeof *live);
    bool changed = true;
    for (int round = 0; changed && round < 100; round++) {
        changed = false;
        for (int k = 0; k < w->finished; k++) { /* post-order suits a backward pass */
            block *b = &f->blocks.at[w->finish[k]];
            memset(live, 0, words * sizeof *live);
            for (int i = 0; i < edge_count(b); i++) {
                for (size_t j = 0; j < words; j++) {
                    live[j] |= f->blocks.at[edge(b, i)].live[j];
                }
            }
            block_live(f, b, live);
            if (memcmp(live, b->live, words * sizeof *live) != 0) {
                memcpy(b->live, live, words * sizeof *live);
                changed = true;
            }
        }
    }
    mem_free(live);
    mem_free(local_of);
}

/* ---- what bounds a loop */

typedef struct counters {
    VEC(int) locals;
    VEC(const char *) fields;
    VEC(int) delivered; ///< locals that a call's result is stored in
} counters;

static const instr *def_of(const func *f, const loop *l, int reg, const block *from, int before)
{
    for (int i = before - 1; i >= 0; i--) {
        if (from->code.at[i].dst == reg) {
            return &from->code.at[i];
        }
    }
    for (int b = 0; b < f->blocks.count; b++) {
        if (&f->blocks.at[b] != from && (!l || BIT_HAS(l->blocks, b))) {
            for (int i = f->blocks.at[b].code.count - 1; i >= 0; i--) {
                if (f->blocks.at[b].code.at[i].dst == reg && f->blocks.at[b].code.at[i].op != OP_CONST) {
                    return &f->blocks.at[b].code.at[i];
                }
            }
        }
    }
    return NULL;
}

static bool outside_call(const instr *in)
{
    const func *t = in->call->target ? func_resolve(in->call->target) : NULL;
    return t && (t->roles & ROLE(INPUT)) && !t->has_body;
}

static void collect(const func *f, const loop *l, counters *c)
{
    for (int b = 0; b < f->blocks.count; b++) {
        if (!BIT_HAS(l->blocks, b)) {
            continue;
        }
        const block *at = &f->blocks.at[b];
        for (int i = 0; i < at->code.count; i++) {
            const instr *in = &at->code.at[i];
            if (in->op != OP_STORE) {
                continue;
            }
            const instr *address = def_of(f, l, in->a, at, i), *value = def_of(f, l, in->b, at, i);
            if (address && (in->flags & INSTR_STEP)) {
                if (address->op == OP_LOCAL) {
                    vec_push(&c->locals, address->b);
                } else if (address->op == OP_FIELD) {
                    vec_push(&c->fields, address->text);
                }
            }
            if (address && address->op == OP_LOCAL && value && value->op == OP_CALL && outside_call(value)) {
                vec_push(&c->delivered, address->b);
            }
        }
    }
}

enum { LEAF_COUNTER = 1, LEAF_OUTSIDE = 2, LEAF_COMPARE = 4 };

static int leaves(const func *f, const loop *l, const counters *c, int reg, const block *at, int before,
                  int depth)
{
    const instr *in = depth < 12 && reg >= 0 ? def_of(f, l, reg, at, before) : NULL;
    if (!in) {
        return 0;
    }
    int found = 0;
    if (in >= at->code.at && in < at->code.at + at->code.count) {
        before = (int)(in - at->code.at);
    }
    switch (in->op) {
    case OP_BINARY:
        found = leaves(f, l, c, in->a, at, before, depth + 1) | leaves(f, l, c, in->b, at, before, depth + 1);
        return found | (in->sub >= BIN_EQ ? LEAF_COMPARE : 0);
    case OP_MOVE: return leaves(f, l, c, in->a, at, before, depth + 1);
    case OP_CALL:
        if (in->call->target && (in->call->target->roles & ROLE(EXPECT)) && in->call->arg_count) {
            return leaves(f, l, c, in->call->args[0], at, before, depth + 1);
        }
        if (in->call->target && (in->call->target->roles & ROLE(REMAINING))) {
            return LEAF_COUNTER | LEAF_COMPARE;
        }
        return outside_call(in) ? LEAF_OUTSIDE : 0;
    case OP_LOAD: break;
    default: return 0;
    }
    const instr *address = def_of(f, l, in->a, at, before);
    for (int i = 0; address && address->op == OP_LOCAL && i < c->locals.count; i++) {
        found |= c->locals.at[i] == address->b ? LEAF_COUNTER : 0;
    }
    for (int i = 0; address && address->op == OP_LOCAL && i < c->delivered.count; i++) {
        found |= c->delivered.at[i] == address->b ? LEAF_OUTSIDE : 0;
    }
    for (int i = 0; address && address->op == OP_FIELD && i < c->fields.count; i++) {
        found |= c->fields.at[i] == address->text ? LEAF_COUNTER : 0;
    }
    return found;
}

void flow_classify(func *f)
{
    for (int k = 0; k < f->loops.count; k++) {
        loop *l = &f->loops.at[k];
        counters c = {0};
        collect(f, l, &c);
        int exits = 0, outside = 0;
        for (int b = 0; b < f->blocks.count; b++) {
            const block *at = &f->blocks.at[b];
            if (!BIT_HAS(l->blocks, b) || at->term == TERM_GOTO) {
                continue;
            }
            bool leaves_loop = at->term == TERM_RETURN;
            for (int i = 0; i < edge_count(at); i++) {
                leaves_loop |= !BIT_HAS(l->blocks, edge(at, i));
            }
            if (leaves_loop) {
                int found = leaves(f, l, &c, at->reg, at, at->code.count, 0);
                exits++;
                l->counted |= (found & LEAF_COUNTER) != 0;
                outside += (found & LEAF_OUTSIDE) != 0;
            }
        }
        l->counted |= l->trips >= 0;
        l->from_outside = !l->counted && (outside > 0 || exits == 0);
        vec_free(&c.locals);
        vec_free(&c.fields);
        vec_free(&c.delivered);
    }
}

void flow_build(func *f, pile *p)
{
    size_t n = (size_t)f->blocks.count + 1;
    flow w = {.f = f, .pile = p};
    w.stack = mem_new(n * sizeof *w.stack);
    w.next_edge = mem_new(n * sizeof *w.next_edge);
    w.finish = mem_new(n * sizeof *w.finish);
    w.colour = mem_new(n);
    for (int b = 0; b < f->blocks.count; b++) {
        f->blocks.at[b].loop = -1;
    }
    find_loops(&w);
    liveness(&w);
    mem_free(w.stack);
    mem_free(w.next_edge);
    mem_free(w.finish);
    mem_free(w.colour);
}
