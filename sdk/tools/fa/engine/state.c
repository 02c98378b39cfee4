/* state.c - one path's memory: cells keyed by region, what became of each object, what is known of each
 * symbol.
 *
 * Vectors sorted by number, copied whole when a path splits; a state is a few kilobytes and the vectors are
 * reused, so a split is a handful of memcpy. A cell that is not there has the value it had when the function
 * began, which is a symbol of its own. A cell of kind V_AGG stands for "the same content as that region had",
 * for structures copied before their fields were ever looked at; V_INT on a structure's root means all zero.
 */
#include "engine/engine.h"

#include <string.h>

state *state_new(engine *e)
{
    state *s = e->spare;
    if (s) {
        e->spare = s->next;
        s->next = NULL;
        s->cells.count = s->blocks.count = s->ranges.count = s->frames.count = s->tags.count = 0;
        s->captures.count = s->visits.count = s->allocs.count = s->retained.count = 0;
        s->calls.count = s->regs.count = 0;
        s->tag_pops = 0;
        s->tag_matched = false;
        s->wait_event = 0;
        s->sequence = s->epoch = s->tag_pop_event = 0;
        return s;
    }
    return mem_new(sizeof *s);
}

#define COPY(field)                                                                                   \
    do {                                                                                              \
        vec_reserve(&to->field, from->field.count);                                                   \
        if (from->field.count) {                                                                      \
            memcpy(to->field.at, from->field.at, (size_t)from->field.count * sizeof *from->field.at); \
        }                                                                                             \
        to->field.count = from->field.count;                                                          \
    } while (0)

state *state_copy(engine *e, const state *from)
{
    state *to = state_new(e);
    COPY(cells);
    COPY(blocks);
    COPY(ranges);
    COPY(frames);
    COPY(tags);
    COPY(captures);
    COPY(visits);
    COPY(allocs);
    COPY(retained);
    COPY(calls);
    COPY(regs);
    to->tag_pops = from->tag_pops;
    to->tag_pop_event = from->tag_pop_event;
    to->tag_matched = from->tag_matched;
    to->wait_event = from->wait_event;
    to->sequence = from->sequence;
    to->epoch = from->epoch;
    return to;
}

void state_drop(engine *e, state *s)
{
    s->next = e->spare;
    e->spare = s;
}

/* ---- sorted vectors */

#define LOWER_BOUND(vec, field, wanted, result)       \
    do {                                              \
        int low_ = 0, high_ = (vec).count;            \
        while (low_ < high_) {                        \
            int middle_ = (low_ + high_) / 2;         \
            if ((vec).at[middle_].field < (wanted)) { \
                low_ = middle_ + 1;                   \
            } else {                                  \
                high_ = middle_;                      \
            }                                         \
        }                                             \
        (result) = low_;                              \
    } while (0)

#define INSERT(vec, index)                                           \
    do {                                                             \
        vec_reserve(&(vec), (vec).count + 1);                        \
        memmove((vec).at + (index) + 1, (vec).at + (index),          \
                (size_t)((vec).count - (index)) * sizeof *(vec).at); \
        (vec).count++;                                               \
        memset(&(vec).at[index], 0, sizeof *(vec).at);               \
    } while (0)

cell *cell_find(state *s, uint32_t region_)
{
    int i;
    LOWER_BOUND(s->cells, region, region_, i);
    return i < s->cells.count && s->cells.at[i].region == region_ ? &s->cells.at[i] : NULL;
}

cell *cell_make(state *s, uint32_t region_)
{
    int i;
    LOWER_BOUND(s->cells, region, region_, i);
    if (i == s->cells.count || s->cells.at[i].region != region_) {
        INSERT(s->cells, i);
        s->cells.at[i].region = region_;
    }
    return &s->cells.at[i];
}

block_state *block_find(state *s, uint32_t object_)
{
    int i;
    LOWER_BOUND(s->blocks, object, object_, i);
    return i < s->blocks.count && s->blocks.at[i].object == object_ ? &s->blocks.at[i] : NULL;
}

block_state *block_make(engine *e, state *s, uint32_t object_)
{
    int i;
    LOWER_BOUND(s->blocks, object, object_, i);
    if (i == s->blocks.count || s->blocks.at[i].object != object_) {
        INSERT(s->blocks, i);
        s->blocks.at[i].object = object_;
        s->blocks.at[i].family = (uint8_t)e->objects.at[object_].family;
    }
    return &s->blocks.at[i];
}

range *range_find(state *s, uint32_t symbol_)
{
    int i;
    LOWER_BOUND(s->ranges, symbol, symbol_, i);
    return i < s->ranges.count && s->ranges.at[i].symbol == symbol_ ? &s->ranges.at[i] : NULL;
}

