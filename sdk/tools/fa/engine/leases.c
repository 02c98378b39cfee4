/* leases.c - memory that is good for as long as something else lasts: a pin, a read, a ticket, a task, a map.
 *
 * What is handed out carries its lease: the handle, the stream, the ticket's mark, the task. Handles and
 * streams are names: whoever copies one copies the same number, wherever it lies. When the lease ends, so
 * does every block that carries it. An address of a handle heap is good while a pin holds it, and without one
 * until the next defragmentation. */
#include <string.h>

#include "engine/engine.h"

/* ---- names */

/* The number that stands for the name at a place; the place keeps it, so that a copy made later is the same.
 */
value lease_name(engine *e, state *s, uint32_t region_)
{
    uint32_t salt = 0;
    for (int hops = 0; hops < 8; hops++) {
        cell *c = cell_find(s, region_);
        if (c && c->v.kind != V_AGG && c->v.kind != V_NONE) {
            return c->v;
        }
        uint32_t next = c && c->v.kind == V_AGG ? c->v.id : 0;
        for (uint32_t at = region_; !next && e->regions.at[at].kind != REGION_BASE;) {
            at = e->regions.at[at].parent;
            cell *whole = cell_find(s, at); /* what the whole structure was set to */
            if (whole && whole->v.kind == V_INT) {
                return whole->v;
            }
            if (whole && whole->v.kind == V_AGG) {
                next = region_rebase(e, region_, at, whole->v.id);
            } else if (whole && whole->v.kind == V_SYM) {
                salt = whole->v.id + 1;
                break;
            }
        }
        if (!next) {
            break;
        }
        region_ = next;
    }
    value v = symbol_of_region(e, region_, salt);
    cell_make(s, region_)->v = v;
    return v;
}

static value name_arg(engine *e, state *s, const call *c, int i)
{
    value v = arg(s, c, i);
    return v.kind == V_AGG ? lease_name(e, s, v.id) : v;
}

/* ---- ends */

static bool pinned(state *s, value lease)
{
    for (int i = 0; i < s->blocks.count; i++) {
        const block_state *b = &s->blocks.at[i];
        if ((b->flags & BLOCK_PINNED) && !(b->flags & BLOCK_NULL) && b->life == LIFE_LIVE &&
            value_same(b->lease, lease)) {
            return true;
        }
    }
    return false;
}

static void end_block(engine *e, state *s, block_state *b, uint32_t here)
{
    uint32_t object_ = b->object;
    bool frame = b->family == FAMILY_FRAME;
    b->life = frame ? LIFE_ENDED : LIFE_FREED;
    b->end_event = here;
    b->flags &= (uint16_t)~BLOCK_SUSPENDED;
    mark_handled(e, s, object_);
    if (frame) {
        check_captures_at_end(e, s, object_, here, true);
    }
}

static void end_lease(engine *e, state *s, value lease, uint32_t here)
{
    for (int i = 0;
         i < s->blocks.count && (lease.kind == V_SYM || lease.kind == V_MARK || lease.kind == V_PTR); i++) {
        block_state *b = &s->blocks.at[i];
        if (b->life == LIFE_LIVE && value_same(b->lease, lease) && !(b->flags & BLOCK_NULL)) {
            end_block(e, s, b, here);
        }
    }
}

/* What is taken and given back in each round is not taken again and again. */
static void forget_sites(state *s, uint32_t since)
{
    int kept = 0;
    for (int i = 0; i < s->allocs.count; i++) {
        if (s->allocs.at[i].sequence < since) {
            s->allocs.at[kept++] = s->allocs.at[i];
        }
    }
    s->allocs.count = kept;
}

/* ---- taking */

static void hand_out(engine *e, state *s, const instr *in, family fam, value lease, value owner, bool pin)
{
    uint32_t object_ = new_block(e, s, in, fam);
    block_state *b = block_find(s, object_);
    b->lease = lease;
    b->ctx = owner;
    b->flags |= pin ? BLOCK_PINNED : 0;
    set_result(s, in, value_ptr(region_base(e, object_)));
}

/* What else a call writes: sizes, mostly. */
static void forget_outs(engine *e, state *s, const instr *in, int from)
{
    for (int i = from; i < in->call->arg_count; i++) {
        value out = arg(s, in->call, i);
        if (out.kind == V_PTR && object_of(e, out.id)->kind != OBJ_STRING &&
            e->regions.at[out.id].base != 0) {
            cell_forget(e, s, out.id, in, false);
        }
    }
}

static void done(engine *e, state *s, const instr *in)
{
    set_result(s, in, symbol_fresh(e, s, in, 0x71));
}

/* ---- handles: (ctx, heap, handle, ...) */

