/* whole.c - rules about threads that need the whole program: who waits at a barrier, who allocates without a
 * budget.
 *
 * They look at the program as a graph of functions, not at paths. Where a number of threads is not known,
 * nothing is said. */
#include "engine/engine.h"

#include <string.h>

#include "report/codes.h"

typedef struct whole {
    program *p;
    finding_list *out;
    bool *seen;
} whole;

static void add(whole *w, const char *code, place at, const func *f, const char *told, place note,
                const char *note_text)
{
    finding made = {.code = word(code),
                    .severity = code_severity(code),
                    .at = at,
                    .text = word(told),
                    .function = f->name};
    if (note_text) {
        vec_push(&made.notes, (finding_note){note, word(note_text)});
    }
    vec_push(&w->out->found, made);
}

/* ---- what a function does, with all it calls */

typedef struct deeds {
    role_set roles;
    bool budget;
} deeds;

static void look(whole *w, const func *f, deeds *d)
{
    if (w->seen[f->index]) {
        return;
    }
    w->seen[f->index] = true;
    for (int b = 0; b < f->blocks.count; b++) {
        for (int i = 0; i < f->blocks.at[b].code.count; i++) {
            const instr *in = &f->blocks.at[b].code.at[i];
            if (in->op == OP_FIELD) {
                d->budget |= text_has(in->text, "budget");
            }
            if (in->op != OP_CALL || !in->call->target) {
                continue;
            }
            const func *callee = in->call->target;
            d->roles |= callee->roles;
            if (callee->has_body && !callee->in_sdk) {
                look(w, callee, d);
            }
        }
    }
}

static deeds deeds_of(whole *w, const func *f)
{
    deeds d = {0};
    memset(w->seen, 0, (size_t)w->p->funcs.count + 1);
    look(w, f, &d);
    d.budget |= (d.roles & ROLE(BUDGET)) != 0;
    return d;
}

/* ---- calls with a role, wherever they are */

typedef struct site {
    const func *f;
    const block *b;
    const instr *in;
} site;

typedef VEC(site) site_list;

static site_list sites_of(const program *p, role_set roles)
{
    site_list found = {0};
    for (int k = 0; k < p->funcs.count; k++) {
        const func *f = p->funcs.at[k];
        for (int b = 0; b < f->blocks.count; b++) {
            for (int i = 0; i < f->blocks.at[b].code.count; i++) {
                const instr *in = &f->blocks.at[b].code.at[i];
                if (in->op == OP_CALL && in->call->target && (in->call->target->roles & roles)) {
                    vec_push(&found, (site){f, &f->blocks.at[b], in});
                }
            }
        }
    }
    return found;
}

static const instr *def_before(const block *b, const instr *in, int reg)
{
    for (const instr *at = in - 1; at >= b->code.at; at--) {
        if (at->dst == reg) {
            return at;
        }
    }
    return NULL;
}

static const func *thread_function(const site *s)
{
    for (int i = 0; i < s->in->call->arg_count; i++) {
        const instr *d = def_before(s->b, s->in, s->in->call->args[i]);
        if (d && d->op == OP_FUNC && d->func->has_body) {
            return d->func;
        }
    }
    return NULL;
}

/* How often a call runs: 1, the product of constant loops around it, or -1 for unknown. */
static int64_t runs(const site *s)
{
    int64_t times = 1;
    for (int k = s->b->loop; k >= 0; k = s->f->loops.at[k].parent) {
        if (s->f->loops.at[k].trips < 0) {
            return -1;
        }
        times *= s->f->loops.at[k].trips;
    }
    return times;
}

/* ---- FA203 */

static void check_budgets(whole *w)
{
    site_list threads = sites_of(w->p, ROLE(THREAD));
    for (int i = 0; i < threads.count; i++) {
        const func *run = thread_function(&threads.at[i]);
        if (!run) {
            continue;
        }
        deeds d = deeds_of(w, run);
        deeds creator = deeds_of(w, threads.at[i].f);
        bool limited = d.budget || creator.budget;
        bool takes = d.roles & (ROLE(FRAME) | ROLE(POOL) | ROLE(HEAP));
        if (takes && !limited) {
            add(w, "FA203", threads.at[i].in->at, threads.at[i].f,
                "This thread allocates, but no budget was set for it", run->at, "the thread's function");
        }
    }
    vec_free(&threads);
}

/* ---- FA202 */

static bool constant(const block *b, const instr *in, int reg, int64_t *out, int depth)
{
    const instr *d = def_before(b, in, reg);
    int64_t left, right;
    if (!d || depth > 8) {
        return false;
    }
    if (d->op == OP_CONST) {
        *out = d->imm;
        return true;
    }
    if (d->op != OP_BINARY || d->sub > BIN_MUL || !constant(b, d, d->a, &left, depth + 1) ||
        !constant(b, d, d->b, &right, depth + 1)) {
        return false;
    }
    *out = d->sub == BIN_ADD ? left + right : d->sub == BIN_SUB ? left - right : left * right;
    return true;
}

