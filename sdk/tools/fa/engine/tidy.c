/* tidy.c - forgetting what no longer matters, so that paths meet again.
 *
 * At the start of a statement the registers are empty. Plain locals that are dead lose their cells unless
 * these hold a block that someone must free; symbols that nothing names any more lose what was known of them;
 * blocks that nothing points to and nothing can complain about lose their history. What remains is hashed. */
#include "engine/engine.h"

#include <string.h>

#define BIT_HAS(bits, i) ((bits)[(i) >> 6] >> ((i)&63) & 1)

static bool holds_owned(engine *e, state *s, const cell *c)
{
    if (c->v.kind != V_PTR) {
        return false;
    }
    const block_state *b =
        object_of(e, c->v.id)->kind == OBJ_BLOCK ? block_find(s, e->regions.at[c->v.id].base) : NULL;
    return b && block_is_owned(b);
}

static void drop_dead_locals(engine *e, state *s, const block *at)
{
    uint32_t here = top_call(s)->chain;
    int kept = 0;
    for (int i = 0; i < s->cells.count; i++) {
        const cell *c = &s->cells.at[i];
        const object *o = object_of(e, c->region);
        bool dead = o->kind == OBJ_LOCAL && o->chain == here && at->live && !o->variable->address_taken &&
                    !BIT_HAS(at->live, o->local) && o->local != top_call(s)->func->return_local &&
                    !holds_owned(e, s, c);
        if (!dead) {
            s->cells.at[kept++] = *c;
        }
    }
    s->cells.count = kept;
}

typedef struct marks {
    uint64_t *symbols, *objects;
} marks;

static void mark_value(engine *e, marks *m, value v, int depth)
{
    if (v.kind == V_SYM) {
        if (BIT_HAS(m->symbols, v.id) || depth > 12) {
            return;
        }
        m->symbols[v.id >> 6] |= (uint64_t)1 << (v.id & 63);
        const symbol *y = &e->symbols.at[v.id];
        if (y->kind == SYM_BINARY || y->kind == SYM_PURE) {
            mark_value(e, m, y->a, depth + 1);
            mark_value(e, m, y->b, depth + 1);
        }
    } else if (v.kind == V_PTR || v.kind == V_AGG) {
        uint32_t base = e->regions.at[v.id].base;
        m->objects[base >> 6] |= (uint64_t)1 << (base & 63);
        if (e->objects.at[base].kind == OBJ_SYMBOL) {
            mark_value(e, m, (value){V_SYM, e->objects.at[base].symbol, 0}, depth + 1);
        }
    }
}

static void mark_all(engine *e, const state *s, marks *m)
{
    for (int i = 0; i < s->cells.count; i++) {
        mark_value(e, m, s->cells.at[i].v, 0);
        const object *o = object_of(e, s->cells.at[i].region);
        if (o->kind == OBJ_SYMBOL) {
            mark_value(e, m, (value){V_SYM, o->symbol, 0}, 0);
        }
        const region *r = &e->regions.at[s->cells.at[i].region];
        if (r->kind == REGION_INDEX) {
            mark_value(e, m, r->index, 0);
        }
    }
    for (int i = 0; i < s->regs.count; i++) {
        mark_value(e, m, s->regs.at[i], 0);
    }
    for (int i = 0; i < s->frames.count; i++) {
        mark_value(e, m, s->frames.at[i].ctx, 0);
        if (s->frames.at[i].result) {
            mark_value(e, m, (value){V_SYM, s->frames.at[i].result, 0}, 0);
        }
    }
    for (int i = 0; i < s->captures.count; i++) {
        mark_value(e, m, s->captures.at[i].handle, 0);
        uint32_t o = s->captures.at[i].object;
        m->objects[o >> 6] |= (uint64_t)1 << (o & 63);
    }
    for (int i = 0; i < s->retained.count; i++) {
        uint32_t o = s->retained.at[i].object;
        m->objects[o >> 6] |= (uint64_t)1 << (o & 63);
        mark_value(e, m, s->retained.at[i].id, 0);
    }
}

/* A comparison is worth remembering while its operands can be asked about again. */
static bool leaves_marked(engine *e, const marks *m, value v, int depth)
{
    if (v.kind != V_SYM) {
        return v.kind != V_PTR || BIT_HAS(m->objects, e->regions.at[v.id].base);
    }
    if (BIT_HAS(m->symbols, v.id)) {
        return true;
    }
    const symbol *y = &e->symbols.at[v.id];
    return y->kind == SYM_BINARY && depth < 8 && leaves_marked(e, m, y->a, depth + 1) &&
           leaves_marked(e, m, y->b, depth + 1);
}

