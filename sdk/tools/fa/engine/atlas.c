/* atlas.c - interning: one number for one thing within one analysis. Keys are 64-bit hashes of what the thing
 * is made of; at the few thousand things of an analysis a collision is out of reach. */
#include "engine/engine.h"

#include <string.h>

/* The tables are reserved once and never move, so that pointers into them hold; an analysis that fills half
 * of one is given up, and the other half is room for the instruction that did it. Untouched pages cost
 * nothing. */
#define TABLE_MAX 131072

enum { KEY_SYMBOL = 11, KEY_REGION, KEY_OBJECT, KEY_CHAIN, KEY_EVENT };

uint64_t value_hash(value v)
{
    return hash_mix(hash_mix(v.kind, v.id), (uint64_t)v.n);
}

bool value_same(value a, value b)
{
    return a.kind == b.kind && a.id == b.id && a.n == b.n;
}

/* ---- symbols */

uint32_t symbol_make(engine *e, uint64_t key, symbol s)
{
    bool fresh;
    uint32_t *slot = map64_at(&e->symbol_map, hash_mix(KEY_SYMBOL, key), &fresh);
    if (fresh) {
        e->stopped |= e->symbols.count > TABLE_MAX / 2;
        *slot = (uint32_t)e->symbols.count;
        vec_push(&e->symbols, s);
    }
    return *slot;
}

/* The first symbol of this place that the state does not hold: rounds of a loop that forget it share it. */
value symbol_fresh(engine *e, state *s, const instr *in, uint32_t salt)
{
    uint64_t key = hash_mix(hash_mix((uint64_t)(uintptr_t)in, top_call(s)->chain), salt);
    for (uint32_t round = 0;; round++) {
        uint32_t id = symbol_make(e, hash_mix(key, round), (symbol){.kind = SYM_FRESH});
        if (round == 6 || !value_in_use(s, id)) {
            return (value){V_SYM, id, 0};
        }
    }
}

value symbol_of_region(engine *e, uint32_t region_, uint32_t epoch)
{
    uint64_t key = hash_mix(hash_mix(0x51, region_), epoch);
    uint32_t id = symbol_make(e, key, (symbol){.kind = SYM_REGION, .region = region_});
    return (value){V_SYM, id, 0};
}

value symbol_binary(engine *e, uint8_t op, value a, value b)
{
    uint64_t key = hash_mix(hash_mix(hash_mix(0x52, op), value_hash(a)), value_hash(b));
    symbol s = {.kind = SYM_BINARY, .op = op, .a = a, .b = b};
    bool compare = op >= BIN_EQ;
    for (int i = 0; i < 2; i++) {
        value v = i ? b : a;
        if (v.kind == V_SYM && !compare) {
            s.outside |= e->symbols.at[v.id].outside;
        }
    }
    s.narrow = compare || op == BIN_REM || op == BIN_AND;
    return (value){V_SYM, symbol_make(e, key, s), 0};
}

/* ---- objects */

static uint32_t object_make(engine *e, uint64_t key, object o)
{
    bool fresh;
    uint32_t *slot = map64_at(&e->object_map, hash_mix(KEY_OBJECT, key), &fresh);
    if (fresh) {
        e->stopped |= e->objects.count > TABLE_MAX / 2;
        *slot = (uint32_t)e->objects.count;
        vec_push(&e->objects, o);
    }
    return *slot;
}

uint32_t object_local(engine *e, uint32_t chain_, const func *f, int local_)
{
    uint64_t key = hash_mix(hash_mix(0x61, chain_), (uint64_t)local_);
    return object_make(
        e, key,
        (object){.kind = OBJ_LOCAL, .chain = chain_, .local = local_, .variable = &f->locals.at[local_]});
}

uint32_t object_global(engine *e, global *g)
{
    return object_make(e, hash_mix(0x62, (uint64_t)(uintptr_t)g), (object){.kind = OBJ_GLOBAL, .global = g});
}

uint32_t object_func(engine *e, func *f)
{
    return object_make(e, hash_mix(0x63, (uint64_t)(uintptr_t)f), (object){.kind = OBJ_FUNC, .func = f});
}

uint32_t object_string(engine *e, const char *text_)
{
    return object_make(e, hash_mix(0x64, (uint64_t)(uintptr_t)text_),
                       (object){.kind = OBJ_STRING, .text = text_});
}

uint32_t object_symbol(engine *e, uint32_t symbol_)
{
    return object_make(e, hash_mix(0x65, symbol_), (object){.kind = OBJ_SYMBOL, .symbol = symbol_});
}

uint32_t object_block(engine *e, uint64_t key, family fam, uint32_t event_)
{
    return object_make(e, hash_mix(hash_mix(0x66, key), fam),
                       (object){.kind = OBJ_BLOCK, .family = fam, .event = event_});
}

/* ---- regions */

static uint32_t region_make(engine *e, uint64_t key, region r)
{
    bool fresh;
    uint32_t *slot = map64_at(&e->region_map, hash_mix(KEY_REGION, key), &fresh);
    if (fresh) {
        e->stopped |= e->regions.count > TABLE_MAX / 2;
        *slot = (uint32_t)e->regions.count;
        vec_push(&e->regions, r);
    }
    return *slot;
}

uint32_t region_base(engine *e, uint32_t object_)
{
    return region_make(e, hash_mix(0x71, object_), (region){.kind = REGION_BASE, .base = object_});
}

uint32_t region_field(engine *e, uint32_t parent, const char *field)
{
    uint64_t key = hash_mix(hash_mix(0x72, parent), (uint64_t)(uintptr_t)field);
    return region_make(e, key, (region){REGION_FIELD, parent, e->regions.at[parent].base, field, {0}});
}

