/* call.c - a call: by its roles, by walking into its body, or as something unseen.
 *
 * Annotated functions are their annotation; their bodies are not looked at. Other bodies are entered up to
 * CALL_DEPTH_MAX deep, never twice on one chain. What is unseen may write through the pointers it is given
 * and may keep blocks that it can free (not what the system's libraries are given: they keep nothing unless
 * the table of roles says so). */
#include "engine/engine.h"

#include <string.h>

#define CALL_DEPTH_MAX 7
#define BODY_BLOCKS_MAX 250

#define BLOCK_ROLES                                                                                  \
    (ROLE(BEGIN_FRAME) | ROLE(END_FRAME) | ROLE(FRAME) | ROLE(POOL) | ROLE(POOL_FREE) | ROLE(HEAP) | \
     ROLE(HEAP_FREE) | ROLE(RETAIN) | ROLE(TAKE) | ROLE(TRANSFER) | ROLE(RECEIVE) | ROLE(SUSPEND) |  \
     ROLE(GROUP) | ROLE(GROUP_FREE) | ROLE(GROUP_END) | ROLE(SCRATCH_KEEP) | ROLE(SCRATCH_BEGIN) |   \
     ROLE(SCRATCH_END) | ROLE(ATTACH) | ROLE(LIBC) | ROLE(LIBC_FREE))
#define TAG_ROLES (ROLE(TAG_PUSH) | ROLE(TAG_POP) | ROLE(INTERN))
#define THREAD_ROLES                                                                             \
    (ROLE(THREAD) | ROLE(THREAD_JOIN) | ROLE(THREAD_DETACH) | ROLE(TIMER) | ROLE(TIMER_REMOVE) | \
     ROLE(TASK) | ROLE(JOIN) | ROLE(WAIT) | ROLE(BARRIER))

value arg(const state *s, const call *c, int i)
{
    if (i < 0 || i >= c->arg_count || c->args[i] < 0) {
        return (value){0};
    }
    return s->regs.at[s->calls.at[s->calls.count - 1].regs + c->args[i]];
}

void set_result(state *s, const instr *in, value v)
{
    if (in->dst >= 0) {
        s->regs.at[top_call(s)->regs + in->dst] = v;
    }
}

func *callee_of(engine *e, const state *s, const call *c)
{
    if (c->target) {
        return c->target;
    }
    if (c->through >= 0) {
        value v = s->regs.at[s->calls.at[s->calls.count - 1].regs + c->through];
        if (v.kind == V_PTR && object_of(e, v.id)->kind == OBJ_FUNC) {
            return object_of(e, v.id)->func;
        }
    }
    return NULL;
}

/* ---- what copies and clears */

static void run_copy(engine *e, state *s, const instr *in)
{
    const call *c = in->call;
    value to = arg(s, c, 0), from = arg(s, c, 1);
    uint32_t a = region_of_value(e, s, to, in), b = region_of_value(e, s, from, in);
    use_region(e, s, a, in, "written");
    use_region(e, s, b, in, "read");
    set_result(s, in, to);
    if (e->regions.at[a].base == 0) {
        return;
    }
    const object *o = object_of(e, b);
    const char *type = c->arg_count > 1 && c->arg_types[1] ? c->arg_types[1] : "";
    bool bytes = text_has(type, "byte") || text_has(type, "void");
    cell *root = cell_find(s, region_base(e, e->regions.at[b].base));
    bool outside = root && root->v.kind == V_SYM && e->symbols.at[root->v.id].outside;
    if (outside || (bytes && o->kind == OBJ_SYMBOL && object_of(e, a)->kind == OBJ_LOCAL)) {
        cell_forget(e, s, a, in, true);
    } else if (e->regions.at[b].base != 0) {
        cell_copy(e, s, a, b, event_make(e, s, in));
    }
}

static void run_set(engine *e, state *s, const instr *in)
{
    uint32_t a = region_of_value(e, s, arg(s, in->call, 0), in);
    value with = arg(s, in->call, 1);
    use_region(e, s, a, in, "written");
    set_result(s, in, arg(s, in->call, 0));
    if (e->regions.at[a].base != 0 && with.kind == V_INT && with.n == 0) {
        cell_zero(e, s, a, event_make(e, s, in));
    } else if (e->regions.at[a].base != 0) {
        cell_forget(e, s, a, in, false);
    }
}

/* ---- what is unseen */

void escape_blocks(engine *e, state *s, uint32_t region_, int depth)
{
    uint32_t base = e->regions.at[region_].base;
    block_state *b = block_find(s, base);
    if (b && b->family != FAMILY_FRAME) {
        b->flags |= BLOCK_ESCAPED;
        mark_handled(e, s, base);
    }
    for (int i = 0; depth < 4 && i < s->cells.count; i++) {
        if (e->regions.at[s->cells.at[i].region].base == base && s->cells.at[i].v.kind == V_PTR &&
            e->regions.at[s->cells.at[i].v.id].base != base) {
            escape_blocks(e, s, s->cells.at[i].v.id, depth + 1);
        }
    }
}