range *range_make(state *s, uint32_t symbol_)
{
    int i;
    LOWER_BOUND(s->ranges, symbol, symbol_, i);
    if (i == s->ranges.count || s->ranges.at[i].symbol != symbol_) {
        INSERT(s->ranges, i);
        s->ranges.at[i] = (range){.symbol = symbol_, .low = INT_MIN_SEEN, .high = INT_MAX_SEEN};
    }
    return &s->ranges.at[i];
}

bool value_in_use(const state *s, uint32_t symbol_)
{
    for (int i = 0; i < s->cells.count; i++) {
        if (s->cells.at[i].v.kind == V_SYM && s->cells.at[i].v.id == symbol_) {
            return true;
        }
    }
    for (int i = 0; i < s->regs.count; i++) {
        if (s->regs.at[i].kind == V_SYM && s->regs.at[i].id == symbol_) {
            return true;
        }
    }
    for (int i = 0; i < s->ranges.count; i++) {
        if (s->ranges.at[i].symbol == symbol_) {
            return true;
        }
    }
    return false;
}

static bool made_of(const engine *e, value v, uint32_t symbol_, int depth)
{
    if (v.kind != V_SYM || depth > 3) {
        return false;
    }
    const symbol *y = &e->symbols.at[v.id];
    return v.id == symbol_ || (y->kind == SYM_BINARY && (made_of(e, y->a, symbol_, depth + 1) ||
                                                         made_of(e, y->b, symbol_, depth + 1)));
}

bool symbol_busy(const engine *e, const state *s, uint32_t symbol_)
{
    bool busy = false;
    for (int i = 0; i < s->cells.count && !busy; i++) {
        busy = made_of(e, s->cells.at[i].v, symbol_, 0);
    }
    for (int i = 0; i < s->regs.count && !busy; i++) {
        busy = made_of(e, s->regs.at[i], symbol_, 0);
    }
    for (int i = 0; i < s->ranges.count && !busy; i++) {
        busy = made_of(e, (value){V_SYM, s->ranges.at[i].symbol, 0}, symbol_, 0);
    }
    for (int i = 0; i < s->frames.count && !busy; i++) {
        busy = s->frames.at[i].result == symbol_;
    }
    for (int i = 0; i < s->tags.count && !busy; i++) {
        busy = s->tags.at[i].result == symbol_;
    }
    return busy;
}

bool index_in_use(const engine *e, const state *s, uint32_t symbol_)
{
    for (int i = 0; i < s->cells.count; i++) {
        const region *r = &e->regions.at[s->cells.at[i].region];
        if (r->kind == REGION_INDEX && r->index.kind == V_SYM && r->index.id == symbol_) {
            return true;
        }
    }
    return false;
}

/* ---- storing */

static bool is_context(const state *s, value v)
{
    for (int i = 0; i < s->frames.count; i++) {
        if (v.kind == V_SYM && value_same(s->frames.at[i].ctx, v)) {
            return true;
        }
    }
    return false;
}

/* Contexts stay where they are while everything else of a structure may change hands. */
static void drop_all_but_contexts(engine *e, state *s, uint32_t region_)
{
    int kept = 0;
    for (int i = 0; i < s->cells.count; i++) {
        const cell *c = &s->cells.at[i];
        if (!region_inside(e, c->region, region_) || (c->region != region_ && is_context(s, c->v))) {
            s->cells.at[kept++] = *c;
        }
    }
    s->cells.count = kept;
}

static void drop_inside(engine *e, state *s, uint32_t region_, bool itself)
{
    int kept = 0;
    for (int i = 0; i < s->cells.count; i++) {
        uint32_t r = s->cells.at[i].region;
        if (e->regions.at[r].base == e->regions.at[region_].base && region_inside(e, r, region_) &&
            (itself || r != region_)) {
            continue;
        }
        s->cells.at[kept++] = s->cells.at[i];
    }
    s->cells.count = kept;
}

/* A store into an array may hit what was looked at under another index. */
static void forget_elements(engine *e, state *s, uint32_t region_)
{
    uint32_t at = region_;
    while (e->regions.at[at].kind == REGION_FIELD) {
        at = e->regions.at[at].parent;
    }
    uint32_t array = e->regions.at[at].kind == REGION_INDEX ? e->regions.at[at].parent : at;
    if (e->regions.at[at].kind != REGION_INDEX && object_of(e, at)->kind == OBJ_LOCAL &&
        !object_of(e, at)->variable->is_array) {
        return;
    }
    int kept = 0;
    for (int i = 0; i < s->cells.count; i++) {
        const cell *c = &s->cells.at[i];
        const block_state *b = c->v.kind == V_PTR && c->region != region_ &&
                                       e->regions.at[c->region].base == e->regions.at[array].base
                                   ? block_find(s, e->regions.at[c->v.id].base)
                                   : NULL;
        if (b && (b->flags & BLOCK_ELEMENT) && region_inside(e, c->region, array)) {
            continue;
        }
        s->cells.at[kept++] = *c;
    }
    s->cells.count = kept;
}

