/* escape.c - what outlives what: pointers left behind when a frame ends, owners lost, balances at the exits.
 *
 * At a frame's end every cell that points to one of its blocks is looked at: a local may go on holding it
 * (using it is another matter), a global, a parameter's target, a pool or heap block or another frame may
 * not. At the exits of the function, owners are traced from what survives it. Exits are compared with one
 * another before anything is said about balances, since a function may well be the half of a pair. */
#include "engine/engine.h"

#include <string.h>

/* ---- pointers left behind */

/* What a variable of the function's own holds, at an index that is not known, say: it may well be one of the
 * blocks in question. */
static bool from_own_local(engine *e, uint32_t symbol_)
{
    for (int hops = 0; hops < 6; hops++) {
        const symbol *y = &e->symbols.at[symbol_];
        const object *o = y->kind == SYM_REGION ? object_of(e, y->region) : NULL;
        if (!o || o->kind != OBJ_SYMBOL) {
            return o && o->kind == OBJ_LOCAL && !o->variable->is_param;
        }
        symbol_ = o->symbol;
    }
    return false;
}

static bool outlives(engine *e, state *s, uint32_t holder, uint32_t dying, bool visible)
{
    const object *o = &e->objects.at[holder];
    switch (o->kind) {
    case OBJ_GLOBAL: return true;
    case OBJ_SYMBOL:
        if (from_own_local(e, o->symbol)) {
            return false;
        }
        /* a resource is written anew in each frame, but may not hold a system's scratch */
        return visible || (o->long_lived && e->objects.at[dying].system_scratch);
    case OBJ_BLOCK: break;
    default: return false;
    }
    const block_state *b = block_find(s, holder), *d = block_find(s, dying);
    if (!b || holder == dying || b->life == LIFE_FREED || b->life == LIFE_MOVED || (b->flags & BLOCK_NULL)) {
        return false;
    }
    if (b->family == FAMILY_FRAME) {
        return visible && b->life == LIFE_LIVE && d && !context_related(e, b->ctx, d->ctx);
    }
    return true;
}

static const char *holder_name(engine *e, uint32_t region_)
{
    const object *o = object_of(e, region_);
    static _Thread_local char name[160];
    text t = {0};
    uint32_t at = region_;
    const char *field = NULL;
    while (e->regions.at[at].kind != REGION_BASE) {
        field = !field && e->regions.at[at].kind == REGION_FIELD ? e->regions.at[at].field : field;
        at = e->regions.at[at].parent;
    }
    switch (o->kind) {
    case OBJ_GLOBAL:
        text_addf(&t, "the %s '%s'", o->global->is_static_local ? "static" : "global", o->global->name);
        break;
    case OBJ_BLOCK:
        text_add(&t, o->family == FAMILY_POOL    ? "a pool object"
                     : o->family == FAMILY_HEAP  ? "a heap block"
                     : o->family == FAMILY_FRAME ? "memory of another frame"
                                                 : "a block");
        break;
    default:
        text_add(&t, o->long_lived ? "something that outlives every frame" : "what the caller owns");
        break;
    }
    if (field) {
        text_addf(&t, " (member '%s')", field);
    }
    strncpy(name, t.at, sizeof name - 1);
    text_free(&t);
    return name;
}

static bool is_function_value(engine *e, value v)
{
    if (v.kind == V_PTR) {
        return object_of(e, v.id)->kind == OBJ_FUNC;
    }
    const symbol *y = v.kind == V_SYM ? &e->symbols.at[v.id] : NULL;
    const object *o = y && y->kind == SYM_REGION ? object_of(e, y->region) : NULL;
    const func *f = o && o->kind == OBJ_LOCAL ? e->chains.at[o->chain].func : NULL;
    return f && o->local < f->param_count && strcmp(f->param_types[o->local], "fn") == 0;
}

/* A pointer stored beside a function is what that function will be called with. */
static bool beside_function(engine *e, state *s, uint32_t region_)
{
    const region *r = &e->regions.at[region_];
    for (int i = 0; r->kind == REGION_FIELD && i < s->cells.count; i++) {
        const cell *c = &s->cells.at[i];
        const region *other = &e->regions.at[c->region];
        if (other->kind == REGION_FIELD && other->parent == r->parent && is_function_value(e, c->v)) {
            return true;
        }
    }
    return false;
}

