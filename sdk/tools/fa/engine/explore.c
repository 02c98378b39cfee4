/* explore.c - walking one function's paths.
 *
 * States wait on a stack; each is run to the next statement block, tidied, and dropped if an equal one has
 * been there. A loop's head counts arrivals: before the third, whatever number the loop has changed is
 * forgotten (an upward counter keeps its lower bound), and after two more rounds the path is given up, since
 * nothing new can come of it. Loops with a constant count of at most eight run through exactly. */
#include "engine/engine.h"

#include <stdlib.h>
#include <string.h>

#define STEPS_MAX 40000u
#define STATES_MAX 3000u
#define STATE_STACK_MAX 600
#define EXACT_TRIPS_MAX 8

#define BIT_HAS(bits, i) ((bits)[(i) >> 6] >> ((i)&63) & 1)

static value reg(const state *s, int r)
{
    return r < 0 ? (value){0} : s->regs.at[s->calls.at[s->calls.count - 1].regs + r];
}

static void set_reg(state *s, int r, value v)
{
    if (r >= 0) {
        s->regs.at[s->calls.at[s->calls.count - 1].regs + r] = v;
    }
}

void push_state(engine *e, state *s)
{
    if (e->work_count >= STATE_STACK_MAX) {
        state_drop(e, s);
        return;
    }
    s->next = e->work;
    e->work = s;
    e->work_count++;
}

/* ---- loops */

static bool event_in_loop(engine *e, uint32_t event_, uint32_t chain_, const func *f, const loop *l)
{
    const event *v = &e->events.at[event_];
    uint32_t at = v->chain;
    const instr *in = v->instr;
    while (at != chain_) {
        if (e->chains.at[at].depth == 0) {
            return false;
        }
        in = e->chains.at[at].call;
        at = e->chains.at[at].parent;
    }
    for (int b = 0; in && b < f->blocks.count; b++) {
        const block *k = &f->blocks.at[b];
        if (k->code.count && in >= k->code.at && in < k->code.at + k->code.count) {
            return BIT_HAS(l->blocks, b);
        }
    }
    return false;
}

static void widen(engine *e, state *s, const func *f, const loop *l, uint32_t chain_)
{
    for (int i = 0; i < s->cells.count; i++) {
        cell *c = &s->cells.at[i];
        bool number =
            c->v.kind == V_INT || (c->v.kind == V_SYM && (c->v.n != 0 || e->symbols.at[c->v.id].counter));
        if (!number || !c->event || !event_in_loop(e, c->event, chain_, f, l)) {
            continue;
        }
        const instr *in = e->events.at[c->event].instr;
        bool upward = in && (in->flags & INSTR_STEP_UP);
        bool stepping = in && (in->flags & INSTR_STEP);
        if (c->v.kind == V_INT && !stepping && (c->v.n == 0 || c->v.n == 1)) {
            continue; /* a flag */
        }
        uint64_t key = hash_mix(hash_mix(0x99, c->region), hash_mix((uint64_t)l->head, chain_));
        for (uint32_t round = 0;; round++) {
            uint32_t id = symbol_make(e, hash_mix(key, round),
                                      (symbol){.kind = SYM_FRESH, .counter = true, .stepped = stepping});
            if (round < 4 && (value_in_use(s, id) || index_in_use(e, s, id))) {
                continue;
            }
            int64_t low = c->v.kind == V_INT && upward ? c->v.n : INT_MIN_SEEN;
            const range *old = c->v.kind == V_SYM && upward ? range_find(s, c->v.id) : NULL;
            if (old && old->low > INT32_MIN && old->low < INT32_MAX) {
                low = old->low + c->v.n;
            }
            c->v = (value){V_SYM, id, 0};
            range *r = range_make(s, id);
            *r = (range){.symbol = id, .low = low, .high = INT_MAX_SEEN};
            break;
        }
    }
}

