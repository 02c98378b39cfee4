/* assume.c - what a condition says about the symbols in it.
 *
 * A symbol carries an interval and "not zero"; a comparison is a symbol of its own, made of its operands, so
 * that the same condition asked twice gets the same answer, and a flag that holds a comparison passes it on.
 * A block's pointer carries whether the allocation failed. Nothing else is solved; what is not decided is
 * explored both ways. */
#include "engine/engine.h"

static value fold(uint8_t op, int64_t a, int64_t b)
{
    uint64_t ua = (uint64_t)a, ub = (uint64_t)b;
    switch (op) {
    case BIN_ADD: return value_int((int64_t)(ua + ub));
    case BIN_SUB: return value_int((int64_t)(ua - ub));
    case BIN_MUL: return value_int((int64_t)(ua * ub));
    case BIN_DIV: return b == 0 || b == -1 ? value_int((int64_t)(b ? 0 - ua : 0)) : value_int(a / b);
    case BIN_REM: return b == 0 || b == -1 ? value_int(0) : value_int(a % b);
    case BIN_SHL: return value_int(ub < 64 ? (int64_t)(ua << ub) : 0);
    case BIN_SHR: return value_int(ub < 64 ? a >> ub : 0);
    case BIN_AND: return value_int(a & b);
    case BIN_OR: return value_int(a | b);
    case BIN_XOR: return value_int(a ^ b);
    case BIN_EQ: return value_int(a == b);
    case BIN_NE: return value_int(a != b);
    case BIN_LT: return value_int(a < b);
    case BIN_GT: return value_int(a > b);
    case BIN_LE: return value_int(a <= b);
    default: return value_int(a >= b);
    }
}

/* 1: not null, 0: null, -1: unknown */
static int null_state(engine *e, state *s, value v)
{
    uint32_t object_ = e->regions.at[v.id].base;
    const object *o = &e->objects.at[object_];
    if (o->kind != OBJ_BLOCK) {
        return o->kind == OBJ_SYMBOL && e->regions.at[v.id].kind == REGION_BASE
                   ? truth_of(e, s, (value){V_SYM, o->symbol, 0})
                   : 1;
    }
    const block_state *b = block_find(s, object_);
    return !b ? -1 : b->flags & BLOCK_NULL ? 0 : b->flags & BLOCK_NOT_NULL ? 1 : -1;
}

static bool interval(engine *e, state *s, value v, int64_t *low, int64_t *high)
{
    if (v.kind == V_INT) {
        *low = *high = v.n;
        return true;
    }
    if (v.kind != V_SYM) {
        return false;
    }
    const range *r = range_find(s, v.id);
    *low = r ? r->low : INT_MIN_SEEN;
    *high = r ? r->high : INT_MAX_SEEN;
    if (e->symbols.at[v.id].kind == SYM_BINARY && e->symbols.at[v.id].op >= BIN_EQ) {
        *low = *low < 0 ? 0 : *low;
        *high = *high > 1 ? 1 : *high;
    }
    *low = *low == INT_MIN_SEEN ? *low : (int64_t)((uint64_t)*low + (uint64_t)v.n);
    *high = *high == INT_MAX_SEEN ? *high : (int64_t)((uint64_t)*high + (uint64_t)v.n);
    return true;
}

static int compare_intervals(engine *e, state *s, uint8_t op, value a, value b)
{
    int64_t al, ah, bl, bh;
    if (a.kind == V_SYM && b.kind == V_SYM && a.id == b.id) {
        return (int)fold(op, a.n, b.n).n;
    }
    if (!interval(e, s, a, &al, &ah) || !interval(e, s, b, &bl, &bh)) {
        return -1;
    }
    switch (op) {
    case BIN_EQ:
    case BIN_NE:
        if (al == ah && bl == bh && al == bl) {
            return op == BIN_EQ;
        }
        return ah < bl || bh < al ? op == BIN_NE : -1;
    case BIN_LT: return ah < bl ? 1 : al >= bh ? 0 : -1;
    case BIN_LE: return ah <= bl ? 1 : al > bh ? 0 : -1;
    case BIN_GT: return al > bh ? 1 : ah <= bl ? 0 : -1;
    default: return al >= bh ? 1 : ah < bl ? 0 : -1;
    }
}