void cell_store(engine *e, state *s, uint32_t region_, value v, uint32_t event_)
{
    if (v.kind == V_AGG) {
        cell_copy(e, s, region_, v.id, event_);
        return;
    }
    for (uint32_t at = region_; v.kind == V_PTR && e->regions.at[at].kind != REGION_BASE;
         at = e->regions.at[at].parent) {
        block_state *b = e->regions.at[at].kind == REGION_INDEX && e->regions.at[at].index.kind != V_INT
                             ? block_find(s, e->regions.at[v.id].base)
                             : NULL;
        if (b) {
            b->flags |= BLOCK_MANY;
        }
    }
    forget_elements(e, s, region_);
    cell *c = cell_make(s, region_);
    value old = c->v;
    c->v = v;
    c->event = event_;
    if (old.kind == V_PTR && e->regions.at[region_].kind != REGION_ANY_INDEX) {
        check_lost(e, s, old, region_, event_);
    }
}

void cell_copy(engine *e, state *s, uint32_t to, uint32_t from, uint32_t event_)
{
    if (to == from) {
        return;
    }
    VEC(cell) moved = {0};
    for (int i = 0; i < s->cells.count; i++) {
        if (region_inside(e, s->cells.at[i].region, from)) {
            vec_push(&moved, s->cells.at[i]);
        }
    }
    bool whole = moved.count && moved.at[0].region == from && moved.at[0].v.kind != V_NONE;
    drop_inside(e, s, to, true);
    if (!whole && e->regions.at[from].base != 0) {
        cell *c = cell_make(s, to);
        c->v = (value){V_AGG, from, 0};
        c->event = event_;
    }
    for (int i = 0; i < moved.count; i++) {
        cell *c = cell_make(s, region_rebase(e, moved.at[i].region, from, to));
        c->v = moved.at[i].v;
        c->event = event_;
    }
    vec_free(&moved);
}

void cell_zero(engine *e, state *s, uint32_t region_, uint32_t event_)
{
    VEC(value) lost = {0};
    for (int i = 0; i < s->cells.count; i++) {
        if (s->cells.at[i].v.kind == V_PTR && region_inside(e, s->cells.at[i].region, region_)) {
            vec_push(&lost, s->cells.at[i].v);
        }
    }
    drop_inside(e, s, region_, true);
    cell *c = cell_make(s, region_);
    c->v = value_int(0);
    c->event = event_;
    for (int i = 0; i < lost.count; i++) {
        check_lost(e, s, lost.at[i], region_, event_);
    }
    vec_free(&lost);
}

/* Someone unseen may have written here. Blocks that were held here are theirs now. */
void cell_forget(engine *e, state *s, uint32_t region_, const instr *in, bool outside)
{
    for (int i = 0; i < s->cells.count; i++) {
        const cell *c = &s->cells.at[i];
        if (c->v.kind == V_PTR && region_inside(e, c->region, region_)) {
            block_state *b = block_find(s, e->regions.at[c->v.id].base);
            if (b) {
                b->flags |= BLOCK_ESCAPED;
            }
        }
    }
    drop_all_but_contexts(e, s, region_);
    value v = symbol_fresh(e, s, in, 0x100 + region_);
    e->symbols.at[v.id].outside |= outside;
    cell *c = cell_make(s, region_);
    c->v = v;
    c->event = event_make(e, s, in);
}

void cell_drop_object(engine *e, state *s, uint32_t object_)
{
    int kept = 0;
    for (int i = 0; i < s->cells.count; i++) {
        if (e->regions.at[s->cells.at[i].region].base != object_) {
            s->cells.at[kept++] = s->cells.at[i];
        }
    }
    s->cells.count = kept;
}

/* What a pointer points to. A number, or nothing known at all, leads nowhere: region 0. */
uint32_t region_of_value(engine *e, state *s, value v, const instr *in)
{
    (void)s;
    (void)in;
    if (v.kind == V_PTR || v.kind == V_AGG) {
        return v.id;
    }
    if (v.kind == V_SYM) {
        return region_base(e, object_symbol(e, v.id));
    }
    return 0;
}
