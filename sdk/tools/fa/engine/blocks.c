/* blocks.c - what the calls that own memory do: frames, scratch, pool, heap, retention, transfer.
 *
 * A block is an object with a history. Ending a frame ends the blocks of its own context only; contexts are
 * compared by value, and a structure that holds a context counts as related to it, so that wrappers may take
 * either. */
#include "engine/engine.h"

#include <string.h>

#include "report/codes.h"

/* ---- frames */

void frame_result_failed(engine *e, state *s, uint32_t symbol_)
{
    capture_failed(s, e->symbols.at[symbol_].event);
    for (int i = 0; i < s->frames.count; i++) {
        frame_state *f = &s->frames.at[i];
        if (f->result == symbol_) {
            f->status = f->was;
            f->balance--;
            f->event = f->balance ? f->event : 0; /* nothing was opened, and nothing closed */
            f->result = 0;
        }
    }
    for (int i = s->tags.count - 1; i >= 0; i--) {
        if (s->tags.at[i].result == symbol_) {
            memmove(&s->tags.at[i], &s->tags.at[i + 1], (size_t)(s->tags.count - i - 1) * sizeof *s->tags.at);
            s->tags.count--;
        }
    }
    for (int i = 0; i < s->blocks.count; i++) {
        block_state *b = &s->blocks.at[i];
        if (b->life == LIFE_SENT && e->symbols.at[symbol_].event == b->end_event) {
            b->life = LIFE_LIVE;
        }
        if ((b->flags & (BLOCK_TAKEN | BLOCK_OUT)) &&
            e->symbols.at[symbol_].event == e->objects.at[b->object].event) {
            b->flags |= BLOCK_NULL; /* nothing was taken */
        }
        if (b->family == FAMILY_POOL && b->life == LIFE_LIVE && b->lease.kind != V_NONE &&
            e->symbols.at[symbol_].event == b->end_event) {
            b->family = FAMILY_TASK; /* it was not kept */
        }
    }
}

value result_symbol(engine *e, state *s, const instr *in)
{
    uint32_t event_ = event_make(e, s, in);
    for (uint32_t round = 0;; round++) {
        uint64_t key = hash_mix(hash_mix(0x54, event_), round);
        uint32_t id = symbol_make(e, key, (symbol){.kind = SYM_RESULT, .event = event_});
        if (round == 6 || !symbol_busy(e, s, id)) {
            return (value){V_SYM, id, 0};
        }
    }
}

static void begin_frame(engine *e, state *s, const instr *in, func *f)
{
    value ctx = context_arg(e, s, in->call, f), result = result_symbol(e, s, in);
    frame_state *fs = frame_of(e, s, ctx, f, true);
    uint32_t here = event_make(e, s, in);
    set_result(s, in, f->returns_bool ? symbol_binary(e, BIN_EQ, result, value_int(0)) : result);
    if (ctx.kind == V_SYM && ctx.n == 0) { /* a frame of no context does not begin */
        range_make(s, ctx.id)->not_zero = true;
    }
    if (fs->told) {
        return;
    }
    if (fs->status == FRAME_OPEN && value_same(fs->ctx, ctx)) {
        fs->told = true;
        if (told_where_opened(e, fs->event)) {
            return;
        }
        report(e, "FA603", here, common_depth(e, fs->event, here),
               "a frame is begun while one is open: frames do not nest");
        report_note(e, fs->event, "the open frame begins here");
        return;
    }
    if (!value_same(fs->ctx, ctx)) { /* another context of the same owner: keep them apart */
        vec_push(&s->frames, (frame_state){.ctx = ctx, .kind = (uint8_t)f->ctx_kind});
        fs = &s->frames.at[s->frames.count - 1];
    }
    fs->was = fs->status;
    fs->status = FRAME_OPEN;
    fs->balance++;
    fs->event = here;
    fs->first_event = here;
    fs->result = result.id;
    fs->task = 0;
}