/* false: this path has gone round often enough */
static bool arrive_at_head(engine *e, state *s, func *f, int block_)
{
    const loop *l = NULL;
    for (int i = 0; i < f->loops.count && !l; i++) {
        l = f->loops.at[i].head == block_ ? &f->loops.at[i] : NULL;
    }
    if (!l) {
        return true;
    }
    uint32_t chain_ = top_call(s)->chain;
    visit *v = NULL;
    for (int i = 0; i < s->visits.count; i++) {
        if (s->visits.at[i].chain == chain_ && s->visits.at[i].block == (uint32_t)block_) {
            v = &s->visits.at[i];
        }
    }
    if (!v) {
        vec_push(&s->visits, (visit){.chain = chain_, .block = (uint32_t)block_});
        v = &s->visits.at[s->visits.count - 1];
    }
    v->count++;
    if (l->trips >= 0 && l->trips <= EXACT_TRIPS_MAX) {
        return v->count <= (uint32_t)l->trips + 1;
    }
    if (v->decided && !v->unsure && l->trips < 0) { /* every exit was decided: the count may well be small */
        return v->count <= EXACT_TRIPS_MAX + 2;
    }
    if (v->count >= 3) {
        widen(e, s, f, l, chain_);
    }
    return v->count <= 4;
}

/* Tells the loops around a block whether their exits were decided. */
static void note_exit(engine *e, state *s, const func *f, const block *b, bool decided)
{
    int here = (int)(b - f->blocks.at);
    uint32_t chain_ = top_call(s)->chain;
    int64_t few = -1;
    for (int i = b->code.count - 1; i >= 0 && few < 0; i--) {
        const instr *in = &b->code.at[i];
        if (in->dst == b->reg) {
            few = in->op == OP_BINARY ? rounds_at_most(e, s, in->sub, reg(s, in->a), reg(s, in->b)) : -1;
            break;
        }
    }
    for (int i = 0; i < s->visits.count; i++) {
        visit *v = &s->visits.at[i];
        for (int k = 0; v->chain == chain_ && k < f->loops.count; k++) {
            const loop *l = &f->loops.at[k];
            if (l->head == (int)v->block && BIT_HAS(l->blocks, here) &&
                (!BIT_HAS(l->blocks, b->to[0]) || !BIT_HAS(l->blocks, b->to[1]))) {
                v->decided |= decided;
                v->unsure |= !decided;
                if (few > 0 && l->counted && (v->few == 0 || few < v->few)) {
                    v->few = few;
                }
            }
        }
    }
}

static void leave_loops(state *s, const func *f, int block_)
{
    uint32_t chain_ = top_call(s)->chain;
    int kept = 0;
    for (int i = 0; i < s->visits.count; i++) {
        const visit *v = &s->visits.at[i];
        bool inside = true;
        if (v->chain == chain_) {
            for (int k = 0; k < f->loops.count; k++) {
                if (f->loops.at[k].head == (int)v->block) {
                    inside = BIT_HAS(f->loops.at[k].blocks, block_);
                }
            }
        }
        if (inside) {
            s->visits.at[kept++] = *v;
        }
    }
    s->visits.count = kept;
}

/* ---- moving between blocks */

static void go_to(engine *e, state *s, int block_)
{
    func *f = top_call(s)->func;
    const block *b = &f->blocks.at[block_];
    top_call(s)->block = block_;
    top_call(s)->at = 0;
    if (s->visits.count) {
        leave_loops(s, f, block_);
    }
    if (f->loops.count && !arrive_at_head(e, s, f, block_)) {
        state_drop(e, s);
        return;
    }
    if (b->statement) {
        state_tidy(e, s, b);
        bool fresh;
        map64_at(&e->seen, state_hash(s), &fresh);
        if (!fresh) {
            state_drop(e, s);
            return;
        }
    }
    e->states++;
    push_state(e, s);
}