static bool is_live(engine *e, state *s, value v)
{
    const object *o = object_of(e, v.id);
    const block_state *b = block_find(s, e->regions.at[v.id].base);
    return o->kind == OBJ_BLOCK ? b && b->life == LIFE_LIVE : o->kind != OBJ_SYMBOL && o->kind != OBJ_UNKNOWN;
}

/* Are two pointers, one of them to a block, the same? Two that live at the same time are not. */
static int compare_blocks(engine *e, state *s, value a, value b)
{
    int first = null_state(e, s, a), second = null_state(e, s, b);
    if (first >= 0 && second >= 0 && first != second) {
        return 0;
    }
    if (first == 0 && second == 0) {
        return 1;
    }
    bool differ = is_live(e, s, a) && is_live(e, s, b) && (first == 1 || second == 1);
    return differ ? 0 : -1;
}

static int compare_pointers(engine *e, state *s, uint8_t op, value a, value b)
{
    if (a.kind == V_INT && b.kind == V_PTR) {
        value swap = a;
        a = b;
        b = swap;
    }
    if (a.kind != V_PTR) {
        return -1;
    }
    if (b.kind == V_INT && b.n == 0) {
        int known = null_state(e, s, a);
        return known < 0 ? -1 : op == BIN_EQ ? !known : known;
    }
    if (b.kind == V_PTR) {
        if (a.id == b.id) {
            return op == BIN_EQ;
        }
        object_kind ka = object_of(e, a.id)->kind, kb = object_of(e, b.id)->kind;
        if (e->regions.at[a.id].base != e->regions.at[b.id].base && (ka == OBJ_BLOCK || kb == OBJ_BLOCK)) {
            int known = compare_blocks(e, s, a, b);
            return known < 0 ? -1 : op == BIN_EQ ? known : !known;
        }
        bool distinct = e->regions.at[a.id].base != e->regions.at[b.id].base && ka != OBJ_SYMBOL &&
                        kb != OBJ_SYMBOL && ka != OBJ_UNKNOWN && kb != OBJ_UNKNOWN && ka != OBJ_BLOCK &&
                        kb != OBJ_BLOCK;
        return distinct ? op == BIN_NE : -1;
    }
    return -1;
}

static int compare(engine *e, state *s, uint8_t op, value a, value b)
{
    if ((op == BIN_EQ || op == BIN_NE) && (a.kind == V_PTR || b.kind == V_PTR)) {
        return compare_pointers(e, s, op, a, b);
    }
    if ((op == BIN_EQ || op == BIN_NE) && b.kind == V_INT && b.n == 0) {
        int known = truth_of(e, s, a);
        return known < 0 ? -1 : op == BIN_EQ ? !known : known;
    }
    return compare_intervals(e, s, op, a, b);
}

int truth_of(engine *e, state *s, value v)
{
    if (v.kind == V_INT) {
        return v.n != 0;
    }
    if (v.kind == V_PTR) {
        return null_state(e, s, v);
    }
    if (v.kind != V_SYM) {
        return -1;
    }
    int64_t low, high;
    const range *r = range_find(s, v.id);
    if (v.n == 0 && r && r->not_zero) {
        return 1;
    }
    interval(e, s, v, &low, &high);
    if (low > 0 || high < 0) {
        return 1;
    }
    if (low == 0 && high == 0) {
        return 0;
    }
    const symbol *y = &e->symbols.at[v.id];
    if (v.n == 0 && y->kind == SYM_BINARY && y->op >= BIN_EQ) {
        return compare(e, s, y->op, y->a, y->b);
    }
    return -1;
}