void check_escapes(engine *e, state *s, uint32_t object_, uint32_t end_event, bool visible)
{
    block_state *b = block_find(s, object_);
    bool discard = b && (b->flags & BLOCK_DISCARD);
    uint32_t allocated = e->objects.at[object_].event;
    for (int i = 0; i < s->cells.count; i++) {
        cell *c = &s->cells.at[i];
        if (c->v.kind != V_PTR || e->regions.at[c->v.id].base != object_ || !c->event) {
            continue;
        }
        uint32_t holder = e->regions.at[c->region].base;
        if (!outlives(e, s, holder, object_, visible)) {
            continue;
        }
        uint32_t depth = common_depth(e, allocated, c->event);
        if (visible) {
            uint32_t with_end = common_depth(e, c->event, end_event);
            depth = with_end < depth ? with_end : depth;
        }
        bool callback = beside_function(e, s, c->region);
        report(e,
               discard    ? "FA605"
               : callback ? "FA703"
                          : "FA601",
               c->event, depth,
               discard ? "%s is to be discarded with its frame, but %s still holds it then"
                       : "%s escapes its frame: %s still holds it when the frame ends",
               object_name(e, object_), holder_name(e, c->region));
        report_note(e, allocated, "allocated here");
        report_note(e, c->event, "stored here");
        if (visible) {
            report_note(e, end_event, "the frame ends here");
        }
    }
}

/* ---- owners lost */

void mark_handled(engine *e, state *s, uint32_t object_)
{
    (void)s;
    bool fresh;
    uint32_t *slot = map64_at(&e->handled, e->objects.at[object_].event, &fresh);
    *slot = fresh ? 1 : *slot;
}

static bool owned(engine *e, state *s, uint32_t object_)
{
    const block_state *b = block_find(s, object_);
    (void)e;
    return b && block_is_owned(b);
}

static bool held_elsewhere(engine *e, state *s, uint32_t object_)
{
    for (int i = 0; i < s->cells.count; i++) {
        const cell *c = &s->cells.at[i];
        if ((c->v.kind == V_PTR) && e->regions.at[c->v.id].base == object_ &&
            e->regions.at[c->region].base != object_) {
            return true;
        }
    }
    return false;
}

void check_lost(engine *e, state *s, value old, uint32_t region_, uint32_t event_)
{
    uint32_t object_ = e->regions.at[old.id].base;
    if (!owned(e, s, object_) || held_elsewhere(e, s, object_)) {
        return;
    }
    if (region_) {
        const region *r = &e->regions.at[region_];
        if (r->kind == REGION_INDEX && r->index.kind != V_INT) {
            return;
        }
        cell *now = cell_find(s, region_);
        if (now && now->v.kind == V_PTR && e->regions.at[now->v.id].base == object_) {
            return;
        }
        uint32_t allocated = e->objects.at[object_].event;
        block_make(e, s, object_)->flags |= BLOCK_ESCAPED; /* said once */
        report(e, "FA608", event_, common_depth(e, allocated, event_),
               "%s is lost: the only pointer to it is overwritten", object_name(e, object_));
        report_note(e, allocated, "allocated here");
        return;
    }
    bool many = block_find(s, object_)->flags & BLOCK_MANY;
    block_make(e, s, object_)->flags |= BLOCK_ESCAPED;
    const instr *in = e->events.at[event_].instr;
    bool returning = in && in->at.line != e->events.at[event_].func->end.line;
    vec_push(&e->leaks, (leak_note){object_, event_, returning, many});
}

/* Everything that survives the function, and what it leads to. */
static void mark_surviving(engine *e, state *s, value returned, uint64_t *marked)
{
#define MARKED(o) (marked[(o) >> 6] >> ((o)&63) & 1)
#define MARK(o) (marked[(o) >> 6] |= (uint64_t)1 << ((o)&63))
    if (returned.kind == V_PTR || returned.kind == V_AGG) {
        MARK(e->regions.at[returned.id].base);
    }
    for (int i = 0; i < s->blocks.count; i++) {
        if (s->blocks.at[i].flags & BLOCK_ESCAPED || s->blocks.at[i].life == LIFE_SENT ||
            (s->blocks.at[i].family == FAMILY_LIBC && s->blocks.at[i].life == LIFE_LIVE)) {
            MARK(s->blocks.at[i].object);
        }
    }
    for (int i = 0; i < s->captures.count; i++) {
        MARK(s->captures.at[i].object);
    }
    bool changed = true;
    while (changed) {
        changed = false;
        for (int i = 0; i < s->cells.count; i++) {
            const cell *c = &s->cells.at[i];
            uint32_t holder = e->regions.at[c->region].base;
            object_kind k = e->objects.at[holder].kind;
            bool root =
                k == OBJ_GLOBAL || k == OBJ_SYMBOL || k == OBJ_STRING || k == OBJ_UNKNOWN || MARKED(holder);
            const block_state *b = block_find(s, holder);
            if (b && k == OBJ_BLOCK &&
                (b->life == LIFE_FREED || b->life == LIFE_ENDED || b->life == LIFE_REWOUND)) {
                root = false;
            }
            if (root && (c->v.kind == V_PTR || c->v.kind == V_AGG)) {
                uint32_t to = e->regions.at[c->v.id].base;
                if (!MARKED(to)) {
                    MARK(to);
                    changed = true;
                }
            }
        }
    }
}

