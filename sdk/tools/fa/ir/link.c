/* link.c - from units to one program: which declaration means which definition, who calls whom, and what is
 * worth analysing at all.
 *
 * A function that neither touches frame, pool, heap, tag or thread memory nor calls anything that does cannot
 * hold a finding; it is still walked through when a caller passes it a pointer. This is what keeps the cost
 * near that of parsing: in a game most functions are of that kind. */
#include "ir/ir.h"

#include <string.h>

#define ROLES_THAT_MATTER                                                                                  \
    (ROLE(BEGIN_FRAME) | ROLE(END_FRAME) | ROLE(FRAME) | ROLE(POOL) | ROLE(POOL_FREE) | ROLE(HEAP) |       \
     ROLE(HEAP_FREE) | ROLE(TAG_PUSH) | ROLE(TAG_POP) | ROLE(RETAIN) | ROLE(TRANSFER) | ROLE(RECEIVE) |    \
     ROLE(BARRIER) | ROLE(BUDGET) | ROLE(SUSPEND) | ROLE(TASK) | ROLE(SCRATCH_BEGIN) | ROLE(SCRATCH_END) | \
     ROLE(TAKE) | ROLE(ATTACH) | ROLE(INTERN) | ROLE(BARRIER_CREATE) | ROLE(THREAD) | ROLE(TIMER) |        \
     ROLE(GROUP) | ROLE(GROUP_FREE) | ROLE(GROUP_END) | ROLE(LEASE))

/* ---- definitions */

static uint64_t place_key(const func *f)
{
    return hash_mix((uint64_t)(uintptr_t)f->usr, (uint64_t)(uintptr_t)f->file);
}

static void join_units(program *p)
{
    map64 by_usr = {0}, by_place = {0}, global_by_usr = {0};
    VEC(func *) all = {0};
    for (int u = 0; u < p->units.count; u++) {
        unit *unit_ = p->units.at[u];
        for (int i = 0; i < unit_->funcs.count; i++) {
            func *f = unit_->funcs.at[i];
            bool fresh;
            uint32_t *slot = map64_at(&by_usr, (uint64_t)(uintptr_t)f->usr, &fresh);
            if (fresh) {
                *slot = (uint32_t)all.count;
            } else if (f->has_body && !all.at[*slot]->has_body) {
                *slot = (uint32_t)all.count;
            }
            if (f->has_body) { /* the same name in another program's file is another function */
                uint32_t *here = map64_at(&by_place, place_key(f), &fresh);
                *here = fresh ? (uint32_t)all.count : *here;
            }
            vec_push(&all, f);
        }
        for (int i = 0; i < unit_->globals.count; i++) {
            global *g = unit_->globals.at[i];
            bool fresh;
            uint32_t *slot = map64_at(&global_by_usr, (uint64_t)(uintptr_t)g->usr, &fresh);
            if (fresh || (g->init.count && !p->globals.at[*slot]->init.count)) {
                *slot = (uint32_t)p->globals.count;
            }
            vec_push(&p->globals, g);
        }
    }
    for (int i = 0; i < all.count; i++) {
        func *f = all.at[i];
        const uint32_t *own = f->has_body ? map64_find(&by_place, place_key(f)) : NULL;
        func *d = all.at[own ? *own : *map64_find(&by_usr, (uint64_t)(uintptr_t)f->usr)];
        f->definition = d == f ? NULL : d;
        d->roles |= f->roles; /* an annotation on any declaration counts */
        d->task_arg = d->task_arg ? d->task_arg : f->task_arg;
        d->no_return |= f->no_return;
    }
    for (int i = 0; i < all.count; i++) {
        func *d = func_resolve(all.at[i]);
        all.at[i]->roles = d->roles;
        all.at[i]->task_arg = d->task_arg;
        if (d == all.at[i] && d->has_body) {
            vec_push(&p->funcs, d);
        }
    }
    for (int i = 0; i < p->globals.count; i++) {
        global *g = p->globals.at[i];
        global *d = p->globals.at[*map64_find(&global_by_usr, (uint64_t)(uintptr_t)g->usr)];
        g->definition = *g->usr ? d : g;
    }
    vec_free(&all);
    map64_free(&by_usr);
    map64_free(&by_place);
    map64_free(&global_by_usr);
}

/* ---- calls */

static const instr *last_def(const block *b, int before, int reg)
{
    for (int i = before - 1; i >= 0 && reg >= 0; i--) {
        if (b->code.at[i].dst == reg) {
            return &b->code.at[i];
        }
    }
    return NULL;
}

static void mark_started(func *f, role_set roles)
{
    func_resolve(f)->is_task |= (roles & ROLE(TASK)) != 0;
    func_resolve(f)->is_thread |= (roles & ROLE(THREAD)) != 0;
}

static void mark_taken(func *f, role_set roles)
{
    for (int b = 0; b < f->blocks.count; b++) {
        for (int i = 0; i < f->blocks.at[b].code.count; i++) {
            const instr *in = &f->blocks.at[b].code.at[i];
            if (in->op == OP_FUNC && in->func->param_count == 1 && in->func->param_types[0][0] == '*') {
                mark_started(in->func, roles);
            }
        }
    }
}