value value_binary(engine *e, state *s, uint8_t op, value a, value b)
{
    if (a.kind == V_INT && b.kind == V_INT) {
        return fold(op, a.n, b.n);
    }
    if (op >= BIN_EQ) {
        int known = compare(e, s, op, a, b);
        if (known >= 0) {
            return value_int(known);
        }
        if ((a.kind != V_SYM && a.kind != V_INT && a.kind != V_PTR) ||
            (b.kind != V_SYM && b.kind != V_INT && b.kind != V_PTR)) {
            return (value){0};
        }
        return symbol_binary(e, op, a, b);
    }
    if (a.kind == V_PTR || b.kind == V_PTR) { /* an address in disguise stays an address */
        value p = a.kind == V_PTR ? a : b, other = a.kind == V_PTR ? b : a;
        if (op == BIN_SUB && other.kind == V_INT && e->regions.at[p.id].kind == REGION_FIELD) {
            return value_ptr(e->regions.at[p.id].parent); /* from a member back to its structure */
        }
        if (a.kind == V_PTR && b.kind == V_PTR && e->regions.at[a.id].base == e->regions.at[b.id].base &&
            op == BIN_SUB) {
            return (value){0};
        }
        return p;
    }
    if (b.kind == V_INT && a.kind == V_SYM && (op == BIN_ADD || op == BIN_SUB)) {
        a.n = op == BIN_ADD ? (int64_t)((uint64_t)a.n + (uint64_t)b.n)
                            : (int64_t)((uint64_t)a.n - (uint64_t)b.n);
        return a;
    }
    if (a.kind == V_INT && b.kind == V_SYM && op == BIN_ADD) {
        b.n = (int64_t)((uint64_t)b.n + (uint64_t)a.n);
        return b;
    }
    if (a.kind == V_NONE || b.kind == V_NONE || a.kind > V_PTR || b.kind > V_PTR) {
        return (value){0};
    }
    return symbol_binary(e, op, a, b);
}

/* ---- assuming */

static bool narrow(engine *e, state *s, value v, int64_t low, int64_t high)
{
    if (v.kind != V_SYM) {
        return true;
    }
    if (low != INT_MIN_SEEN) {
        low = (int64_t)((uint64_t)low - (uint64_t)v.n);
    }
    if (high != INT_MAX_SEEN) {
        high = (int64_t)((uint64_t)high - (uint64_t)v.n);
    }
    range *r = range_make(s, v.id);
    r->low = low > r->low ? low : r->low;
    r->high = high < r->high ? high : r->high;
    if (r->not_zero && r->low == 0) {
        r->low = 1;
    }
    if (e->symbols.at[v.id].kind == SYM_RESULT && (r->low > 0 || r->high < 0)) {
        frame_result_failed(e, s, v.id);
        r = range_find(s, v.id);
    }
    return r->low <= r->high && !(r->not_zero && r->low == 0 && r->high == 0);
}

static bool assume_pointer(engine *e, state *s, value v, bool truth)
{
    int known = null_state(e, s, v);
    if (known >= 0) {
        return known == truth;
    }
    uint32_t object_ = e->regions.at[v.id].base;
    if (e->objects.at[object_].kind == OBJ_SYMBOL) {
        return assume(e, s, (value){V_SYM, e->objects.at[object_].symbol, 0}, truth);
    }
    if (e->objects.at[object_].kind == OBJ_BLOCK) {
        block_make(e, s, object_)->flags |= truth ? BLOCK_NOT_NULL : BLOCK_NULL;
        for (int i = 0; !truth && i < s->blocks.count;
             i++) { /* a reallocation that fails leaves the old block */
            block_state *old = &s->blocks.at[i];
            if (old->life == LIFE_MOVED && old->end_event == e->objects.at[object_].event) {
                old->life = LIFE_LIVE;
            }
        }
    }
    return true;
}

static void mark_compared(engine *e, state *s, value v, int depth)
{
    if (v.kind != V_SYM || depth > 6) {
        return;
    }
    range_make(s, v.id)->compared = true;
    const symbol y = e->symbols.at[v.id];
    if (y.kind == SYM_BINARY && y.op < BIN_EQ) {
        mark_compared(e, s, y.a, depth + 1);
        mark_compared(e, s, y.b, depth + 1);
    }
}

