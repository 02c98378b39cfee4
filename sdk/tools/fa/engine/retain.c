/* retain.c - blocks that change hands: retained beyond their frame, sent to another thread, kept over a
 * suspension. */
#include <string.h>

#include "engine/engine.h"

/* ---- retention */

enum { POLICY_DISCARD, POLICY_POOL, POLICY_HEAP, POLICY_SCRATCH };

static void check_policy(engine *e, state *s, const call *c, int first, int64_t policy, uint32_t here)
{
    if (first + 4 >= c->arg_count) {
        return;
    }
    value name = arg(s, c, first + 4);
    uint32_t depth = e->chains.at[e->events.at[here].chain].depth;
    bool none = name.kind == V_INT && name.n == 0;
    bool given = name.kind == V_PTR && object_of(e, name.id)->kind == OBJ_STRING;
    if (policy == POLICY_SCRATCH && none) {
        report(e, "FA604", here, depth, "retained into a scratch pool, but no scratch pool is named");
    } else if (policy != POLICY_SCRATCH && policy >= 0 && given) {
        report(e, "FA604", here, depth, "a scratch pool is named, but the policy is another one");
    }
}

void retain(engine *e, state *s, const instr *in, func *f)
{
    const call *c = in->call;
    int at = f->ctx_param >= 0 ? f->ctx_param + 1 : 0;
    value p = arg(s, c, at), policy = at + 3 < c->arg_count ? arg(s, c, at + 3) : (value){0};
    uint32_t here = event_make(e, s, in), depth = e->chains.at[e->events.at[here].chain].depth;
    int64_t chosen = policy.kind == V_INT ? policy.n : -1;
    use_value(e, s, p, in, "retained");
    value id = symbol_fresh(e, s, in, 0x55);
    uint32_t object_ = 0;
    if (p.kind == V_PTR) {
        object_ = e->regions.at[p.id].base;
        const object o = e->objects.at[object_];
        block_state *b = o.kind == OBJ_BLOCK ? block_find(s, object_) : NULL;
        if (o.kind == OBJ_LOCAL || o.kind == OBJ_GLOBAL || o.kind == OBJ_STRING ||
            (o.kind == OBJ_BLOCK && o.family != FAMILY_FRAME)) {
            report(e, "FA604", here, depth, "%s is retained, but it is not frame memory",
                   object_name(e, object_));
        } else if (b) {
            value bytes = at + 1 < c->arg_count ? arg(s, c, at + 1) : (value){0};
            if (b->flags & BLOCK_RETAINED) {
                report(e, "FA604", here, depth, "%s is retained a second time", object_name(e, object_));
            } else if (bytes.kind == V_INT && o.size.kind == V_INT && bytes.n > o.size.n && o.size.n > 0) {
                report(e, "FA604", here, depth, "%s has %lld bytes, but %lld are retained",
                       object_name(e, object_), (long long)o.size.n, (long long)bytes.n);
            }
            b->flags |= BLOCK_RETAINED | (chosen == POLICY_DISCARD ? BLOCK_DISCARD : 0);
        }
    }
    check_policy(e, s, c, at, chosen, here);
    vec_push(&s->retained, (retained){id, object_, here, chosen, false, false});
    set_result(s, in, id);
}

static retained *retained_by_id(state *s, value id)
{
    for (int i = 0; i < s->retained.count; i++) {
        if (value_same(s->retained.at[i].id, id)) {
            return &s->retained.at[i];
        }
    }
    return NULL;
}