/* Element 0 is the thing itself, and steps from an element add up. */
uint32_t region_index(engine *e, uint32_t parent, value index)
{
    const region *p = &e->regions.at[parent];
    if (index.kind != V_INT && index.kind != V_SYM) {
        index = (value){V_NONE, 0, 0};
    }
    if (p->kind == REGION_INDEX && p->index.kind == V_INT && index.kind == V_INT) {
        index.n += p->index.n;
        parent = p->parent;
    } else if (p->kind == REGION_INDEX && index.kind == V_INT && p->index.kind == V_SYM) {
        value moved = p->index;
        moved.n += index.n;
        index = moved;
        parent = p->parent;
    } else if (p->kind == REGION_INDEX && p->index.kind == V_INT && index.kind == V_SYM) {
        index.n += p->index.n;
        parent = p->parent;
    }
    if (index.kind == V_INT && index.n == 0) {
        return parent;
    }
    uint64_t key = hash_mix(hash_mix(0x73, parent), value_hash(index));
    return region_make(e, key, (region){REGION_INDEX, parent, e->regions.at[parent].base, NULL, index});
}

bool region_inside(const engine *e, uint32_t inner, uint32_t outer)
{
    if (e->regions.at[inner].base != e->regions.at[outer].base) {
        return false;
    }
    while (inner != outer) {
        if (e->regions.at[inner].kind == REGION_BASE) {
            return false;
        }
        inner = e->regions.at[inner].parent;
    }
    return true;
}

uint32_t region_rebase(engine *e, uint32_t inner, uint32_t from, uint32_t to)
{
    if (inner == from) {
        return to;
    }
    region r = e->regions.at[inner];
    uint32_t parent = region_rebase(e, r.parent, from, to);
    return r.kind == REGION_FIELD ? region_field(e, parent, r.field) : region_index(e, parent, r.index);
}

/* ---- chains and events */

uint32_t chain_make(engine *e, uint32_t parent, func *callee, const instr *call_)
{
    uint64_t key = hash_mix(hash_mix(parent, (uint64_t)(uintptr_t)callee), (uint64_t)(uintptr_t)call_);
    bool fresh;
    uint32_t *slot = map64_at(&e->chain_map, hash_mix(KEY_CHAIN, key), &fresh);
    if (fresh) {
        uint32_t depth = e->chains.count ? e->chains.at[parent].depth + 1 : 0;
        e->stopped |= e->chains.count > TABLE_MAX / 2;
        *slot = (uint32_t)e->chains.count;
        vec_push(&e->chains, (chain){parent, depth, callee, call_});
    }
    return *slot;
}

uint32_t event_at(engine *e, uint32_t chain_, func *f, const instr *in, place at)
{
    uint64_t key = hash_mix(hash_mix(chain_, (uint64_t)(uintptr_t)in), ((uint64_t)at.line << 20) ^ at.column);
    bool fresh;
    uint32_t *slot = map64_at(&e->event_map, hash_mix(KEY_EVENT, key), &fresh);
    if (fresh) {
        e->stopped |= e->events.count > TABLE_MAX / 2;
        *slot = (uint32_t)e->events.count;
        vec_push(&e->events, (event){chain_, in, at, f});
    }
    return *slot;
}

uint32_t event_make(engine *e, const state *s, const instr *in)
{
    const call_record *c = &s->calls.at[s->calls.count - 1];
    return event_at(e, c->chain, c->func, in, in->at);
}

void engine_reset(engine *e)
{
    vec_reserve(&e->symbols, TABLE_MAX);
    vec_reserve(&e->objects, TABLE_MAX);
    vec_reserve(&e->regions, TABLE_MAX);
    vec_reserve(&e->chains, TABLE_MAX);
    vec_reserve(&e->events, TABLE_MAX);
    e->symbols.count = e->objects.count = e->regions.count = e->chains.count = e->events.count = 0;
    map64_clear(&e->symbol_map);
    map64_clear(&e->object_map);
    map64_clear(&e->region_map);
    map64_clear(&e->chain_map);
    map64_clear(&e->event_map);
    map64_clear(&e->seen);
    map64_clear(&e->handled);
    e->frame_exits.count = e->tag_exits.count = e->wait_exits.count = e->leaks.count = 0;
    e->steps = e->states = 0;
    e->stopped = false;
    /* number 0 of each is "none" */
    symbol_make(e, 0, (symbol){.kind = SYM_FRESH});
    object_make(e, 0, (object){.kind = OBJ_UNKNOWN});
    region_base(e, 0);
    vec_push(&e->events, (event){0});
}

void engine_free(engine *e)
{
    vec_free(&e->symbols);
    vec_free(&e->objects);
    vec_free(&e->regions);
    vec_free(&e->chains);
    vec_free(&e->events);
    map64_free(&e->symbol_map);
    map64_free(&e->object_map);
    map64_free(&e->region_map);
    map64_free(&e->chain_map);
    map64_free(&e->event_map);
    map64_free(&e->seen);
    map64_free(&e->handled);
    vec_free(&e->frame_exits);
    vec_free(&e->tag_exits);
    vec_free(&e->leaks);
    vec_free(&e->wait_exits);
    while (e->spare) {
        state *s = e->spare;
        e->spare = s->next;
        vec_free(&s->cells);
        vec_free(&s->blocks);
        vec_free(&s->ranges);
        vec_free(&s->frames);
        vec_free(&s->tags);
        vec_free(&s->captures);
        vec_free(&s->visits);
        vec_free(&s->allocs);
        vec_free(&s->retained);
        vec_free(&s->calls);
        vec_free(&s->regs);
        mem_free(s);
    }
}