static int64_t participants(const site *s)
{
    for (int i = 0; i < s->in->call->arg_count; i++) {
        int64_t n;
        if (constant(s->b, s->in, s->in->call->args[i], &n, 0) && n > 0) {
            return n;
        }
    }
    return -1;
}

/* Which barrier an argument names: the member or the global that holds it. NULL: not to be told. */
static const char *barrier_name(const site *s, int argument)
{
    const instr *d =
        argument < s->in->call->arg_count ? def_before(s->b, s->in, s->in->call->args[argument]) : NULL;
    for (int hops = 0; d && hops < 4; hops++) {
        switch (d->op) {
        case OP_FIELD: return d->text;
        case OP_GLOBAL: return d->global->definition ? d->global->definition->name : d->global->name;
        case OP_LOAD:
        case OP_MOVE:
        case OP_INDEX: d = def_before(s->b, d, d->a); break;
        default: return NULL;
        }
    }
    return NULL;
}

/* The argument through which a barrier is made: the pointer to the pointer. */
static const char *made_name(const site *s)
{
    for (int i = s->in->call->arg_count - 1; i > 0; i--) {
        const char *type = i < s->in->call->target->param_count ? s->in->call->target->param_types[i] : "";
        if (strcmp(type, "*other") == 0) {
            return barrier_name(s, i);
        }
    }
    return NULL;
}

typedef struct barrier_count {
    int64_t waiting;
    bool known, creator_waits;
} barrier_count;

/* Who waits at the barrier of this name; NULL: at any, for there is only one. */
static barrier_count count_waits(whole *w, const site_list *threads, const site_list *waits, const char *name)
{
    barrier_count n = {.known = true};
    bool *in_thread = mem_new((size_t)w->p->funcs.count + 1);
    for (int i = 0; i < threads->count; i++) {
        const func *run = thread_function(&threads->at[i]);
        int64_t times = runs(&threads->at[i]);
        n.known &= run != NULL && times >= 0;
        if (!run || times < 0) {
            continue;
        }
        deeds_of(w, run);
        bool meets = false;
        for (int k = 0; k < waits->count; k++) {
            bool same = !name || barrier_name(&waits->at[k], 0) == name;
            meets |= same && w->seen[waits->at[k].f->index];
        }
        n.waiting += meets ? times : 0;
        for (int k = 0; k < w->p->funcs.count; k++) {
            in_thread[k] |= w->seen[k];
        }
    }
    for (int i = 0; i < waits->count; i++) {
        bool same = !name || barrier_name(&waits->at[i], 0) == name;
        n.creator_waits |= same && !in_thread[waits->at[i].f->index];
    }
    mem_free(in_thread);
    return n;
}

/* Several barriers are told apart by what holds them; where one of them cannot be told, nothing is said. */
static bool told_apart(const site_list *made, const site_list *waits)
{
    for (int i = 0; i < made->count; i++) {
        const char *name = made_name(&made->at[i]);
        for (int k = 0; k < i; k++) {
            if (!name || made_name(&made->at[k]) == name) {
                return false;
            }
        }
    }
    for (int i = 0; i < waits->count; i++) {
        if (made->count > 1 && !barrier_name(&waits->at[i], 0)) {
            return false;
        }
    }
    return true;
}

static void check_barriers(whole *w)
{
    site_list made = sites_of(w->p, ROLE(BARRIER_CREATE)), threads = sites_of(w->p, ROLE(THREAD)),
              waits = sites_of(w->p, ROLE(BARRIER));
    for (int i = 0; i < made.count && told_apart(&made, &waits); i++) {
        int64_t wanted = participants(&made.at[i]);
        if (wanted <= 0 || runs(&made.at[i]) != 1) {
            continue;
        }
        barrier_count n = count_waits(w, &threads, &waits, made.count > 1 ? made_name(&made.at[i]) : NULL);
        if (n.known && (threads.count || waits.count) && n.waiting + n.creator_waits < wanted) {
            text t = {0};
            text_addf(&t, "The barrier is made for %lld participants, but only %lld ever wait at it",
                      (long long)wanted, (long long)(n.waiting + n.creator_waits));
            place at = made.at[i].in->at;
            add(w, "FA202", at, made.at[i].f, t.at, at, NULL);
            text_free(&t);
        }
    }
    vec_free(&waits);
    vec_free(&made);
    vec_free(&threads);
}

void check_whole_program(program *p, const struct settings *settings, finding_list *out)
{
    (void)settings;
    whole w = {.p = p, .out = out, .seen = mem_new((size_t)p->funcs.count + 1)};
    check_budgets(&w);
    check_barriers(&w);
    mem_free(w.seen);
}
