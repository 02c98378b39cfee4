/* threads.c - who else may hold a block: threads, tasks, timers, callbacks, and how they are joined.
 *
 * A capture names a block and the call that gave it away. It ends with a join of its handle; a join whose
 * handle is not recognised ends all of them, as does a wait on a semaphore or a barrier, because silence is
 * better than a guess. What is still captured when the frame ends is the fault. */
#include "engine/engine.h"

#include <string.h>

/* ---- captures */

static void capture_object(engine *e, state *s, uint32_t object_, capture c)
{
    const block_state *b = block_find(s, object_);
    if (!b || b->family != FAMILY_FRAME || b->life != LIFE_LIVE || (b->flags & BLOCK_NULL)) {
        return;
    }
    c.object = object_;
    for (int i = 0; i < s->captures.count; i++) {
        if (s->captures.at[i].object == object_ && s->captures.at[i].event == c.event) {
            return;
        }
    }
    vec_push(&s->captures, c);
    (void)e;
}

static void capture_from(engine *e, state *s, uint32_t object_, capture c, int depth)
{
    capture_object(e, s, object_, c);
    for (int i = 0; depth < 4 && i < s->cells.count; i++) {
        const cell *held = &s->cells.at[i];
        if (e->regions.at[held->region].base == object_ && held->v.kind == V_PTR) {
            uint32_t next = e->regions.at[held->v.id].base;
            if (next != object_ && e->objects.at[next].kind != OBJ_FUNC) {
                capture_from(e, s, next, c, depth + 1);
            }
        }
    }
}

void capture_reachable(engine *e, state *s, value v, capture_kind kind, value handle, uint32_t handle_region,
                       uint32_t event_)
{
    if (v.kind == V_SYM) {
        v = value_ptr(region_base(e, object_symbol(e, v.id)));
    }
    if (v.kind != V_PTR && v.kind != V_AGG) {
        return;
    }
    if (v.kind == V_PTR) {
        escape_blocks(e, s, v.id, 0); /* pool and heap blocks are the other side's now */
    }
    capture c = {.event = event_, .kind = (uint8_t)kind, .handle = handle, .handle_region = handle_region};
    capture_from(e, s, e->regions.at[v.id].base, c, 0);
}

void join_all(state *s)
{
    s->captures.count = 0;
}

static void join(engine *e, state *s, value handle, bool looped)
{
    bool exact = false;
    for (int i = 0; i < s->captures.count; i++) {
        exact |= handle.kind != V_NONE && value_same(s->captures.at[i].handle, handle);
    }
    uint32_t array = 0;
    for (int i = 0; i < s->captures.count && exact && looped;
         i++) { /* the loop will meet its neighbours too */
        if (value_same(s->captures.at[i].handle, handle)) {
            array = e->regions.at[s->captures.at[i].handle_region].base;
        }
    }
    exact &= !array;
    if (!exact && !array && handle.kind == V_SYM && e->symbols.at[handle.id].kind == SYM_REGION) {
        array = e->regions.at[e->symbols.at[handle.id].region].base;
    }
    bool known = false;
    for (int i = 0; i < s->captures.count && array; i++) {
        known |= e->regions.at[s->captures.at[i].handle_region].base == array;
    }
    int kept = 0;
    for (int i = 0; i < s->captures.count; i++) {
        const capture *c = &s->captures.at[i];
        bool ends = exact   ? value_same(c->handle, handle)
                    : known ? e->regions.at[c->handle_region].base == array
                            : true;
        if (!ends) {
            s->captures.at[kept++] = *c;
        }
    }
    s->captures.count = kept;
}

static bool in_open_loop(engine *e, const state *s, const instr *in)
{
    uint32_t at = s->calls.at[s->calls.count - 1].chain;
    for (;;) {
        const func *f = e->chains.at[at].func;
        for (int b = 0; b < f->blocks.count; b++) {
            const block *k = &f->blocks.at[b];
            if (k->code.count && in >= k->code.at && in < k->code.at + k->code.count) {
                for (int l = k->loop; l >= 0; l = f->loops.at[l].parent) {
                    if (f->loops.at[l].trips < 0 || f->loops.at[l].trips > 8) {
                        return true;
                    }
                }
            }
        }
        if (e->chains.at[at].depth == 0) {
            return false;
        }
        in = e->chains.at[at].call;
        at = e->chains.at[at].parent;
    }
}

/* ---- the end of a frame while something is captured */

void check_captures_at_end(engine *e, state *s, uint32_t object_, uint32_t end_event, bool visible)
{
    static const struct {
        const char *code, *text;
    } told[] = {{"FA201", "%s is frame memory given to another thread without a transfer"},
                {"FA703", "%s is frame memory captured by a task that may run after the frame"},
                {"FA703", "%s is frame memory captured by a timer that may fire after the frame"},
                {"FA703", "%s is frame memory captured by a callback that may run after the frame"}};
    for (int i = 0; i < s->captures.count; i++) {
        capture *c = &s->captures.at[i];
        if (c->object != object_ || c->reported) {
            continue;
        }
        uint32_t allocated = e->objects.at[object_].event, given = c->event;
        uint32_t depth = common_depth(e, allocated, given);
        if (visible) {
            uint32_t shared = common_depth(e, given, end_event);
            depth = shared < depth ? shared : depth;
        }
        c->reported = true;
        int kind = c->kind;
        switch (kind) {
        case CAPTURE_THREAD:
            report(e, told[0].code, given, depth, told[0].text, object_name(e, object_));
            break;
        default:
            report(e, told[kind].code, given, depth,
                   kind == CAPTURE_TASK ? "%s is frame memory captured by a task that may run after the frame"
                   : kind == CAPTURE_TIMER
                       ? "%s is frame memory captured by a timer that may fire after the frame"
                       : "%s is frame memory captured by a callback that may run after the frame",
                   object_name(e, object_));
        }
        report_note(e, allocated, "allocated here");
        if (visible) {
            report_note(e, end_event, "the frame ends here");
        }
        if (kind == CAPTURE_THREAD && visible) {
            report(e, "FA205", end_event, common_depth(e, given, end_event),
                   "the frame ends while another thread may still use %s", object_name(e, object_));
            report_note(e, allocated, "allocated here");
            report_note(e, given, "given to the thread here");
        }
    }
}