static void escape_contents(engine *e, state *s, uint32_t region_)
{
    for (int i = 0; i < s->cells.count; i++) {
        if (s->cells.at[i].v.kind == V_PTR && region_inside(e, s->cells.at[i].region, region_)) {
            escape_blocks(e, s, s->cells.at[i].v.id, 0);
        }
    }
}

static bool prints_addresses_only(engine *e, state *s, const call *c)
{
    for (int i = 0; i < c->arg_count; i++) {
        value v = arg(s, c, i);
        if (v.kind == V_PTR && object_of(e, v.id)->kind == OBJ_STRING) {
            const char *format = object_of(e, v.id)->text;
            return strstr(format, "%p") && !strstr(format, "%s");
        }
    }
    return false;
}

static bool runs_at_once(const char *name)
{
    static const char *const verbs[] = {"each",  "sort",    "map",    "visit",   "walk",     "iter",
                                        "apply", "search",  "filter", "par_",    "parallel", "run",
                                        "call",  "invoke",  "scan",   "travers", "enum",     "reduce",
                                        "with",  "find",    "exec",   "query",   "fold",     "parse",
                                        "print", "process", "step",   "update"};
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++) {
        if (text_has(name, verbs[i])) {
            return true;
        }
    }
    return false;
}

/* A function pointer handed over together with a pointer: what is behind the pointer will be used later. */
static void capture_callback(engine *e, state *s, const instr *in, func *f)
{
    bool callback = false;
    for (int i = 0; i < in->call->arg_count; i++) {
        value v = arg(s, in->call, i);
        callback |= v.kind == V_PTR && object_of(e, v.id)->kind == OBJ_FUNC;
    }
    if (!callback || !f || f->has_body || f->in_system || (f->roles & ROLE(SYNC)) || runs_at_once(f->name)) {
        return;
    }
    for (int i = 0; i < in->call->arg_count; i++) {
        value v = arg(s, in->call, i);
        if (v.kind == V_PTR && object_of(e, v.id)->kind != OBJ_FUNC) {
            capture_reachable(e, s, v, CAPTURE_CALLBACK, (value){0}, 0, event_make(e, s, in));
        }
    }
}

static void run_unseen(engine *e, state *s, const instr *in, func *f)
{
    const call *c = in->call;
    bool sdk = f && (starts_with(f->name, "fa_") || starts_with(f->name, "fai_"));
    bool harmless = f && (f->in_system || sdk);
    bool outside = f && (f->roles & ROLE(INPUT));
    bool skip_uses = f && f->variadic && prints_addresses_only(e, s, c);
    for (int i = 0; i < c->arg_count; i++) {
        value v = arg(s, c, i);
        if (v.kind != V_PTR && v.kind != V_SYM && v.kind != V_AGG) {
            continue;
        }
        const char *type = f && i < f->param_count ? f->param_types[i]
                           : c->arg_types[i]       ? c->arg_types[i]
                                                   : "";
        bool constant = starts_with(type, "*const");
        if (v.kind != V_AGG && type[0] == '*' && !skip_uses) {
            use_value(e, s, v, in, "passed on");
        }
        if (v.kind == V_SYM || type[0] != '*') {
            if (v.kind == V_AGG || (v.kind == V_PTR && strcmp(type, "fn") != 0 && !harmless)) {
                escape_blocks(e, s, v.id, 0);
            }
            continue;
        }
        object *o = object_of(e, v.id);
        if (!harmless && !constant) {
            escape_blocks(e, s, v.id, 0);
        } else if (sdk && text_has(type, "void")) {
            escape_contents(e, s, v.id); /* may be copied into something that lives on */
        }
        bool writes =
            !constant && (o->kind == OBJ_LOCAL || o->kind == OBJ_GLOBAL || o->kind == OBJ_BLOCK || outside);
        bool keeps = sdk && !outside && o->kind == OBJ_BLOCK;
        if (writes && !keeps && o->kind != OBJ_FUNC && o->kind != OBJ_STRING &&
            e->regions.at[v.id].base != 0 && !(f && f->ctx_param == i && f->ctx_kind != CTX_OTHER)) {
            value ctx = sdk && f->ctx_param == i ? context_arg(e, s, c, f) : (value){0};
            cell_forget(e, s, v.id, in, outside);
            if (ctx.kind == V_SYM && ctx.id != v.id) { /* a container stays with its context */
                cell_store(e, s, region_field(e, v.id, word("ctx")), ctx, event_make(e, s, in));
            }
        }
    }
    capture_callback(e, s, in, f);
    value result = symbol_fresh(e, s, in, 0x21);
    if (outside && ((f->roles & ROLE(TRANSFORM)) || !f->in_system)) {
        e->symbols.at[result.id].outside =
            strcmp(f->name, "SDL_PollEvent") != 0 && strcmp(f->name, "SDL_RWread") != 0;
    }
    set_result(s, in, result);
}