static void kill_blocks(engine *e, state *s, value ctx, uint32_t here, uint32_t since, bool rewind)
{
    for (int i = 0; i < s->blocks.count; i++) {
        block_state *b = &s->blocks.at[i];
        if (b->family != FAMILY_FRAME || b->life != LIFE_LIVE || (b->flags & BLOCK_NULL) ||
            b->sequence < since || b->lease.kind != V_NONE || !context_related(e, b->ctx, ctx)) {
            continue;
        }
        uint32_t object_ = b->object;
        b->life = rewind ? LIFE_REWOUND : LIFE_ENDED;
        b->end_event = here;
        b->flags &= (uint16_t)~BLOCK_SUSPENDED;
        check_escapes(e, s, object_, here, true);
        check_captures_at_end(e, s, object_, here, true);
    }
    int kept = 0;
    for (int i = 0; i < s->allocs.count; i++) {
        const alloc_mark *a = &s->allocs.at[i];
        if (!context_related(e, a->ctx, ctx) || a->sequence < since) {
            s->allocs.at[kept++] = *a;
        }
    }
    s->allocs.count = kept;
}

static void end_frame(engine *e, state *s, const instr *in, func *f)
{
    value ctx = context_arg(e, s, in->call, f);
    frame_state *fs = frame_of(e, s, ctx, f, true);
    uint32_t here = event_make(e, s, in);
    if (fs->status == FRAME_CLOSED && fs->kind != CTX_ARENA) {
        if (fs->told) {
            return;
        }
        fs->told = true;
        report(e, "FA603", here, common_depth(e, fs->event, here), "a frame is ended while none is open");
        if (fs->event) {
            report_note(e, fs->event, "no frame is open from here on");
        }
        return;
    }
    if (fs->kind != CTX_ARENA) {
        fs->status = FRAME_CLOSED;
        fs->balance--;
    }
    fs->event = here;
    fs->result = 0;
    if (f->roles & ROLE(BARRIER)) { /* the others are waited for first */
        s->wait_event = here;
        join_all(s);
    }
    for (int i = 0; i < s->retained.count; i++) {
        s->retained.at[i].ended = true;
    }
    kill_blocks(e, s, ctx, here, 0, false);
    if (fs->kind != CTX_ARENA) {
        end_frame_tickets(e, s, here);
    }
    set_result(s, in, symbol_fresh(e, s, in, 9));
}

static void begin_scratch(engine *e, state *s, const instr *in, func *f)
{
    (void)f;
    value mark = {V_MARK, event_make(e, s, in), (int64_t)s->sequence + 1};
    s->sequence++;
    set_result(s, in, mark);
}

/* A scope of its own arena: what was taken from it carries its mark. */
static bool is_scope(const engine *e, value mark)
{
    const instr *in = e->events.at[mark.id].instr;
    return in && in->op == OP_CALL && in->call->target && starts_with(in->call->target->name, "fai_scratch");
}

static void end_scratch(engine *e, state *s, const instr *in, func *f)
{
    value ctx = context_arg(e, s, in->call, f);
    uint32_t since = 0;
    bool marked = false;
    set_result(s, in, symbol_fresh(e, s, in, 9));
    for (int i = 0; i < in->call->arg_count; i++) {
        value v = arg(s, in->call, i);
        if (v.kind == V_PTR || v.kind == V_AGG) {
            cell *c = cell_find(s, v.id);
            v = c ? c->v : v;
            if (c && v.kind == V_INT) {
                return; /* closed or kept already */
            }
        }
        if (v.kind == V_MARK && is_scope(e, v)) {
            kill_blocks(e, s, v, event_make(e, s, in), 0, true);
            return;
        }
        if (v.kind == V_MARK) {
            since = (uint32_t)v.n;
            marked = true;
            bool scratch = f->ctx_kind == CTX_ARENA && arg(s, in->call, i).kind == V_PTR; /* not its mark */
            if (f->ctx_param == i && !scratch) {
                ctx = (value){0};
            }
        }
    }
    if (f->ctx_kind == CTX_OTHER && marked) {
        ctx = (value){0}; /* the mark knows its arena */
    }
    kill_blocks(e, s, ctx, event_make(e, s, in), since, true);
}

static void keep_scratch(engine *e, state *s, const instr *in)
{
    value v = arg(s, in->call, 0);
    if (v.kind == V_PTR) {
        const cell *c = cell_find(s, v.id);
        uint32_t since = c && c->v.kind == V_MARK ? (uint32_t)c->v.n : UINT32_MAX;
        int kept = 0;
        for (int i = 0; i < s->allocs.count; i++) { /* kept for once, not in every round */
            if (s->allocs.at[i].sequence < since) {
                s->allocs.at[kept++] = s->allocs.at[i];
            }
        }
        s->allocs.count = kept;
        cell_store(e, s, v.id, value_int(0), event_make(e, s, in));
    }
    set_result(s, in, symbol_fresh(e, s, in, 9));
}