static void check_leaks(engine *e, state *s, const block *at, value returned, uint32_t here)
{
    size_t words = (size_t)e->objects.count / 64 + 1;
    bool any = false;
    for (int i = 0; i < s->blocks.count && !any; i++) {
        any = owned(e, s, s->blocks.at[i].object);
    }
    if (!any) {
        return;
    }
    uint64_t *marked = mem_new(words * sizeof *marked);
    mark_surviving(e, s, returned, marked);
    for (int i = 0; i < s->blocks.count; i++) {
        uint32_t object_ = s->blocks.at[i].object;
        if (owned(e, s, object_) && !MARKED(object_)) {
            vec_push(&e->leaks, (leak_note){object_, here, at->explicit_return,
                                            (s->blocks.at[i].flags & BLOCK_MANY) != 0});
        } else if (MARKED(object_)) {
            mark_handled(e, s, object_);
        }
    }
    mem_free(marked);
}

/* ---- exits */

static bool is_root(const func *f)
{
    for (int i = 0; i < f->callers.count; i++) {
        if (f->callers.at[i] != f) {
            return false;
        }
    }
    return true;
}

static void check_implicit_frames(engine *e, state *s)
{
    for (int i = 0; i < s->blocks.count; i++) {
        const block_state b = s->blocks.at[i];
        if (b.family == FAMILY_FRAME && b.life == LIFE_LIVE && !(b.flags & (BLOCK_NULL | BLOCK_RESULT))) {
            check_escapes(e, s, b.object, 0, false);
            check_captures_at_end(e, s, b.object, 0, false);
        }
    }
}

/* Who closes a ticket clears what points there before or after: what is left at the exit counts. */
static void check_ended_leases(engine *e, state *s)
{
    for (int i = 0; i < s->blocks.count; i++) {
        const block_state b = s->blocks.at[i];
        if (b.lease.kind != V_NONE && b.family == FAMILY_FRAME && b.life == LIFE_ENDED) {
            check_escapes(e, s, b.object, b.end_event, true);
        }
    }
}

static void check_returned(engine *e, state *s, value returned, uint32_t here)
{
    for (int i = -1; i < s->cells.count; i++) {
        value v = returned;
        if (i >= 0) {
            const cell *c = &s->cells.at[i];
            if (returned.kind != V_AGG || !region_inside(e, c->region, returned.id)) {
                continue;
            }
            v = c->v;
        }
        if (v.kind != V_PTR) {
            continue;
        }
        uint32_t object_ = e->regions.at[v.id].base;
        block_state *b = block_find(s, object_);
        if (b && b->family == FAMILY_FRAME && (b->life == LIFE_ENDED || b->life == LIFE_REWOUND) &&
            !(b->flags & BLOCK_REPORTED)) {
            b->flags |= BLOCK_REPORTED;
            uint32_t ended = b->end_event, allocated = e->objects.at[object_].event;
            report(e, "FA601", here, common_depth(e, ended, here),
                   "%s escapes its frame: it is returned after the frame's end", object_name(e, object_));
            report_note(e, allocated, "allocated here");
            report_note(e, ended, "the frame ends here");
        }
    }
}

static void check_never_taken(engine *e, state *s)
{
    for (int i = 0; i < s->retained.count; i++) {
        const retained *r = &s->retained.at[i];
        bool promoted = r->policy == 1 || r->policy == 2;
        if (!r->ended || r->taken || !promoted || truth_of(e, s, r->id) == 0) {
            continue;
        }
        bool kept = false;
        for (int k = 0; k < s->cells.count && !kept; k++) {
            object_kind o = object_of(e, s->cells.at[k].region)->kind;
            kept = value_same(s->cells.at[k].v, r->id) && o != OBJ_LOCAL;
        }
        if (!kept && !r->id.n) {
            report(e, "FA604", r->event, 0, "a block is retained beyond the frame, but never taken");
        }
    }
}