static void open_name(engine *e, state *s, const instr *in, family fam, bool pin)
{
    value name = name_arg(e, s, in->call, 2);
    use_value(e, s, name, in, "used");
    forget_outs(e, s, in, 3);
    hand_out(e, s, in, fam, name, arg(s, in->call, 1), pin);
}

static void handle_pin(engine *e, state *s, const instr *in, func *f)
{
    (void)f;
    open_name(e, s, in, FAMILY_HANDLE, true);
}

static void handle_get(engine *e, state *s, const instr *in, func *f)
{
    (void)f;
    open_name(e, s, in, FAMILY_HANDLE, false);
}

static void unpin(state *s, value lease)
{
    for (int i = 0; i < s->blocks.count; i++) {
        block_state *b = &s->blocks.at[i];
        if ((b->flags & BLOCK_PINNED) && value_same(b->lease, lease)) {
            b->flags &= (uint16_t)~BLOCK_PINNED;
            return;
        }
    }
}

static void handle_unpin(engine *e, state *s, const instr *in, func *f)
{
    (void)f;
    unpin(s, name_arg(e, s, in->call, 2));
    done(e, s, in);
}

static void handle_free(engine *e, state *s, const instr *in, func *f)
{
    (void)f;
    value name = name_arg(e, s, in->call, 2);
    uint32_t here = event_make(e, s, in);
    done(e, s, in);
    if (name.kind != V_SYM || truth_of(e, s, name) == 0 || pinned(s, name)) {
        return; /* a null handle is fine, a pinned block stays */
    }
    block_state *b = block_make(e, s, object_symbol(e, name.id));
    if (b->life == LIFE_FREED && !(b->flags & BLOCK_REPORTED)) {
        b->flags |= BLOCK_REPORTED;
        uint32_t before = b->end_event;
        report(e, "FA607", here, common_depth(e, before, here), "this handle is freed a second time");
        report_note(e, before, "freed here first");
        return;
    }
    b->life = LIFE_FREED;
    b->family = FAMILY_HANDLE;
    b->end_event = here;
    end_lease(e, s, name, here);
}

static void defragment(engine *e, state *s, const instr *in, func *f)
{
    (void)f;
    value heap = arg(s, in->call, 1);
    uint32_t here = event_make(e, s, in);
    for (int i = 0; i < s->blocks.count; i++) {
        block_state *b = &s->blocks.at[i];
        if (b->family == FAMILY_HANDLE && b->life == LIFE_LIVE && b->lease.kind != V_NONE &&
            !(b->flags & BLOCK_NULL) && value_same(b->ctx, heap) && !pinned(s, b->lease)) {
            b->life = LIFE_MOVED;
            b->end_event = here;
        }
    }
    done(e, s, in);
}

/* ---- streams: (ctx, cache, stream, ...) */

static void stream_open(engine *e, state *s, const instr *in, func *f)
{
    (void)f;
    open_name(e, s, in, FAMILY_STREAM, true);
}

static void stream_close(engine *e, state *s, const instr *in, func *f)
{
    (void)f;
    value name = name_arg(e, s, in->call, 2);
    unpin(s, name);
    if (!pinned(s, name)) {
        end_lease(e, s, name, event_make(e, s, in));
    }
    done(e, s, in);
}

/* ---- tickets. A mark stands for one; beside its place in time it says what closes it. */

#define TICKET_KIND_SHIFT 40
#define TICKET_OF_THIS_FRAME ((int64_t)1 << 60)

static void ticket_open(engine *e, state *s, const instr *in, func *f)
{
    (void)f;
    value kind = arg(s, in->call, 1), frames = arg(s, in->call, 2);
    value mark = {V_MARK, event_make(e, s, in), (int64_t)++s->sequence};
    if (kind.kind == V_INT && kind.n >= 0 && kind.n < 16) {
        mark.n |= (kind.n + 1) << TICKET_KIND_SHIFT;
        mark.n |= kind.n == 0 && frames.kind == V_INT && frames.n == 0 ? TICKET_OF_THIS_FRAME : 0;
    }
    set_result(s, in, mark);
}

static value ticket_arg(engine *e, state *s, const call *c)
{
    value v = arg(s, c, 0);
    return v.kind == V_PTR || v.kind == V_AGG ? lease_name(e, s, v.id)
           : v.kind == V_SYM                  ? lease_name(e, s, region_of_value(e, s, v, NULL))
                                              : v;
}

static void ticket_alloc(engine *e, state *s, const instr *in, func *f)
{
    value ticket = ticket_arg(e, s, in->call), size = size_arg(e, s, in->call, f);
    hand_out(e, s, in, FAMILY_FRAME, ticket, ticket, false);
    value made = value_ptr(0);
    made = in->dst >= 0 ? s->regs.at[top_call(s)->regs + in->dst] : made;
    uint32_t object_ = e->regions.at[made.id].base;
    if (object_) {
        block_find(s, object_)->flags |= BLOCK_RESULT;
        e->objects.at[object_].size = size;
        check_site(e, s, in, FAMILY_HEAP, ticket, size, object_);
    }
}