/* ---- pure functions: equal arguments, equal result */

static void run_pure(engine *e, state *s, const instr *in, func *f)
{
    value a = arg(s, in->call, 0), b = arg(s, in->call, 1);
    if (f->roles & ROLE(LONG_LIVED)) {
        b = arg(s, in->call, in->call->arg_count - 1);
        value middle = in->call->arg_count > 2 ? arg(s, in->call, 1) : (value){0};
        a = (value){V_INT, 0, (int64_t)hash_mix(value_hash(a), value_hash(middle))};
    }
    uint64_t key = hash_mix(hash_mix((uint64_t)(uintptr_t)f, value_hash(a)), value_hash(b));
    uint32_t id = symbol_make(e, key, (symbol){.kind = SYM_PURE, .a = a, .b = b});
    if (f->roles & ROLE(LONG_LIVED)) {
        e->objects.at[object_symbol(e, id)].long_lived = true;
    }
    set_result(s, in, (value){V_SYM, id, 0});
}

/* ---- bodies */

static bool may_enter(engine *e, const state *s, func *f)
{
    if (!f->has_body || f->blocks.count == 0 || f->blocks.count > BODY_BLOCKS_MAX) {
        return false;
    }
    if (f->in_sdk && !(f->roles & TAG_ROLES) && !ends_with(f->name, "_make")) {
        return false;
    }
    if (s->calls.count > CALL_DEPTH_MAX) {
        return false;
    }
    for (int i = 0; i < s->calls.count; i++) {
        if (s->calls.at[i].func == f) {
            return false;
        }
    }
    (void)e;
    return true;
}

static void enter(engine *e, state *s, const instr *in, func *f)
{
    call_record *from = top_call(s);
    uint32_t chain_ = chain_make(e, from->chain, f, in);
    uint32_t here = event_make(e, s, in);
    for (int i = 0; i < f->locals.count; i++) { /* a second call from the same place starts afresh */
        if (i != f->return_local) {
            cell_drop_object(e, s, object_local(e, chain_, f, i));
        }
    }
    int base = s->regs.count;
    for (int i = 0; i < f->param_count && i < f->locals.count; i++) {
        value v = i < in->call->arg_count ? arg(s, in->call, i) : (value){0};
        uint32_t region_ = region_base(e, object_local(e, chain_, f, i));
        if (v.kind == V_NONE) {
            v = symbol_fresh(e, s, in, 0x400 + (uint32_t)i);
        }
        cell_store(e, s, region_, v, here);
    }
    for (int i = 0; i < f->reg_count; i++) {
        vec_push(&s->regs, (value){0});
    }
    vec_push(&s->calls, (call_record){f, chain_, 0, 0, in->dst, base});
}

static const func *annotated_body(const func *f)
{
    return f->has_body && (f->roles & TAG_ROLES) ? f : NULL;
}

call_outcome call_run(engine *e, state *s, const instr *in)
{
    func *f = callee_of(e, s, in->call);
    if (!f) {
        run_unseen(e, s, in, NULL);
        return CALL_DONE;
    }
    role_set r = f->roles;
    if (r & ROLE(STOP)) {
        state_drop(e, s);
        return CALL_STOPPED;
    }
    if (r & ROLE(EXPECT)) {
        set_result(s, in, arg(s, in->call, 0));
    } else if (r & ROLE(LEASE)) {
        run_lease(e, s, in, f);
    } else if (r & BLOCK_ROLES) {
        run_block_roles(e, s, in, f);
    } else if (annotated_body(f) && may_enter(e, s, f)) {
        enter(e, s, in, f);
        return CALL_ENTERED;
    } else if (r & TAG_ROLES) {
        run_tag_roles(e, s, in, f);
    } else if ((r & THREAD_ROLES) && !((r & THREAD_ROLES) == ROLE(WAIT) && may_enter(e, s, f))) {
        run_thread_roles(e, s, in, f);
    } else if (r & ROLE(PURE)) {
        run_pure(e, s, in, f);
    } else if ((r & ROLE(COPY)) && in->call->arg_count >= 2) {
        run_copy(e, s, in);
    } else if ((r & ROLE(SET)) && in->call->arg_count >= 2) {
        run_set(e, s, in);
    } else if (r & ROLE(LONG_LIVED)) {
        run_unseen(e, s, in, f);
        value v = s->regs.at[top_call(s)->regs + in->dst];
        if (v.kind == V_SYM) {
            e->objects.at[object_symbol(e, v.id)].long_lived = true;
        }
    } else if (may_enter(e, s, f)) {
        enter(e, s, in, f);
        return CALL_ENTERED;
    } else {
        run_unseen(e, s, in, f);
    }
    return CALL_DONE;
}