void check_exit(engine *e, state *s, const block *at, value returned)
{
    func *f = e->top;
    uint32_t chain_ = top_call(s)->chain;
    uint32_t here = event_at(e, chain_, f, NULL, at->at);
    check_returned(e, s, returned, here);
    check_leaks(e, s, at, returned, here);
    if (returned.kind != V_SYM) {
        check_never_taken(e, s);
    }
    check_ended_leases(e, s);
    if (is_root(f) && !(f->roles & ROLE(FRAME))) {
        check_implicit_frames(e, s);
    }
    for (int i = 0; i < s->frames.count; i++) {
        const frame_state *fs = &s->frames.at[i];
        if (fs->told || fs->asked) {
            continue;
        }
        vec_push(&e->frame_exits, (exit_note){(uint32_t)value_hash(fs->ctx) | 1, fs->balance, here, fs->event,
                                              at->explicit_return, fs->balance == 0 && fs->event});
    }
    if (!s->frames.count) {
        vec_push(&e->frame_exits, (exit_note){0, 0, here, 0, at->explicit_return, false});
    }
    vec_push(&e->wait_exits,
             (exit_note){1, s->wait_event != 0, here, s->wait_event, at->explicit_return, false});
    uint32_t open = s->tags.count ? s->tags.at[s->tags.count - 1].event : s->tag_pop_event;
    vec_push(&e->tag_exits,
             (exit_note){1, s->tags.count - s->tag_pops, here, open, at->explicit_return, s->tag_matched});
}

/* ---- comparing the exits */

static bool does_little_else(const func *f, role_set opening)
{
    int matter = 0;
    for (int b = 0; b < f->blocks.count; b++) {
        for (int i = 0; i < f->blocks.at[b].code.count; i++) {
            const instr *in = &f->blocks.at[b].code.at[i];
            if (in->op == OP_CALL && in->call->target && !(in->call->target->roles & opening) &&
                (in->call->target->roles & ~(ROLE(PURE) | ROLE(INTERN) | ROLE(EXPECT) | ROLE(STOP)))) {
                matter++;
            }
        }
    }
    return matter == 0;
}

typedef struct pairing { ///< what opens, what closes, and how to say that they do not match
    const char *code;
    role_set opening, closing;
    const char *open_text, *close_text;
} pairing;

/* A helper that both opens and closes is told about where it is analysed itself. */
static bool told_in_helper(engine *e, uint32_t event_, const pairing *p)
{
    const event *v = &e->events.at[event_];
    if (e->chains.at[v->chain].depth == 0) {
        return false;
    }
    role_set seen = 0;
    for (int b = 0; b < v->func->blocks.count; b++) {
        for (int i = 0; i < v->func->blocks.at[b].code.count; i++) {
            const instr *in = &v->func->blocks.at[b].code.at[i];
            seen |= in->op == OP_CALL && in->call->target ? in->call->target->roles : 0;
        }
    }
    return (seen & p->opening) && (seen & p->closing);
}

/* A helper that looks before it closes knows what the function under analysis does not see. */
static bool closed_on_condition(engine *e, uint32_t event_)
{
    const event *v = &e->events.at[event_];
    bool looks = false;
    for (int b = 0; b < v->func->blocks.count; b++) {
        looks |= v->func->blocks.at[b].term == TERM_BRANCH;
    }
    return looks && e->chains.at[v->chain].depth > 0;
}

/* Opened in one loop and closed in another: the two run equally often, which is not counted here. */
static bool loops_apart(const func *f, const pairing *p)
{
    uint64_t opens = 0, closes = 0;
    bool both = false;
    for (int b = 0; b < f->blocks.count; b++) {
        role_set seen = 0;
        for (int i = 0; i < f->blocks.at[b].code.count; i++) {
            const instr *in = &f->blocks.at[b].code.at[i];
            seen |= in->op == OP_CALL && in->call->target ? in->call->target->roles : 0;
        }
        int k = f->blocks.at[b].loop;
        if (k >= 0 && f->loops.at[k].trips < 0) {
            opens |= seen & p->opening ? (uint64_t)1 << (k & 63) : 0;
            closes |= seen & p->closing ? (uint64_t)1 << (k & 63) : 0;
        } else {
            both |= (seen & (p->opening | p->closing)) != 0;
        }
    }
    return opens && closes && !(opens & closes) && !both;
}

static const pairing frame_pairing = {"FA603", ROLE(BEGIN_FRAME), ROLE(END_FRAME),
                                      "the frame is still open where this path ends",
                                      "a frame is ended that this path did not begin"};
static const pairing tag_pairing = {"FA804", ROLE(TAG_PUSH), ROLE(TAG_POP),
                                    "the tag scope is still open where this path ends",
                                    "a tag is popped that this path did not push"};

bool told_where_opened(engine *e, uint32_t begin_event)
{
    return told_in_helper(e, begin_event, &frame_pairing);
}

