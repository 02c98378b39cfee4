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

static void check_barriers(whole *w)
{
    site_list made = sites_of(w->p, ROLE(BARRIER_CREATE)), threads = sites_of(w->p, ROLE(THREAD));
    if (made.count == 1 && participants(&made.at[0]) > 0) {
        int64_t waiting = 0;
        bool known = runs(&made.at[0]) == 1;
        bool *in_thread = mem_new((size_t)w->p->funcs.count + 1);
        for (int i = 0; i < threads.count; i++) {
            const func *run = thread_function(&threads.at[i]);
            int64_t times = runs(&threads.at[i]);
            known &= run != NULL && times >= 0;
            if (run && times >= 0) {
                deeds d = deeds_of(w, run);
                waiting += d.roles & ROLE(BARRIER) ? times : 0;
                for (int k = 0; k < w->p->funcs.count; k++) {
                    in_thread[k] |= w->seen[k];
                }
            }
        }
        site_list waits = sites_of(w->p, ROLE(BARRIER));
        bool creator_waits = false;
        for (int i = 0; i < waits.count; i++) {
            creator_waits |= !in_thread[waits.at[i].f->index];
        }
        if (known && (threads.count || waits.count) && waiting + creator_waits < participants(&made.at[0])) {
            text t = {0};
            text_addf(&t, "The barrier is made for %lld participants, but only %lld ever wait at it",
                      (long long)participants(&made.at[0]), (long long)(waiting + creator_waits));
            place at = made.at[0].in->at;
            add(w, "FA202", at, made.at[0].f, t.at, at, NULL);
            text_free(&t);
        }
        vec_free(&waits);
        mem_free(in_thread);
    }
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