static void branch(engine *e, state *s, const block *b)
{
    value v = reg(s, b->reg);
    int known = truth_of(e, s, v);
    if (s->visits.count) {
        note_exit(e, s, top_call(s)->func, b, known >= 0);
    }
    if (known >= 0) {
        go_to(e, s, b->to[known ? 0 : 1]);
        return;
    }
    state *other = state_copy(e, s);
    int yes = b->to[0], no = b->to[1];
    if (assume(e, other, v, false)) {
        go_to(e, other, no);
    } else {
        state_drop(e, other);
    }
    if (assume(e, s, v, true)) {
        go_to(e, s, yes);
    } else {
        state_drop(e, s);
    }
}

static void choose(engine *e, state *s, const block *b)
{
    value v = reg(s, b->reg);
    if (v.kind == V_INT) {
        int to = b->to[0];
        for (int i = 0; i < b->cases.count; i++) {
            to = v.n >= b->cases.at[i].low && v.n <= b->cases.at[i].high ? b->cases.at[i].target : to;
        }
        go_to(e, s, to);
        return;
    }
    for (int i = 0; i < b->cases.count && i < 64; i++) {
        state *other = state_copy(e, s);
        value low = value_binary(e, other, BIN_GE, v, value_int(b->cases.at[i].low));
        value high = value_binary(e, other, BIN_LE, v, value_int(b->cases.at[i].high));
        value same = value_binary(e, other, BIN_EQ, v, value_int(b->cases.at[i].low));
        bool can = b->cases.at[i].low == b->cases.at[i].high
                       ? assume(e, other, same, true)
                       : assume(e, other, low, true) && assume(e, other, high, true);
        if (can) {
            go_to(e, other, b->cases.at[i].target);
        } else {
            state_drop(e, other);
        }
    }
    bool can = true;
    for (int i = 0; i < b->cases.count && i < 64 && can; i++) {
        if (b->cases.at[i].low == b->cases.at[i].high) {
            can = assume(e, s, value_binary(e, s, BIN_EQ, v, value_int(b->cases.at[i].low)), false);
        }
    }
    if (can) {
        go_to(e, s, b->to[0]);
    } else {
        state_drop(e, s);
    }
}

static void leave(engine *e, state *s, const block *b)
{
    value v = reg(s, b->reg);
    if (s->calls.count == 1) {
        check_exit(e, s, b, v);
        state_drop(e, s);
        return;
    }
    call_record done = *top_call(s);
    s->calls.count--;
    s->regs.count = done.regs;
    set_reg(s, done.dst, v);
    int kept = 0;
    for (int i = 0; i < s->visits.count; i++) {
        if (s->visits.at[i].chain != done.chain) {
            s->visits.at[kept++] = s->visits.at[i];
        }
    }
    s->visits.count = kept;
    push_state(e, s);
}

/* ---- instructions */

static void end_scope(engine *e, state *s, const instr *in)
{
    uint32_t object_ = object_local(e, top_call(s)->chain, top_call(s)->func, in->b);
    value returned = reg(s, in->a);
    uint32_t event_ = event_make(e, s, in);
    VEC(value) lost = {0};
    for (int i = 0; i < s->cells.count; i++) {
        const cell *c = &s->cells.at[i];
        if (e->regions.at[c->region].base == object_ && c->v.kind == V_PTR &&
            object_of(e, c->v.id)->kind == OBJ_BLOCK &&
            !(returned.kind == V_PTR && e->regions.at[returned.id].base == e->regions.at[c->v.id].base)) {
            vec_push(&lost, c->v);
        }
    }
    cell_drop_object(e, s, object_);
    for (int i = 0; i < lost.count; i++) {
        check_lost(e, s, lost.at[i], 0, event_);
    }
    vec_free(&lost);
}

static value load(engine *e, state *s, const instr *in)
{
    uint32_t region_ = region_of_value(e, s, reg(s, in->a), in);
    if (e->regions.at[region_].base == 0) {
        return symbol_fresh(e, s, in, 1);
    }
    use_region(e, s, region_, in, "read");
    if (in->flags & INSTR_VOLATILE) {
        value v = cell_load(e, s, region_, in);
        return v.kind == V_PTR ? v : symbol_fresh(e, s, in, 2);
    }
    return cell_load(e, s, region_, in);
}