static bool assume_compare(engine *e, state *s, uint8_t op, value a, value b, bool truth)
{
    static const uint8_t opposite[] = {BIN_NE, BIN_EQ, BIN_GE, BIN_LE, BIN_GT, BIN_LT};
    if (!truth) {
        op = opposite[op - BIN_EQ];
    }
    int known = compare(e, s, op, a, b);
    if (known >= 0) {
        return known == 1;
    }
    if ((op == BIN_EQ || op == BIN_NE) && b.kind == V_INT && b.n == 0) {
        return assume(e, s, a, op == BIN_NE);
    }
    if ((op == BIN_EQ || op == BIN_NE) && a.kind == V_INT && a.n == 0) {
        return assume(e, s, b, op == BIN_NE);
    }
    if (op > BIN_NE) { /* whoever compares an amount with anything has looked at it */
        mark_compared(e, s, op == BIN_LT || op == BIN_LE ? a : b, 0);
    }
    int64_t al, ah, bl, bh;
    if (!interval(e, s, a, &al, &ah) || !interval(e, s, b, &bl, &bh)) {
        return true;
    }
    int64_t less = bh == INT_MAX_SEEN || bh == INT_MIN_SEEN ? bh : bh - 1;
    int64_t more = bl == INT_MIN_SEEN || bl == INT_MAX_SEEN ? bl : bl + 1;
    int64_t a_less = ah == INT_MAX_SEEN || ah == INT_MIN_SEEN ? ah : ah - 1;
    int64_t a_more = al == INT_MIN_SEEN || al == INT_MAX_SEEN ? al : al + 1;
    switch (op) {
    case BIN_EQ: return narrow(e, s, a, bl, bh) && narrow(e, s, b, al, ah);
    case BIN_LT: return narrow(e, s, a, INT_MIN_SEEN, less) && narrow(e, s, b, a_more, INT_MAX_SEEN);
    case BIN_LE: return narrow(e, s, a, INT_MIN_SEEN, bh) && narrow(e, s, b, al, INT_MAX_SEEN);
    case BIN_GT: return narrow(e, s, a, more, INT_MAX_SEEN) && narrow(e, s, b, INT_MIN_SEEN, a_less);
    case BIN_GE: return narrow(e, s, a, bl, INT_MAX_SEEN) && narrow(e, s, b, INT_MIN_SEEN, ah);
    default: return true;
    }
}

bool assume(engine *e, state *s, value v, bool truth)
{
    if (v.kind == V_INT) {
        return (v.n != 0) == truth;
    }
    if (v.kind == V_PTR) {
        return assume_pointer(e, s, v, truth);
    }
    if (v.kind != V_SYM) {
        return true;
    }
    int known = truth_of(e, s, v);
    if (known >= 0) {
        return known == truth;
    }
    const symbol y = e->symbols.at[v.id];
    if (v.n == 0 && y.kind == SYM_BINARY && y.op >= BIN_EQ) {
        if (!assume_compare(e, s, y.op, y.a, y.b, truth)) {
            return false;
        }
        range *r = range_make(s, v.id);
        r->low = r->high = truth;
        r->not_zero = truth;
        return true;
    }
    if (y.kind == SYM_RESULT && truth && v.n == 0) {
        frame_result_failed(e, s, v.id);
    }
    if (y.kind == SYM_THREAD && !truth && v.n == 0) {
        capture_failed(s, y.event);
    }
    if (!truth) {
        return narrow(e, s, v, 0, 0);
    }
    if (v.n == 0) {
        range *r = range_make(s, v.id);
        r->not_zero = true;
        if (r->low == 0) {
            r->low = 1;
        }
        return r->low <= r->high;
    }
    return true;
}

/* While `a op b` holds, with one side stepping towards the other from zero or more: how often at most. */
int64_t rounds_at_most(engine *e, state *s, uint8_t op, value a, value b)
{
    int64_t al, ah, bl, bh;
    if (op < BIN_NE || !interval(e, s, a, &al, &ah) || !interval(e, s, b, &bl, &bh)) {
        return -1;
    }
    bool down = op == BIN_GT || op == BIN_GE;
    int64_t from = down ? bl : al, to = down ? ah : bh;
    if (from < 0 || to > INT32_MAX || to < 0) {
        return -1;
    }
    return to + (op == BIN_LE || op == BIN_GE);
}

/* ---- what came from outside and was never compared with anything */

bool outside_unchecked(engine *e, state *s, value v, int depth)
{
    if (v.kind != V_SYM || depth > 8) {
        return false;
    }
    enum { HIGH_BYTE = 16 };
    const symbol y = e->symbols.at[v.id];
    if (!y.outside || y.narrow) {
        return false;
    }
    const range *r = range_find(s, v.id);
    if (r && (r->compared || r->high != INT_MAX_SEEN)) {
        return false;
    }
    if (y.kind == SYM_BINARY && y.op == BIN_SHL && y.b.kind == V_INT && y.b.n >= HIGH_BYTE &&
        y.a.kind == V_SYM && e->symbols.at[y.a.id].outside) {
        return true; /* a number put together from bytes */
    }
    if (y.kind == SYM_BINARY) {
        return outside_unchecked(e, s, y.a, depth + 1) || outside_unchecked(e, s, y.b, depth + 1);
    }
    return true;
}