/* ---- taking */

uint32_t new_block(engine *e, state *s, const instr *in, family fam)
{
    uint32_t event_ = event_make(e, s, in);
    uint64_t key = hash_mix(hash_mix((uint64_t)(uintptr_t)in, top_call(s)->chain), 0x31);
    for (uint32_t round = 0;; round++) { /* the first of this site that the state does not hold */
        uint32_t object_ = object_block(e, hash_mix(key, round), fam, event_);
        uint32_t base = region_base(e, object_);
        bool used = block_find(s, object_) != NULL;
        for (int i = 0; i < s->cells.count && !used; i++) {
            used = e->regions.at[s->cells.at[i].region].base == e->regions.at[base].base ||
                   (s->cells.at[i].v.kind == V_PTR && e->regions.at[s->cells.at[i].v.id].base == object_);
        }
        if (!used || round == 12) {
            cell_drop_object(e, s, object_);
            block_state *b = block_make(e, s, object_);
            *b = (block_state){.object = object_, .family = (uint8_t)fam, .sequence = ++s->sequence};
            return object_;
        }
    }
}

/* The size asked for, or the part of it that came from outside unchecked. Only the SDK's own functions are
 * known well enough to say more than "the first number". */
value size_arg(engine *e, state *s, const call *c, func *f)
{
    value size = {0};
    bool sdk = starts_with(f->name, "fa"), array = text_has(f->name, "array");
    int numbers = 0;
    for (int i = 0; i < c->arg_count; i++) {
        value v = arg(s, c, i);
        if (i >= f->param_count || strcmp(f->param_types[i], "int") != 0 || v.kind == V_NONE) {
            continue;
        }
        if (outside_unchecked(e, s, v, 0)) {
            return v;
        }
        numbers++;
        if (sdk && numbers == 1) {
            size = v;
        } else if (sdk && array && numbers == 2) {
            size = value_binary(e, s, BIN_MUL, size, v);
        }
    }
    return size;
}

/* A system's own scratch ends with the system; other arenas live as their owner likes. */
static bool short_arena(const engine *e, value ctx)
{
    if (ctx.kind != V_SYM || e->symbols.at[ctx.id].kind != SYM_REGION) {
        return false;
    }
    const region *r = &e->regions.at[e->symbols.at[ctx.id].region];
    return r->kind == REGION_FIELD && strcmp(r->field, "scratch") == 0;
}

/* `bool make(ctx, T **out)`, `fa_result make(ctx, T **out)`, a batch: the pointer is written, the result
 * tells. */
static bool give_through_parameter(engine *e, state *s, const instr *in, func *f, block_state *b,
                                   uint32_t here)
{
    if (f->returns_pointer) {
        return false;
    }
    uint32_t object_ = b->object;
    for (int i = in->call->arg_count - 1; i >= 0; i--) {
        value out = arg(s, in->call, i);
        const char *type = i < f->param_count ? f->param_types[i] : "";
        if (i == f->ctx_param || strcmp(type, "*other") != 0 || (out.kind != V_PTR && out.kind != V_SYM)) {
            continue;
        }
        uint32_t region_ = region_of_value(e, s, out, in);
        bool many = object_of(e, region_)->kind == OBJ_LOCAL && text_has(f->name, "batch");
        b->flags |= BLOCK_OUT;
        region_ = many ? region_index(e, region_, symbol_fresh(e, s, in, 0x5f)) : region_;
        cell_store(e, s, region_, value_ptr(region_base(e, object_)), here);
        value result = result_symbol(e, s, in);
        set_result(s, in, f->returns_bool ? symbol_binary(e, BIN_EQ, result, value_int(0)) : result);
        return true;
    }
    return false;
}