static void ticket_close(engine *e, state *s, const instr *in, func *f)
{
    (void)f;
    value v = name_arg(e, s, in->call, 0);
    end_lease(e, s, v, event_make(e, s, in));
    if (v.kind == V_MARK) {
        forget_sites(s, (uint32_t)v.n);
    }
    done(e, s, in);
}

static void end_tickets(engine *e, state *s, int64_t bits, int64_t mask, uint32_t here)
{
    for (int i = 0; i < s->blocks.count; i++) {
        block_state *b = &s->blocks.at[i];
        if (b->life == LIFE_LIVE && b->lease.kind == V_MARK && (b->lease.n & mask) == bits &&
            !(b->flags & BLOCK_NULL)) {
            end_block(e, s, b, here);
        }
    }
}

void end_frame_tickets(engine *e, state *s, uint32_t here)
{
    end_tickets(e, s, TICKET_OF_THIS_FRAME, TICKET_OF_THIS_FRAME, here);
}

static void ticket_close_all(engine *e, state *s, const instr *in, func *f)
{
    (void)f;
    value kind = arg(s, in->call, 1);
    if (kind.kind == V_INT && kind.n >= 0 && kind.n < 16) {
        end_tickets(e, s, (kind.n + 1) << TICKET_KIND_SHIFT, (int64_t)0xff << TICKET_KIND_SHIFT,
                    event_make(e, s, in));
    }
    done(e, s, in);
}

/* ---- tasks: (task, ctx, ...) */

static void task_alloc(engine *e, state *s, const instr *in, func *f)
{
    value task = arg(s, in->call, 0), size = size_arg(e, s, in->call, f);
    hand_out(e, s, in, FAMILY_TASK, task, task, false);
    if (in->dst >= 0) {
        value made = s->regs.at[top_call(s)->regs + in->dst];
        check_site(e, s, in, FAMILY_POOL, task, size, e->regions.at[made.id].base);
    }
}

static void task_free(engine *e, state *s, const instr *in, func *f)
{
    (void)f;
    give_back(e, s, in, arg(s, in->call, 2), FAMILY_TASK);
    done(e, s, in);
}

/* The block is the caller's from here on, unless the result says otherwise. */
static void task_keep(engine *e, state *s, const instr *in, func *f)
{
    (void)f;
    value p = arg(s, in->call, 2), result = result_symbol(e, s, in);
    block_state *b = p.kind == V_PTR ? block_find(s, e->regions.at[p.id].base) : NULL;
    if (b && b->family == FAMILY_TASK && b->life == LIFE_LIVE) {
        b->family = FAMILY_POOL;
        b->end_event = event_make(e, s, in);
    }
    set_result(s, in, result);
}

/* A frame that was open before is not the task's. */
static void task_enter(engine *e, state *s, const instr *in, func *f)
{
    frame_state *fs = frame_of(e, s, arg(s, in->call, 1), f, true);
    fs->task = event_make(e, s, in);
    done(e, s, in);
}

static void leave_task(engine *e, state *s, const instr *in, func *f)
{
    frame_state *fs = frame_of(e, s, arg(s, in->call, 1), f, false);
    if (fs) {
        fs->task = 0;
    }
    done(e, s, in);
}

static void task_end(engine *e, state *s, const instr *in, func *f)
{
    value task = arg(s, in->call, 0);
    uint32_t here = event_make(e, s, in);
    for (int i = 0; i < s->blocks.count; i++) {
        block_state *b = &s->blocks.at[i];
        if (b->family == FAMILY_TASK && b->life == LIFE_LIVE && value_same(b->lease, task) &&
            !(b->flags & BLOCK_NULL)) {
            end_block(e, s, b, here);
        }
    }
    leave_task(e, s, in, f);
}

static void batch_begin(engine *e, state *s, const instr *in, func *f)
{
    (void)f;
    set_result(s, in, (value){V_MARK, event_make(e, s, in), (int64_t)++s->sequence});
}

static void batch_end(engine *e, state *s, const instr *in, func *f)
{
    (void)f;
    value at = arg(s, in->call, 0);
    cell *c = at.kind == V_PTR ? cell_find(s, at.id) : NULL;
    uint32_t here = event_make(e, s, in);
    done(e, s, in);
    if (!c || c->v.kind != V_MARK) {
        return; /* ended already, or not begun here */
    }
    uint32_t since = (uint32_t)c->v.n;
    for (int i = 0; i < s->blocks.count; i++) {
        block_state *b = &s->blocks.at[i];
        if (b->family == FAMILY_TASK && b->life == LIFE_LIVE && b->sequence >= since &&
            !(b->flags & BLOCK_NULL)) {
            end_block(e, s, b, here);
        }
    }
    cell_zero(e, s, at.id, here);
    forget_sites(s, since);
}