static void store(engine *e, state *s, const instr *in)
{
    uint32_t region_ = region_of_value(e, s, reg(s, in->a), in);
    value v = reg(s, in->b);
    if (e->regions.at[region_].base == 0) {
        if (v.kind == V_PTR && object_of(e, v.id)->kind == OBJ_BLOCK) {
            block_make(e, s, e->regions.at[v.id].base)->flags |= BLOCK_ESCAPED;
        }
        return;
    }
    use_region(e, s, region_, in, "written");
    if ((in->flags & INSTR_STEP_UP) && v.kind == V_SYM && v.n == 1 &&
        e->symbols.at[v.id].kind == SYM_REGION) { /* what is counted up is a count: not below zero */
        range *r = range_make(s, v.id);
        r->low = r->low == INT_MIN_SEEN && r->high >= 0 ? 0 : r->low;
    }
    if (v.kind == V_NONE) {
        v = symbol_fresh(e, s, in, 3);
    }
    cell_store(e, s, region_, v, event_make(e, s, in));
}

static value address(engine *e, state *s, const instr *in)
{
    value base = reg(s, in->a);
    uint32_t region_ = region_of_value(e, s, base, in);
    if (e->regions.at[region_].base == 0) {
        return symbol_fresh(e, s, in, 4);
    }
    if (in->op == OP_FIELD) {
        return value_ptr(region_field(e, region_, in->text));
    }
    return value_ptr(region_index(e, region_, reg(s, in->b)));
}

static void run_simple(engine *e, state *s, const instr *in)
{
    call_record *c = top_call(s);
    if ((in->flags & INSTR_VOLATILE) && s->captures.count && c->func->blocks.at[c->block].loop >= 0) {
        join_all(s); /* it waits for what another thread writes */
    }
    uint32_t region_;
    switch (in->op) {
    case OP_CONST: set_reg(s, in->dst, value_int(in->imm)); break;
    case OP_STRING: set_reg(s, in->dst, value_ptr(region_base(e, object_string(e, in->text)))); break;
    case OP_FRESH: set_reg(s, in->dst, symbol_fresh(e, s, in, 0)); break;
    case OP_LOCAL:
        set_reg(s, in->dst, value_ptr(region_base(e, object_local(e, c->chain, c->func, in->b))));
        break;
    case OP_GLOBAL: set_reg(s, in->dst, value_ptr(region_base(e, object_global(e, in->global)))); break;
    case OP_FUNC: set_reg(s, in->dst, value_ptr(region_base(e, object_func(e, in->func)))); break;
    case OP_FIELD:
    case OP_INDEX: set_reg(s, in->dst, address(e, s, in)); break;
    case OP_LOAD: set_reg(s, in->dst, load(e, s, in)); break;
    case OP_LOAD_STRUCT: {
        value v = reg(s, in->a);
        region_ = region_of_value(e, s, v, in);
        use_region(e, s, region_, in, "read");
        if ((in->flags & INSTR_NAME) && e->regions.at[region_].base != 0) {
            set_reg(s, in->dst, lease_name(e, s, region_));
            break;
        }
        cell *whole = cell_find(s, region_);
        set_reg(s, in->dst, whole && whole->v.kind == V_MARK ? whole->v : (value){V_AGG, region_, 0});
        break;
    }
    case OP_STORE: store(e, s, in); break;
    case OP_ZERO:
        region_ = region_of_value(e, s, reg(s, in->a), in);
        if (e->regions.at[region_].base != 0) {
            cell_zero(e, s, region_, event_make(e, s, in));
        }
        break;
    case OP_BINARY: {
        value a = reg(s, in->a), b = reg(s, in->b), v = value_binary(e, s, in->sub, a, b);
        set_reg(s, in->dst, v.kind == V_NONE ? symbol_fresh(e, s, in, 5) : v);
        break;
    }
    case OP_MOVE: set_reg(s, in->dst, reg(s, in->a)); break;
    case OP_SCOPE_END: end_scope(e, s, in); break;
    default: break;
    }
}