static void allocate(engine *e, state *s, const instr *in, func *f, family fam)
{
    value ctx = context_arg(e, s, in->call, f);
    uint32_t here = event_make(e, s, in);
    if (fam == FAMILY_FRAME) {
        frame_state *fs = frame_of(e, s, ctx, f, false);
        if (fs && fs->status == FRAME_CLOSED && fs->kind != CTX_ARENA && f->ctx_kind != CTX_ARENA &&
            !fs->told) {
            fs->told = true;
            report(e, "FA603", here, fs->event ? common_depth(e, fs->event, here) : 0,
                   "frame memory is asked for while no frame is open");
            if (fs->event) {
                report_note(e, fs->event, "no frame is open from here on");
            }
            set_result(s, in, symbol_fresh(e, s, in, 8));
            return;
        }
        bool own = fs && (fs->status == FRAME_OPEN || fs->balance > 0);
        if (e->top->is_task && !own && f->ctx_kind != CTX_ARENA) {
            report(e, "FA701", here, 0,
                   "a task takes memory of a frame that it did not begin and that may end first");
        } else if (fs && fs->task && f->ctx_kind != CTX_ARENA) {
            report(e, "FA701", here, common_depth(e, fs->task, here),
                   "frame memory is asked for inside a task that did not begin the frame");
            report_note(e, fs->task, "the task is entered here");
        }
    }
    uint32_t object_ = new_block(e, s, in, fam);
    block_state *b = block_find(s, object_);
    b->ctx = ctx;
    bool arena = fam == FAMILY_FRAME && f->ctx_kind == CTX_ARENA && !short_arena(e, ctx);
    if (arena) {
        b->flags |= BLOCK_RESULT; /* an arena's lifetime is its owner's business */
    }
    value size = size_arg(e, s, in->call, f);
    e->objects.at[object_].size = size;
    e->objects.at[object_].system_scratch = (f->roles & ROLE(SYSTEM_SCRATCH)) || short_arena(e, ctx);
    if (f->roles & ROLE(PRINT) || strstr(f->name, "zeroed")) {
        cell_zero(e, s, region_base(e, object_), here);
    }
    if (!give_through_parameter(e, s, in, f, b, here)) {
        set_result(s, in, value_ptr(region_base(e, object_)));
    }
    check_site(e, s, in, arena ? FAMILY_HEAP : fam, ctx, size, object_);
}

/* ---- giving back */

static const char *family_name(int fam)
{
    static const char *const names[] = {"unknown", "frame",       "pool",   "heap", "malloc",
                                        "group",   "handle heap", "stream", "task"};
    return names[fam];
}

static bool refuse_free(engine *e, block_state *b, uint32_t here, family as)
{
    uint32_t object_ = b->object;
    const object o = e->objects.at[object_];
    const char *name = object_name(e, object_);
    if (b->life == LIFE_FREED || b->life == LIFE_SENT || b->life == LIFE_MOVED) {
        if (b->flags & BLOCK_REPORTED) {
            return true;
        }
        b->flags |= BLOCK_REPORTED;
        uint32_t before = b->end_event;
        int life = b->life;
        report(e, "FA607", here, common_depth(e, before, here),
               life == LIFE_FREED  ? "%s is freed a second time"
               : life == LIFE_SENT ? "%s is freed after it was sent to another thread"
                                   : "%s is freed after the reallocation that moved it",
               name);
        if (o.event) {
            report_note(e, o.event, "allocated here");
        }
        report_note(e, before,
                    life == LIFE_FREED  ? "freed here first"
                    : life == LIFE_SENT ? "sent here"
                                        : "reallocated here");
        return true;
    }
    family fam = b->family ? (family)b->family : FAMILY_NONE;
    if (fam != FAMILY_NONE && fam != as && !(fam == FAMILY_LIBC && as == FAMILY_LIBC)) {
        if (!(b->flags & BLOCK_REPORTED)) {
            b->flags |= BLOCK_REPORTED;
            uint32_t depth = o.event ? common_depth(e, o.event, here) : 0;
            report(e, "FA607", here, depth, "%s is %s memory, freed as %s memory", name, family_name(fam),
                   family_name(as));
            report_note(e, o.event, "allocated here");
            if (b->flags & BLOCK_TAKEN) {
                report(e, "FA604", here, depth, "a block promoted to the %s is freed as %s memory",
                       family_name(fam), family_name(as));
            }
        }
        b->flags |= BLOCK_ESCAPED;
        return true;
    }
    return false;
}