/* ---- containers of the frame */

static void map_make(engine *e, state *s, const instr *in, func *f)
{
    (void)f;
    uint64_t key = hash_mix(hash_mix(0x58, event_make(e, s, in)), value_hash(arg(s, in->call, 0)));
    uint32_t id = symbol_make(e, key, (symbol){.kind = SYM_OWNER, .a = arg(s, in->call, 0)});
    set_result(s, in, (value){V_SYM, id, 0});
}

static void peek(engine *e, state *s, const instr *in, func *f)
{
    value ctx = context_arg(e, s, in->call, f);
    use_value(e, s, arg(s, in->call, 0), in, "read");
    if (ctx.kind == V_NONE) {
        done(e, s, in);
        return;
    }
    hand_out(e, s, in, FAMILY_FRAME, (value){0}, ctx, false);
    if (in->dst >= 0 && !text_has(f->name, "_get") && !text_has(f->name, "vector")) {
        value made = s->regs.at[top_call(s)->regs + in->dst];
        block_find(s, e->regions.at[made.id].base)->flags |= BLOCK_NOT_NULL;
    }
}

/* ---- frames */

static void is_open(engine *e, state *s, const instr *in, func *f)
{
    frame_state *fs = frame_of(e, s, arg(s, in->call, 0), f, true);
    fs->asked = true;
    if (fs->status != FRAME_UNKNOWN) {
        set_result(s, in, value_int(fs->status == FRAME_OPEN));
    } else {
        done(e, s, in);
    }
}

static void promote(engine *e, state *s, const instr *in, func *f)
{
    (void)f;
    for (int i = 0; i < s->retained.count; i++) {
        s->retained.at[i].ended = true;
    }
    forget_outs(e, s, in, 1);
    done(e, s, in);
}

/* ---- pools that are emptied: of one type, or a context's */

static void pool_end(engine *e, state *s, const instr *in, func *f)
{
    (void)f;
    value pool = arg(s, in->call, 0);
    uint32_t here = event_make(e, s, in);
    for (int i = 0; i < s->blocks.count; i++) {
        block_state *b = &s->blocks.at[i];
        if (b->family == FAMILY_POOL && b->life == LIFE_LIVE && value_same(b->ctx, pool) &&
            !(b->flags & BLOCK_NULL)) {
            end_block(e, s, b, here);
        }
    }
    done(e, s, in);
}

void run_lease(engine *e, state *s, const instr *in, func *f)
{
    static const struct {
        const char *name;
        void (*run)(engine *, state *, const instr *, func *);
        int args;
    } table[] = {
        {"frame_is_open", is_open, 1},
        {"frame_promote", promote, 1},
        {"handle_free", handle_free, 3},
        {"handle_get", handle_get, 3},
        {"handle_heap_defragment", defragment, 2},
        {"handle_pin", handle_pin, 3},
        {"handle_unpin", handle_unpin, 3},
        {"map_get", peek, 1},
        {"map_key_at", peek, 1},
        {"map_make", map_make, 1},
        {"map_value_at", peek, 1},
        {"pool_reset", pool_end, 1},
        {"stream_read_begin", stream_open, 3},
        {"stream_read_end", stream_close, 3},
        {"stream_write_begin", stream_open, 3},
        {"stream_write_end", stream_close, 3},
        {"task_alloc", task_alloc, 2},
        {"task_batch_begin", batch_begin, 1},
        {"task_batch_close", batch_end, 1},
        {"task_batch_end", batch_end, 1},
        {"task_end", task_end, 2},
        {"task_enter", task_enter, 2},
        {"task_free", task_free, 3},
        {"task_keep", task_keep, 3},
        {"task_leave", leave_task, 2},
        {"ticket_alloc", ticket_alloc, 1},
        {"ticket_array", ticket_alloc, 1},
        {"ticket_close", ticket_close, 1},
        {"ticket_close_all", ticket_close_all, 2},
        {"ticket_open", ticket_open, 3},
        {"typed_pool_destroy", pool_end, 1},
        {"typed_pool_reset", pool_end, 1},
        {"vector_at", peek, 1},
    };
    const char *name = f->name + (starts_with(f->name, "fai_") ? 4 : 3);
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        if (strcmp(table[i].name, name) == 0 && in->call->arg_count >= table[i].args) {
            table[i].run(e, s, in, f);
            return;
        }
    }
    done(e, s, in);
}