void take(engine *e, state *s, const instr *in, func *f)
{
    const call *c = in->call;
    int at = f->ctx_param >= 0 ? f->ctx_param + 1 : 0;
    value id = arg(s, c, at), out = at + 1 < c->arg_count ? arg(s, c, at + 1) : (value){0};
    uint32_t here = event_make(e, s, in);
    retained *r = retained_by_id(s, id);
    family fam = FAMILY_NONE;
    if (r) {
        uint32_t depth = common_depth(e, r->event, here);
        if (r->policy == POLICY_DISCARD) {
            report(e, "FA605", here, depth,
                   "a block retained with the discard policy is taken: it is gone with its frame");
            report_note(e, r->event, "retained here, to be discarded");
        } else if (!r->ended && r->object && block_find(s, r->object) &&
                   block_find(s, r->object)->life == LIFE_LIVE) {
            report(e, "FA604", here, depth, "a retained block is taken before its frame has ended");
            report_note(e, r->event, "retained here");
        } else if (r->taken) {
            report(e, "FA604", here, depth, "a retained block is taken a second time");
            report_note(e, r->event, "retained here");
        } else {
            fam = r->policy == POLICY_POOL   ? FAMILY_POOL
                  : r->policy == POLICY_HEAP ? FAMILY_HEAP
                                             : FAMILY_NONE;
        }
        r->taken = true;
    }
    value result = result_symbol(e, s, in);
    if (out.kind == V_PTR) {
        value made = symbol_fresh(e, s, in, 0x57);
        if (fam != FAMILY_NONE) {
            uint32_t object_ = new_block(e, s, in, fam);
            block_find(s, object_)->flags |= BLOCK_TAKEN;
            made = value_ptr(region_base(e, object_));
        }
        cell_store(e, s, out.id, made, here);
    }
    set_result(s, in, result);
}

/* ---- transfer */

void send_block(engine *e, state *s, const instr *in, func *f)
{
    const call *c = in->call;
    uint32_t here = event_make(e, s, in);
    value result = result_symbol(e, s, in);
    int at = block_arg(c, f);
    value p = arg(s, c, at);
    use_value(e, s, p, in, "sent");
    if (p.kind == V_PTR || p.kind == V_SYM) {
        uint32_t object_ = e->regions.at[region_of_value(e, s, p, in)].base;
        object_kind k = e->objects.at[object_].kind;
        if (k == OBJ_BLOCK || k == OBJ_SYMBOL) {
            block_state *b = block_make(e, s, object_);
            mark_handled(e, s, object_);
            b->life = LIFE_SENT;
            b->end_event = here;
        }
    }
    for (int i = at + 1; i < c->arg_count; i++) {
        value out = arg(s, c, i);
        if (out.kind == V_PTR && object_of(e, out.id)->kind != OBJ_STRING) {
            cell_store(e, s, out.id, symbol_fresh(e, s, in, 0x58), here);
        }
    }
    set_result(s, in, result);
}

void receive(engine *e, state *s, const instr *in, func *f)
{
    const call *c = in->call;
    for (int i = 0; i < c->arg_count; i++) {
        value out = arg(s, c, i);
        if (i != f->ctx_param && out.kind == V_PTR && object_of(e, out.id)->kind != OBJ_STRING) {
            uint32_t object_ = new_block(e, s, in, FAMILY_NONE);
            block_find(s, object_)->flags |= BLOCK_OUT | BLOCK_RECEIVED;
            cell_store(e, s, out.id, value_ptr(region_base(e, object_)), event_make(e, s, in));
        }
    }
    set_result(s, in, result_symbol(e, s, in));
}

void suspend(engine *e, state *s, const instr *in)
{
    uint32_t here = event_make(e, s, in);
    for (int i = 0; i < s->blocks.count; i++) {
        block_state *b = &s->blocks.at[i];
        if (b->family == FAMILY_FRAME && b->life == LIFE_LIVE &&
            !(b->flags & (BLOCK_SUSPENDED | BLOCK_NULL | BLOCK_RESULT))) {
            b->flags |= BLOCK_SUSPENDED;
            b->suspend_event = here;
        }
    }
    s->allocs.count = 0; /* frames go by meanwhile */
    set_result(s, in, symbol_fresh(e, s, in, 0x5b));
}