void give_back(engine *e, state *s, const instr *in, value v, family as)
{
    if (v.kind == V_INT || v.kind == V_NONE || truth_of(e, s, v) == 0) {
        return;
    }
    uint32_t region_ = region_of_value(e, s, v, in), object_ = e->regions.at[region_].base;
    uint32_t here = event_make(e, s, in);
    const object o = e->objects.at[object_];
    if (o.kind == OBJ_LOCAL || o.kind == OBJ_GLOBAL || o.kind == OBJ_STRING) {
        if (as != FAMILY_LIBC) {
            report(e, "FA607", here, e->chains.at[e->events.at[here].chain].depth,
                   "the address of %s is freed as %s memory", object_name(e, object_), family_name(as));
        }
        return;
    }
    if (object_ == 0 || o.kind == OBJ_FUNC) {
        return;
    }
    if (o.kind == OBJ_SYMBOL && as == FAMILY_LIBC) {
        return;
    }
    const block_state *known = block_find(s, object_);
    if ((o.kind == OBJ_SYMBOL || (known && known->flags & BLOCK_RECEIVED)) && e->top->is_thread) {
        check_cross_free(e, s, in);
    }
    block_state *b = block_make(e, s, object_);
    mark_handled(e, s, object_);
    if (b->flags & BLOCK_RECEIVED) {
        *map64_at(&e->handled, o.event, NULL) = 2; /* it was something that is freed */
    }
    if (b->flags & BLOCK_NULL || refuse_free(e, b, here, as)) {
        return;
    }
    b = block_find(s, object_);
    b->life = LIFE_FREED;
    b->freed_as = (uint8_t)as;
    for (int i = 0; i < s->allocs.count; i++) {
        s->allocs.at[i].freed |= s->allocs.at[i].object == object_;
    }
    b->end_event = here;
    for (int i = 0; (b->flags & BLOCK_ELEMENT) && i < s->blocks.count;
         i++) { /* one of many: the others go likewise */
        if (e->objects.at[s->blocks.at[i].object].event == o.event && s->blocks.at[i].life == LIFE_LIVE) {
            s->blocks.at[i].flags |= BLOCK_ESCAPED;
        }
    }
}

/* What the old block held moves along to the new one. */
static void move_contents(engine *e, state *s, const instr *in, uint32_t from, uint32_t here)
{
    value made = in->dst >= 0 ? s->regs.at[top_call(s)->regs + in->dst] : (value){0};
    if (from && made.kind == V_PTR) {
        cell_copy(e, s, made.id, from, here);
    }
}

static void reallocate(engine *e, state *s, const instr *in, func *f, family fam)
{
    int at = block_arg(in->call, f);
    value old = arg(s, in->call, at);
    uint32_t here = event_make(e, s, in), from = 0;
    if (old.kind == V_PTR || old.kind == V_SYM) {
        uint32_t object_ = e->regions.at[region_of_value(e, s, old, in)].base;
        const object o = e->objects.at[object_];
        if ((o.kind == OBJ_BLOCK || o.kind == OBJ_SYMBOL) && truth_of(e, s, old) != 0) {
            block_state *b = block_make(e, s, object_);
            mark_handled(e, s, object_);
            if (!refuse_free(e, b, here, fam)) {
                b = block_find(s, object_);
                b->life = LIFE_MOVED;
                b->end_event = here;
                from = region_base(e, object_);
            }
        }
    }
    allocate(e, s, in, f, fam);
    move_contents(e, s, in, from, here);
}

/* ---- the context's own life */

static void attach(engine *e, state *s, const instr *in, func *f)
{
    const call *c = in->call;
    for (int i = c->arg_count - 1; i >= 0; i--) {
        value out = arg(s, c, i);
        bool site = i < f->param_count && strcmp(f->param_types[i], "*const byte") == 0;
        if (!site && out.kind == V_PTR && object_of(e, out.id)->kind != OBJ_STRING) {
            value ctx = symbol_fresh(e, s, in, 0x5c);
            cell_store(e, s, out.id, ctx, event_make(e, s, in));
            vec_push(&s->frames, (frame_state){.ctx = ctx, .status = FRAME_CLOSED, .kind = CTX_CONTEXT});
            break;
        }
    }
    set_result(s, in, symbol_fresh(e, s, in, 0x5d));
}