static void settle_note(engine *e, const pairing *p, const exit_note *n, bool uniform)
{
    if (n->open_event &&
        (told_in_helper(e, n->open_event, p) || (n->balance < 0 && closed_on_condition(e, n->open_event)))) {
        return;
    }
    bool at_return = n->balance > 0 && n->explicit_return && !uniform;
    uint32_t where = at_return || !n->open_event ? n->event : n->open_event;
    report(e, p->code, where, 0, "%s", n->balance > 0 ? p->open_text : p->close_text);
    if (n->open_event && at_return) {
        report_note(e, n->open_event, "opened here");
    }
    if (!at_return) {
        report_note(e, n->event, "the path ends here");
    }
}

static void settle_key(engine *e, const exit_note *notes, int count, uint32_t key, const pairing *p)
{
    func *f = e->top;
    int32_t low = INT32_MAX, high = INT32_MIN;
    bool closed = false;
    for (int i = 0; i < count; i++) {
        if (notes[i].key == key || notes[i].key == 0) {
            low = notes[i].balance < low ? notes[i].balance : low;
            high = notes[i].balance > high ? notes[i].balance : high;
            closed |= notes[i].key == key && notes[i].closed;
        }
    }
    bool handed_on = f->is_taken && !f->is_task && !f->is_thread; /* who calls it is not seen */
    bool wrapper = !is_root(f) || handed_on || does_little_else(f, p->opening | p->closing);
    if ((low == 0 && high == 0) || (!closed && (wrapper || high <= 0))) {
        return; /* balanced, or one half of a pair: the callers' paths tell */
    }
    for (int i = 0; i < count; i++) {
        if (notes[i].key == key && notes[i].balance != 0 && (notes[i].balance > 0 || closed)) {
            settle_note(e, p, &notes[i], low == high);
        }
    }
}

static void settle(engine *e, const exit_note *notes, int count, const pairing *p)
{
    VEC(uint32_t) keys = {0};
    for (int i = 0; i < count; i++) {
        bool seen = notes[i].key == 0;
        for (int k = 0; k < keys.count; k++) {
            seen |= keys.at[k] == notes[i].key;
        }
        if (!seen) {
            vec_push(&keys, notes[i].key);
        }
    }
    bool apart = (e->top->roles & (p->opening | p->closing)) || loops_apart(e->top, p);
    for (int k = 0; k < keys.count && !apart; k++) {
        settle_key(e, notes, count, keys.at[k], p);
    }
    vec_free(&keys);
}

static void settle_leaks(engine *e)
{
    for (int i = 0; i < e->leaks.count; i++) {
        const leak_note *l = &e->leaks.at[i];
        uint32_t allocated = e->objects.at[l->object].event;
        bool elsewhere = map64_find(&e->handled, allocated) != NULL;
        const uint32_t *how = map64_find(&e->handled, allocated);
        bool received = e->objects.at[l->object].family == FAMILY_NONE;
        if ((elsewhere && l->many) || (received && (!how || *how != 2))) {
            continue; /* the loop that frees may have met it */
        }
        bool at_end = elsewhere && l->explicit_return;
        uint32_t where = at_end ? l->event : allocated;
        report(e, "FA608", where, common_depth(e, allocated, l->event), "%s is %s", object_name(e, l->object),
               elsewhere ? "lost on this path: nobody can free it any more"
                         : "never freed, and nobody else holds it");
        report_note(e, at_end ? allocated : l->event, at_end ? "allocated here" : "the path ends here");
    }
}

/* A thread that waits at a barrier on some paths, and leaves before it on others. */
static void settle_waits(engine *e)
{
    uint32_t wait = 0;
    for (int i = 0; i < e->wait_exits.count; i++) {
        wait = e->wait_exits.at[i].open_event ? e->wait_exits.at[i].open_event : wait;
    }
    for (int i = 0; i < e->wait_exits.count && wait && e->top->is_thread; i++) {
        const exit_note *n = &e->wait_exits.at[i];
        place left = e->events.at[n->event].at, waited = event_place_at_depth(e, wait, 0);
        if (!n->balance && n->explicit_return && left.line < waited.line) {
            report(e, "FA202", n->event, 0,
                   "this thread leaves without waiting at the barrier that its other paths wait at");
            report_note(e, wait, "other paths wait here");
        }
    }
}

void settle_exits(engine *e)
{
    settle(e, e->frame_exits.at, e->frame_exits.count, &frame_pairing);
    settle(e, e->tag_exits.at, e->tag_exits.count, &tag_pairing);
    settle_leaks(e);
    settle_waits(e);
}