static bool lasting_symbol(engine *e, uint32_t id)
{
    const symbol *y = &e->symbols.at[id];
    if (y->kind != SYM_REGION) {
        return false;
    }
    object_kind k = object_of(e, y->region)->kind; /* can be loaded again, and is the same then */
    return k == OBJ_GLOBAL;
}

void state_tidy(engine *e, state *s, const block *at)
{
    if (s->calls.count == 1 || true) {
        int base = top_call(s)->regs;
        for (int i = base; i < s->regs.count; i++) {
            s->regs.at[i] = (value){0};
        }
    }
    drop_dead_locals(e, s, at);
    size_t sw = (size_t)e->symbols.count / 64 + 1, ow = (size_t)e->objects.count / 64 + 1;
    uint64_t stack_bits[256];
    uint64_t *bits = sw + ow <= 256 ? stack_bits : mem_new((sw + ow) * sizeof *bits);
    memset(bits, 0, (sw + ow) * sizeof *bits);
    marks m = {bits, bits + sw};
    mark_all(e, s, &m);
    int kept = 0;
    for (int i = 0; i < s->ranges.count; i++) {
        const range *r = &s->ranges.at[i];
        if (BIT_HAS(m.symbols, r->symbol) || lasting_symbol(e, r->symbol) ||
            leaves_marked(e, &m, (value){V_SYM, r->symbol, 0}, 0)) {
            s->ranges.at[kept++] = *r;
        }
    }
    s->ranges.count = kept;
    kept = 0;
    for (int i = 0; i < s->blocks.count; i++) {
        const block_state *b = &s->blocks.at[i];
        bool owned = block_is_owned(b);
        const object *o = &e->objects.at[b->object];
        bool named = o->kind == OBJ_SYMBOL && BIT_HAS(m.symbols, o->symbol);
        if (owned || named || BIT_HAS(m.objects, b->object)) {
            s->blocks.at[kept++] = *b;
        }
    }
    s->blocks.count = kept;
    if (bits != stack_bits) {
        mem_free(bits);
    }
}

static uint64_t hash_where(const state *s, uint64_t h)
{
    for (int i = 0; i < s->calls.count; i++) {
        const call_record *c = &s->calls.at[i];
        h = hash_mix(hash_mix(h, c->chain), ((uint64_t)(uint32_t)c->block << 32) | (uint32_t)c->at);
    }
    return h;
}

uint64_t state_hash(const state *s)
{
    uint64_t h = hash_where(s, 3);
    for (int i = 0; i < s->cells.count; i++) {
        h = hash_mix(hash_mix(h, ((uint64_t)s->cells.at[i].region << 32) | s->cells.at[i].event),
                     value_hash(s->cells.at[i].v));
    }
    for (int i = 0; i < s->blocks.count; i++) {
        const block_state *b = &s->blocks.at[i];
        h = hash_mix(hash_mix(h, ((uint64_t)b->object << 32) | b->end_event),
                     ((uint64_t)b->flags << 32) | ((uint64_t)b->life << 16) | b->family);
    }
    for (int i = 0; i < s->ranges.count; i++) {
        const range *r = &s->ranges.at[i];
        h = hash_mix(hash_mix(hash_mix(h, ((uint64_t)r->symbol << 2) | (r->not_zero * 2) | r->compared),
                              (uint64_t)r->low),
                     (uint64_t)r->high);
    }
    for (int i = 0; i < s->frames.count; i++) {
        const frame_state *f = &s->frames.at[i];
        h = hash_mix(hash_mix(h, value_hash(f->ctx)), ((uint64_t)f->event << 32) | ((uint64_t)f->told << 24) |
                                                          ((uint64_t)f->status << 16) | (uint16_t)f->balance);
    }
    for (int i = 0; i < s->tags.count; i++) {
        h = hash_mix(hash_mix(h, value_hash(s->tags.at[i].ctx)), s->tags.at[i].event);
    }
    for (int i = 0; i < s->captures.count; i++) {
        const capture *c = &s->captures.at[i];
        h = hash_mix(hash_mix(h, ((uint64_t)c->object << 32) | c->event),
                     value_hash(c->handle) + c->reported);
    }
    for (int i = 0; i < s->allocs.count; i++) {
        const alloc_mark *a = &s->allocs.at[i];
        h = hash_mix(h, ((uint64_t)a->event << 32) | a->object | ((uint64_t)a->freed << 31));
    }
    for (int i = 0; i < s->retained.count; i++) {
        const retained *r = &s->retained.at[i];
        h = hash_mix(h, ((uint64_t)r->event << 32) | ((uint64_t)r->taken << 1) | r->ended);
    }
    return hash_mix(hash_mix(h, s->wait_event), (uint64_t)(uint32_t)s->tag_pops * 2 + s->tag_matched);
}
