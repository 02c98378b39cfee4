/* uses.c - contexts compared, and what it means to use a block whose time is over. */
#include <string.h>

#include "engine/engine.h"

/* ---- contexts */

bool context_related(engine *e, value a, value b)
{
    if (a.kind == V_NONE || b.kind == V_NONE || value_same(a, b)) {
        return true;
    }
    for (int turn = 0; turn < 2; turn++) { /* one was loaded from what the other points to */
        value inner = turn ? a : b, outer = turn ? b : a;
        for (int hops = 0; hops < 4 && inner.kind == V_SYM; hops++) {
            const symbol *y = &e->symbols.at[inner.id];
            if (y->kind != SYM_REGION) {
                break;
            }
            uint32_t base = e->regions.at[y->region].base;
            const object *o = &e->objects.at[base];
            if ((outer.kind == V_PTR && e->regions.at[outer.id].base == base && o->kind != OBJ_LOCAL) ||
                (outer.kind == V_SYM && o->kind == OBJ_SYMBOL && o->symbol == outer.id)) {
                return true;
            }
            inner = o->kind == OBJ_SYMBOL ? (value){V_SYM, o->symbol, 0} : (value){0};
        }
    }
    return false;
}

/* The SDK's structures in frame memory (vector, map, text) know their context; a scratch scope is its own. */
static value context_inside(engine *e, state *s, value owner)
{
    if (owner.kind != V_PTR) {
        return owner;
    }
    cell *whole = cell_find(s, owner.id), *member = cell_find(s, region_field(e, owner.id, word("ctx")));
    if (whole && whole->v.kind == V_MARK) {
        return whole->v;
    }
    if (whole && whole->v.kind == V_SYM && e->symbols.at[whole->v.id].kind == SYM_OWNER) {
        return e->symbols.at[whole->v.id].a;
    }
    if (member && member->v.kind != V_NONE) {
        return member->v;
    }
    return object_of(e, owner.id)->kind == OBJ_LOCAL ? (value){0} : owner;
}

value context_arg(engine *e, state *s, const call *c, func *f)
{
    value ctx = f->ctx_param >= 0 && f->ctx_param < c->arg_count ? arg(s, c, f->ctx_param) : (value){0};
    return f->ctx_kind == CTX_OTHER && (f->in_sdk || starts_with(f->name, "fai_")) ? context_inside(e, s, ctx)
                                                                                   : ctx;
}

frame_state *frame_of(engine *e, state *s, value ctx, func *f, bool make)
{
    for (int i = 0; i < s->frames.count; i++) {
        if (value_same(s->frames.at[i].ctx, ctx)) {
            return &s->frames.at[i];
        }
    }
    for (int i = s->frames.count - 1; i >= 0; i--) {
        if (context_related(e, s->frames.at[i].ctx, ctx) && s->frames.at[i].kind != CTX_ARENA) {
            return &s->frames.at[i];
        }
    }
    if (!make) {
        return NULL;
    }
    vec_push(&s->frames, (frame_state){.ctx = ctx, .kind = (uint8_t)(f ? f->ctx_kind : CTX_OTHER)});
    return &s->frames.at[s->frames.count - 1];
}

/* The first argument that can be the block itself: a pointer that is neither the context nor a call site. */
int block_arg(const call *c, func *f)
{
    for (int i = 0; i < c->arg_count; i++) {
        const char *type = i < f->param_count ? f->param_types[i] : "";
        if (i != f->ctx_param && type[0] == '*' && strcmp(type, "*const byte") != 0) {
            return i;
        }
    }
    return f->ctx_param == 0 && c->arg_count == 1 ? 0 : c->arg_count - 1;
}

/* ---- uses */

void use_region(engine *e, state *s, uint32_t region_, const instr *in, const char *how)
{
    uint32_t object_ = e->regions.at[region_].base;
    block_state *b = block_find(s, object_);
    if (!b || (b->flags & (BLOCK_REPORTED | BLOCK_NULL))) {
        return;
    }
    if (b->life == LIFE_LIVE && !(b->flags & BLOCK_SUSPENDED)) {
        return;
    }
    uint32_t here = event_make(e, s, in);
    uint32_t allocated = e->objects.at[object_].event;
    if (b->flags & BLOCK_SUSPENDED) {
        uint32_t suspended = b->suspend_event;
        b->flags |= BLOCK_REPORTED;
        report(e, "FA702", suspended, common_depth(e, suspended, here),
               "%s points into a frame and is still used after this suspension", object_name(e, object_));
        report_note(e, allocated, "allocated here");
        report_note(e, here, "%s here, when the frame may be gone", how);
        return;
    }
    uint32_t ended = b->end_event;
    int life = b->life, family_ = b->family;
    b->flags |= BLOCK_REPORTED;
    uint32_t depth = common_depth(e, ended, here);
    const char *name = object_name(e, object_);
    switch (life) {
    case LIFE_ENDED:
    case LIFE_REWOUND:
        report(e, "FA606", here, depth, "%s is %s after %s", name, how,
               life == LIFE_ENDED ? "its frame has ended" : "the rewind that gave its memory back");
        break;
    case LIFE_SENT:
        report(e, "FA607", here, depth, "%s is %s after it was sent to another thread", name, how);
        break;
    case LIFE_MOVED:
        report(e, "FA607", here, depth, "%s is %s after %s", name, how,
               family_ == FAMILY_HANDLE ? "a defragmentation that may have moved it"
                                        : "the reallocation that moved it");
        break;
    default:
        report(e, "FA607", here, depth, "%s is %s after %s", name, how,
               family_ == FAMILY_STREAM ? "the end of the read or write that held it" : "it was freed");
        break;
    }
    if (allocated) {
        report_note(e, allocated, "allocated here");
    }
    report_note(e, ended,
                life == LIFE_FREED   ? family_ == FAMILY_STREAM ? "ended here" : "freed here"
                : life == LIFE_SENT  ? "sent here"
                : life == LIFE_MOVED ? family_ == FAMILY_HANDLE ? "defragmented here" : "reallocated here"
                : life == LIFE_ENDED ? "the frame ends here"
                                     : "rewound here");
    report_note(e, here, "%s here", how);
}

void use_value(engine *e, state *s, value v, const instr *in, const char *how)
{
    if (v.kind == V_PTR || v.kind == V_SYM) {
        use_region(e, s, region_of_value(e, s, v, in), in, how);
    }
}