static void see_call(func *f, const block *b, int at)
{
    call *c = b->code.at[at].call;
    if (!c->target) {
        return;
    }
    c->target = func_resolve(c->target);
    role_set roles = c->target->roles;
    if (roles & ROLES_THAT_MATTER) {
        f->touches = true;
    }
    if (roles & ROLE(SUSPEND)) {
        f->suspends = true;
    }
    if (c->target->has_body) {
        vec_push(&c->target->callers, f);
    }
    for (int k = 0; k < c->arg_count && (roles & (ROLE(TASK) | ROLE(THREAD))); k++) {
        const instr *arg = last_def(b, at, c->args[k]);
        if (arg && arg->op == OP_FUNC) {
            mark_started(arg->func, roles);
        } else if (k < c->target->param_count && strcmp(c->target->param_types[k], "fn") == 0) {
            mark_taken(f, roles); /* chosen somewhere in this function */
        }
    }
}

static void see_store(const block *b, int at)
{
    const instr *in = &b->code.at[at];
    const instr *address = last_def(b, at, in->a), *value = last_def(b, at, in->b);
    if (!address || address->op != OP_GLOBAL) {
        return;
    }
    global *g = address->global->definition;
    const char *tag = "";
    if (value && value->op == OP_CALL && value->call->target && (value->call->target->roles & ROLE(INTERN))) {
        for (int k = 0; k < value->call->arg_count; k++) {
            const instr *arg = last_def(b, at, value->call->args[k]);
            tag = arg && arg->op == OP_STRING ? arg->text : tag;
        }
    }
    g->tag = g->tag == NULL || g->tag == tag ? tag : "";
}

static void see_body(func *f)
{
    for (int b = 0; b < f->blocks.count; b++) {
        block *at = &f->blocks.at[b];
        for (int i = 0; i < at->code.count; i++) {
            instr *in = &at->code.at[i];
            switch (in->op) {
            case OP_CALL: see_call(f, at, i); break;
            case OP_STORE: see_store(at, i); break;
            case OP_GLOBAL:
                in->global = in->global->definition;
                for (int k = 0; k < in->global->init.count; k++) {
                    if (in->global->init.at[k].func) {
                        vec_push(&f->called, in->global->init.at[k].func);
                    }
                }
                break;
            case OP_FUNC:
                in->func = func_resolve(in->func);
                in->func->is_taken = true;
                break;
            default: break;
            }
        }
    }
    for (int i = 0; i < f->called.count; i++) {
        f->called.at[i] = func_resolve(f->called.at[i]);
    }
}

/* ---- what matters */

static void spread_relevance(program *p)
{
    VEC(func *) work = {0};
    VEC(int) start = {0};
    for (int i = 0; i < p->funcs.count; i++) {
        p->funcs.at[i]->index = i;
        vec_push(&start, 0);
    }
    vec_push(&start, 0);
    int total = 0;
    for (int i = 0; i < p->funcs.count; i++) {
        for (int k = 0; k < p->funcs.at[i]->called.count; k++) {
            if (p->funcs.at[i]->called.at[k]->has_body) {
                start.at[p->funcs.at[i]->called.at[k]->index + 1]++;
                total++;
            }
        }
    }
    for (int i = 0; i < p->funcs.count; i++) {
        start.at[i + 1] += start.at[i];
    }
    func **users = mem_new((size_t)(total + 1) * sizeof *users);
    int *fill = mem_new((size_t)(p->funcs.count + 1) * sizeof *fill);
    for (int i = 0; i < p->funcs.count; i++) {
        func *f = p->funcs.at[i];
        for (int k = 0; k < f->called.count; k++) {
            if (f->called.at[k]->has_body) {
                int to = f->called.at[k]->index;
                users[start.at[to] + fill[to]++] = f;
            }
        }
        if (f->touches) {
            f->relevant = true;
            vec_push(&work, f);
        }
    }
    while (work.count) {
        func *f = work.at[--work.count];
        for (int k = start.at[f->index]; k < start.at[f->index + 1]; k++) {
            if (!users[k]->relevant) {
                users[k]->relevant = true;
                vec_push(&work, users[k]);
            }
        }
    }
    mem_free(users);
    mem_free(fill);
    vec_free(&start);
    vec_free(&work);
}

void program_link(program *p)
{
    join_units(p);
    for (int i = 0; i < p->funcs.count; i++) {
        see_body(p->funcs.at[i]);
    }
    for (int i = 0; i < p->globals.count; i++) {
        for (int k = 0; k < p->globals.at[i]->init.count; k++) {
            if (p->globals.at[i]->init.at[k].func) {
                func_resolve(p->globals.at[i]->init.at[k].func)->is_taken = true;
            }
        }
    }
    for (int i = 0; i < p->funcs.count; i++) {
        flow_classify(p->funcs.at[i]);
    }
    spread_relevance(p);
}