/* A constant table of functions read at an index that is not known: one path per element. What was assumed of
 * the index holds on, so that the next read of the same row gives the same row. */
static bool choose_row(engine *e, state *s, const instr *in)
{
    enum { ROWS_MAX = 12 };
    value at = reg(s, in->a);
    if (in->op != OP_LOAD || at.kind != V_PTR || object_of(e, at.id)->kind != OBJ_GLOBAL) {
        return false;
    }
    const global *g = object_of(e, at.id)->global;
    uint32_t step = at.id;
    while (e->regions.at[step].kind == REGION_FIELD) {
        step = e->regions.at[step].parent;
    }
    value index = e->regions.at[step].index;
    if (!g->is_const || e->regions.at[step].kind != REGION_INDEX || index.kind != V_SYM) {
        return false;
    }
    const char *field = e->regions.at[at.id].kind == REGION_FIELD ? e->regions.at[at.id].field : NULL;
    int64_t rows = 0;
    for (int i = 0; i < g->init.count; i++) {
        const init_cell *c = &g->init.at[i];
        bool here = c->func && c->path.count && c->path.at[0][0] == '#' &&
                    (!field || c->path.at[c->path.count - 1] == field);
        int64_t row = here ? strtoll(c->path.at[0] + 1, NULL, 10) : -1;
        rows = row >= rows ? row + 1 : rows;
    }
    if (rows < 2 || rows > ROWS_MAX) {
        return false;
    }
    for (int64_t row = 0; row < rows; row++) {
        value same = value_binary(e, s, BIN_EQ, index, value_int(row));
        if (truth_of(e, s, same) == 1) {
            return false; /* chosen already */
        }
    }
    top_call(s)->at--;
    for (int64_t row = 0; row < rows; row++) {
        state *other = state_copy(e, s);
        if (assume(e, other, value_binary(e, other, BIN_EQ, index, value_int(row)), true)) {
            push_state(e, other);
        } else {
            state_drop(e, other);
        }
    }
    state_drop(e, s);
    return true;
}

static void run_state(engine *e, state *s)
{
    for (;;) {
        call_record *c = top_call(s);
        const block *b = &c->func->blocks.at[c->block];
        while (c->at < b->code.count) {
            const instr *in = &b->code.at[c->at++];
            if (++e->steps > STEPS_MAX || e->stopped) {
                e->stopped = true;
                state_drop(e, s);
                return;
            }
            if (in->op == OP_LOAD && choose_row(e, s, in)) {
                return;
            }
            if (in->op != OP_CALL) {
                run_simple(e, s, in);
                continue;
            }
            call_outcome outcome = call_run(e, s, in);
            if (outcome == CALL_STOPPED) {
                return;
            }
            if (outcome == CALL_ENTERED) {
                c = top_call(s);
                b = &c->func->blocks.at[c->block];
            }
        }
        switch (b->term) {
        case TERM_GOTO: go_to(e, s, b->to[0]); return;
        case TERM_BRANCH: branch(e, s, b); return;
        case TERM_SWITCH: choose(e, s, b); return;
        case TERM_RETURN: leave(e, s, b); return;
        default: state_drop(e, s); return;
        }
    }
}

void explore(engine *e, func *f)
{
    engine_reset(e);
    e->top = f;
    state *s = state_new(e);
    uint32_t chain_ = chain_make(e, 0, f, NULL);
    vec_push(&s->calls, (call_record){f, chain_, 0, 0, -1, 0});
    for (int i = 0; i < f->reg_count; i++) {
        vec_push(&s->regs, (value){0});
    }
    push_state(e, s);
    while (e->work) {
        state *next = e->work;
        e->work = next->next;
        e->work_count--;
        next->next = NULL;
        if (e->stopped || e->states > STATES_MAX) {
            state_drop(e, next);
        } else {
            run_state(e, next);
        }
    }
    settle_exits(e);
}