/* ---- calls */

static bool is_function(engine *e, value v)
{
    return v.kind == V_PTR && object_of(e, v.id)->kind == OBJ_FUNC;
}

/* The handle of a thread, task or timer; should it turn out to be zero, nothing was started. */
static value thread_handle(engine *e, state *s, const instr *in)
{
    uint32_t here = event_make(e, s, in);
    for (uint32_t round = 0;; round++) {
        uint64_t key = hash_mix(hash_mix(0x57, here), round);
        uint32_t id = symbol_make(e, key, (symbol){.kind = SYM_THREAD, .event = here});
        bool used = symbol_busy(e, s, id);
        for (int i = 0; i < s->captures.count; i++) {
            used |= s->captures.at[i].handle.kind == V_SYM && s->captures.at[i].handle.id == id;
        }
        if (!used || round == 12) {
            return (value){V_SYM, id, 0};
        }
    }
}

void capture_failed(state *s, uint32_t event_)
{
    int kept = 0;
    for (int i = 0; i < s->captures.count; i++) {
        if (s->captures.at[i].event != event_) {
            s->captures.at[kept++] = s->captures.at[i];
        }
    }
    s->captures.count = kept;
}

static void create(engine *e, state *s, const instr *in, func *f)
{
    const call *c = in->call;
    value handle = thread_handle(e, s, in), first = arg(s, c, 0);
    uint32_t here = event_make(e, s, in), region_ = 0;
    bool out_first = first.kind == V_PTR && !is_function(e, first) && c->arg_count > 2 &&
                     !(f->roles & ROLE(TIMER)) && !starts_with(f->name, "SDL_");
    if (out_first) { /* pthread_create(&thread, ...), thrd_create(&thread, ...) */
        region_ = first.id;
        cell_store(e, s, region_, handle, here);
    }
    capture_kind kind = f->roles & ROLE(TIMER) ? CAPTURE_TIMER : CAPTURE_THREAD;
    capture_reachable(e, s, arg(s, c, c->arg_count - 1), kind, handle, region_, here);
    set_result(s, in, out_first ? result_symbol(e, s, in) : handle);
}

static void start_task(engine *e, state *s, const instr *in, func *f)
{
    const call *c = in->call;
    value handle = thread_handle(e, s, in);
    uint32_t here = event_make(e, s, in), region_ = 0;
    for (int i = 0; i < c->arg_count; i++) {
        value v = arg(s, c, i);
        const char *type = i < f->param_count ? f->param_types[i] : "";
        bool context = f->ctx_param == i && f->ctx_kind != CTX_OTHER;
        if (context || is_function(e, v) || (v.kind == V_PTR && object_of(e, v.id)->kind == OBJ_STRING)) {
            continue;
        }
        use_value(e, s, v, in, "given to a task");
        capture_reachable(e, s, v, CAPTURE_TASK, handle, region_, here);
        bool out = v.kind == V_PTR && object_of(e, v.id)->kind == OBJ_LOCAL && i + 1 != f->task_arg &&
                   text_has(type, "*other");
        if (out) {
            cell_store(e, s, v.id, handle, here);
        }
    }
    set_result(s, in, handle);
}

void run_thread_roles(engine *e, state *s, const instr *in, func *f)
{
    role_set r = f->roles;
    if (r & (ROLE(THREAD) | ROLE(TIMER))) {
        create(e, s, in, f);
        return;
    }
    if (r & ROLE(TASK)) {
        start_task(e, s, in, f);
        return;
    }
    if (r & ROLE(BARRIER)) {
        s->wait_event = event_make(e, s, in);
    }
    if (r & (ROLE(WAIT) | ROLE(BARRIER))) {
        join_all(s);
    } else if (r & (ROLE(THREAD_JOIN) | ROLE(TIMER_REMOVE))) {
        join(e, s, arg(s, in->call, 0), in_open_loop(e, s, in));
    } else if (r & ROLE(JOIN)) {
        value found = {0};
        for (int i = 0; i < in->call->arg_count; i++) {
            value v = arg(s, in->call, i);
            if (v.kind == V_PTR) {
                cell *c = cell_find(s, v.id);
                v = c ? c->v : v;
            }
            for (int k = 0; k < s->captures.count; k++) {
                found = value_same(s->captures.at[k].handle, v) ? v : found;
            }
        }
        join(e, s, found, in_open_loop(e, s, in));
    }
    set_result(s, in, symbol_fresh(e, s, in, 0x64));
}