/* All of a group at once. */
static void end_group(engine *e, state *s, const instr *in, func *f)
{
    value group = arg(s, in->call, block_arg(in->call, f));
    for (int i = 0; i < s->blocks.count; i++) {
        block_state *b = &s->blocks.at[i];
        if (b->family == FAMILY_GROUP && b->life == LIFE_LIVE && value_same(b->ctx, group)) {
            b->life = LIFE_FREED;
            b->freed_as = FAMILY_GROUP;
            b->end_event = event_make(e, s, in);
        }
    }
    set_result(s, in, symbol_fresh(e, s, in, 0x5e));
}

static void run_group(engine *e, state *s, const instr *in, func *f)
{
    if (f->roles & ROLE(GROUP_END)) {
        end_group(e, s, in, f);
    } else if (f->roles & ROLE(GROUP_FREE)) {
        give_back(e, s, in, arg(s, in->call, f->ctx_param + 2), FAMILY_GROUP);
        set_result(s, in, symbol_fresh(e, s, in, 0x5e));
    } else {
        allocate(e, s, in, f, FAMILY_GROUP);
        value made = in->dst >= 0 ? s->regs.at[top_call(s)->regs + in->dst] : (value){0};
        if (made.kind == V_PTR) {
            block_find(s, e->regions.at[made.id].base)->ctx = arg(s, in->call, f->ctx_param + 1);
        }
    }
}

void run_block_roles(engine *e, state *s, const instr *in, func *f)
{
    role_set r = f->roles;
    if (r & (ROLE(POOL_FREE) | ROLE(HEAP_FREE) | ROLE(LIBC_FREE)) && !(r & (ROLE(HEAP) | ROLE(POOL)))) {
        family as = r & ROLE(POOL_FREE) ? FAMILY_POOL : r & ROLE(HEAP_FREE) ? FAMILY_HEAP : FAMILY_LIBC;
        value v = arg(s, in->call, block_arg(in->call, f));
        if (r & ROLE(LIBC_FREE)) {
            v = arg(s, in->call, 0);
        }
        give_back(e, s, in, v, as);
        set_result(s, in, symbol_fresh(e, s, in, 0x5e));
        return;
    }
    if (r & (ROLE(GROUP) | ROLE(GROUP_FREE) | ROLE(GROUP_END))) {
        run_group(e, s, in, f);
    } else if (r & ROLE(SCRATCH_KEEP)) {
        keep_scratch(e, s, in);
    } else if (r & ROLE(BEGIN_FRAME)) {
        begin_frame(e, s, in, f);
    } else if (r & ROLE(END_FRAME)) {
        end_frame(e, s, in, f);
    } else if (r & ROLE(SCRATCH_BEGIN)) {
        begin_scratch(e, s, in, f);
    } else if (r & ROLE(SCRATCH_END)) {
        end_scratch(e, s, in, f);
    } else if (r & ROLE(RETAIN)) {
        retain(e, s, in, f);
    } else if (r & ROLE(TAKE)) {
        take(e, s, in, f);
    } else if (r & ROLE(TRANSFER)) {
        send_block(e, s, in, f);
    } else if (r & ROLE(RECEIVE)) {
        receive(e, s, in, f);
    } else if (r & ROLE(SUSPEND)) {
        suspend(e, s, in);
    } else if (r & ROLE(ATTACH)) {
        attach(e, s, in, f);
    } else if (r & (ROLE(REALLOC)) || ((r & ROLE(HEAP)) && (r & ROLE(HEAP_FREE)))) {
        reallocate(e, s, in, f, FAMILY_HEAP);
    } else {
        family fam = r & ROLE(FRAME)  ? FAMILY_FRAME
                     : r & ROLE(POOL) ? FAMILY_POOL
                     : r & ROLE(HEAP) ? FAMILY_HEAP
                                      : FAMILY_LIBC;
        value old = arg(s, in->call, block_arg(in->call, f));
        bool moves = fam == FAMILY_FRAME && text_has(f->name, "realloc") && truth_of(e, s, old) != 0;
        allocate(e, s, in, f, fam);
        move_contents(e, s, in, moves ? region_of_value(e, s, old, in) : 0, event_make(e, s, in));
    }
}
