/* load.c - reading a cell: what was stored, what a whole structure was set to, or the first value of a place
 * that was never written on this path. */
#include <string.h>

#include "engine/engine.h"

/* ---- loading */

static bool known_number(state *s, value v, int64_t *out)
{
    const range *r = v.kind == V_SYM ? range_find(s, v.id) : NULL;
    bool known = v.kind == V_INT || (r && r->low == r->high);
    *out = v.kind == V_INT ? v.n : known ? r->low + v.n : 0;
    return known && *out >= 0;
}

static value init_of_global(engine *e, state *s, uint32_t region_, bool *found)
{
    object *o = object_of(e, region_);
    const char *path[16];
    int64_t number;
    int depth = 0;
    uint32_t at = region_;
    *found = false;
    while (e->regions.at[at].kind != REGION_BASE && depth < 16) {
        const region *step = &e->regions.at[at];
        if (step->kind == REGION_FIELD) {
            path[depth++] = step->field;
        } else if (known_number(s, step->index, &number)) {
            char name[32];
            char *p = name + sizeof name;
            int64_t n = number;
            *--p = 0;
            do {
                *--p = (char)('0' + n % 10);
            } while ((n /= 10) > 0);
            *--p = '#';
            path[depth++] = word(p);
        } else {
            path[depth++] = NULL; /* any element */
        }
        at = step->parent;
    }
    for (int i = 0; i < o->global->init.count; i++) {
        const init_cell *c = &o->global->init.at[i];
        int matched = 0, k = depth - 1;
        for (; matched < c->path.count; matched++) {
            bool zero = strcmp(c->path.at[matched], "#0") == 0;
            if (k >= 0 && (path[k] == c->path.at[matched] || (!path[k] && c->path.at[matched][0] == '#'))) {
                k--;
            } else if (!zero) {
                break;
            }
        }
        if (matched == c->path.count && k < 0) {
            *found = true;
            if (c->func) {
                return value_ptr(region_base(e, object_func(e, func_resolve(c->func))));
            }
            if (c->global) {
                return value_ptr(region_base(e, object_global(e, c->global->definition)));
            }
            if (c->text) {
                return value_ptr(region_base(e, object_string(e, c->text)));
            }
            return value_int(c->value);
        }
    }
    return (value){0};
}

/* The first value of a place that was never written on this path. */
static value first_value(engine *e, state *s, uint32_t region_)
{
    object *o = object_of(e, region_);
    if (o->kind == OBJ_GLOBAL && o->global->init.count) {
        bool found;
        value v = init_of_global(e, s, region_, &found);
        if (found && (o->global->is_const || v.kind == V_PTR)) {
            return v;
        }
    }
    if (o->kind == OBJ_GLOBAL && o->global->tag && *o->global->tag &&
        e->regions.at[region_].kind == REGION_BASE) {
        uint64_t key = hash_mix(0x53, (uint64_t)(uintptr_t)o->global->tag);
        return (value){V_SYM, symbol_make(e, key, (symbol){.kind = SYM_TAG, .tag = o->global->tag}), 0};
    }
    return symbol_of_region(e, region_, 0);
}

/* An array element at an unknown index: any element that was stored may be meant. */
static value load_any_element(engine *e, state *s, uint32_t region_, bool *found)
{
    const region r = e->regions.at[region_];
    *found = false;
    for (uint32_t at = region_; e->regions.at[at].kind != REGION_BASE; at = e->regions.at[at].parent) {
        const region step = e->regions.at[at];
        if (step.kind != REGION_INDEX) {
            continue;
        }
        for (int i = s->cells.count - 1; i >= 0; i--) {
            const cell *c = &s->cells.at[i];
            const region *held = &e->regions.at[c->region];
            if (held->base != r.base || c->region == region_ || c->v.kind != V_PTR ||
                object_of(e, c->v.id)->kind != OBJ_BLOCK) {
                continue;
            }
            /* same path from the element on, and the element belongs to the same array */
            uint32_t a = region_, b = c->region;
            while (a != at && e->regions.at[b].kind == e->regions.at[a].kind && b != step.parent &&
                   e->regions.at[a].field == e->regions.at[b].field) {
                a = e->regions.at[a].parent;
                b = e->regions.at[b].parent;
            }
            bool element = b == step.parent ||
                           (e->regions.at[b].kind == REGION_INDEX && e->regions.at[b].parent == step.parent);
            bool known =
                step.index.kind == V_INT && (b == step.parent || e->regions.at[b].index.kind == V_INT);
            if (a == at && element && !known) {
                *found = true;
                return c->v;
            }
        }
        break;
    }
    return (value){0};
}

/* An element's block stands for itself: freeing one must not free the others. */
static value element_of(engine *e, state *s, value v, uint32_t region_, const instr *in)
{
    uint32_t object_ = e->regions.at[v.id].base;
    const object *o = &e->objects.at[object_];
    if (o->family == FAMILY_FRAME || o->family == FAMILY_NONE) {
        return v;
    }
    uint64_t key = hash_mix(hash_mix(0x67, object_), hash_mix(region_, (uint64_t)(uintptr_t)in));
    uint32_t made = object_block(e, key, o->family, o->event);
    block_state *b = block_make(e, s, made);
    b->flags = BLOCK_ELEMENT | BLOCK_ESCAPED;
    b->life = LIFE_LIVE;
    return value_ptr(region_base(e, made));
}

value cell_load(engine *e, state *s, uint32_t region_, const instr *in)
{
    cell *c = cell_find(s, region_);
    if (c && c->v.kind != V_AGG && c->v.kind != V_NONE) {
        bool first_byte = c->v.kind == V_SYM && (in->flags & INSTR_BYTE) && e->symbols.at[c->v.id].outside;
        return first_byte ? symbol_binary(e, BIN_AND, c->v, value_int(UINT8_MAX)) : c->v;
    }
    value v = {0};
    bool found = false;
    for (uint32_t at = region_;; at = e->regions.at[at].parent) { /* what the whole structure was set to */
        cell *whole = cell_find(s, at);
        if (whole && whole->v.kind == V_AGG) {
            uint32_t source = region_rebase(e, region_, at, whole->v.id);
            cell *held = object_of(e, source)->kind == OBJ_LOCAL ? NULL : cell_find(s, source);
            v = held ? held->v : first_value(e, s, source);
            found = true;
            break;
        }
        if (whole && at != region_ && whole->v.kind == V_MARK && e->regions.at[region_].parent == at &&
            e->regions.at[region_].kind == REGION_FIELD &&
            strcmp(e->regions.at[region_].field, "arena") == 0) {
            v = whole->v; /* a scope's arena lasts as long as the scope */
            found = true;
            break;
        }
        if (whole && at != region_ && whole->v.kind == V_INT && whole->v.n == 0) {
            v = value_int(0);
            found = true;
            break;
        }
        if (whole && at != region_ && whole->v.kind == V_SYM) {
            bool outside = e->symbols.at[whole->v.id].outside;
            v = symbol_of_region(e, region_, whole->v.id + 1);
            e->symbols.at[v.id].outside |= outside;
            found = true;
            break;
        }
        if (e->regions.at[at].kind == REGION_BASE) {
            break;
        }
    }
    bool any;
    value element = load_any_element(e, s, region_, &any);
    if (any) {
        v = element_of(e, s, element, region_, in);
        found = true;
    }
    if (!found) {
        v = first_value(e, s, region_);
    }
    if (v.kind == V_SYM && (in->flags & INSTR_BYTE)) {
        e->symbols.at[v.id].narrow = true;
    }
    cell *made = cell_make(s, region_);
    made->v = v;
    return v;
}
