/* plan.c - from one order to what may run side by side.
 *
 * The order of a schedule is total, so "who waits for whom" is simple: a system waits for those before it
 * that it was ordered after, and for those before it that use what it uses, one of them writing. Where an
 * order was asked for, commands must have been applied in between: there a batch ends. Exclusive systems are
 * batches of their own.
 *
 * Pairs that are kept apart only by what they use, and were never ordered, are ambiguities. */
#include <stdio.h>
#include <string.h>

#include "app/graph.h"

#define AMBIGUITIES_MAX 65535u

/* ---- what a system uses -------------------------------------------------------------------------------- */

enum { USE_RESOURCE, USE_COMPONENT, USE_EVENT };

typedef struct use {
    const void *identity;
    const char *name;
    unsigned kind;
    bool write;
} use;

/* Listed twice: once to count (items is NULL), once to write. Sets may have any number of conditions. */
typedef struct uses {
    use *items;
    uint32_t count;
} uses;

static void add_use(uses *u, const void *identity, const char *name, unsigned kind, bool write)
{
    if (u->items != NULL) {
        u->items[u->count] = (use){.identity = identity, .name = name, .kind = kind, .write = write};
    }
    u->count++;
}

static void add_condition(const fa_app *app, uses *u, const fai_condition *c)
{
    for (uint32_t i = 0; i < c->term_count; i++) {
        add_use(u, c->terms[i].identity, c->terms[i].type->name, USE_RESOURCE, false);
    }
    add_use(u, app->time_type->identity, app->time_type->name, USE_RESOURCE, false); /* fa_if_every_ms */
}

static void collect_uses(const fa_app *app, const fai_order *order, const fai_slot *slot, uses *u)
{
    const fai_system *system = slot->system;
    for (uint32_t i = 0; i < system->sys.term_count; i++) {
        add_use(u, system->terms[i].identity, system->terms[i].type->name, USE_RESOURCE,
                system->terms[i].write);
    }
    for (uint32_t i = 0; i < system->event_term_count; i++) {
        add_use(u, system->event_terms[i].identity, system->event_terms[i].type->name, USE_EVENT,
                system->event_terms[i].write);
    }
    for (uint32_t i = 0; i < system->query_count; i++) {
        const fa_query *q = system->queries[i];
        for (uint32_t j = 0; j < q->term_count; j++) {
            fa_access access = q->terms[j].access;
            if (access != FA_ACCESS_WITH && access != FA_ACCESS_WITHOUT) {
                add_use(u, q->terms[j].identity, q->terms[j].component->name, USE_COMPONENT,
                        access == FA_ACCESS_WRITE || access == FA_ACCESS_OPTIONAL_WRITE);
            }
        }
    }
    for (uint32_t i = 0; i < system->place.run_if_count; i++) {
        add_condition(app, u, &system->place.run_if[i]);
    }
    for (uint32_t i = 0; i < slot->gate_count; i++) {
        const fai_gate *gate = &order->gates[order->gate_indices[slot->first_gate + i]];
        for (uint32_t j = 0; j < gate->condition_count; j++) {
            add_condition(app, u, order->conditions[gate->first_condition + j]);
        }
    }
}

/* The name of what both use, one of them writing; NULL: nothing. */
static const char *meet(const uses *a, const uses *b)
{
    for (uint32_t i = 0; i < a->count; i++) {
        for (uint32_t j = 0; j < b->count; j++) {
            const use *x = &a->items[i];
            const use *y = &b->items[j];
            if (x->identity == y->identity && x->kind == y->kind && (x->write || y->write)) {
                return x->name;
            }
        }
    }
    return NULL;
}

/* ---- drawing it up ------------------------------------------------------------------------------------- */

typedef struct draft {
    fai_graph *g;
    fai_order *order;
    uint32_t n;
    uint32_t words;
    uint64_t *asked;  /* bit: [later][earlier], directly */
    uint64_t *before; /* the same, through any number of others */
    uses *uses;
    uint32_t *place; /* node -> slot */
    uint32_t *met;   /* by node of a set: 1 + the system from which it was reached last */
    uint32_t *stack; /* nodes of sets that are to be followed */
    uint32_t *batch_first;
    uint32_t batch_count;
    fai_pair *waits; /* inside of batches */
    uint32_t wait_count;
    uint32_t edge_count;
    uint32_t ambiguity_count;
    bool out_of_memory;
} draft;

static void *take(draft *d, size_t count, size_t bytes)
{
    void *p = fai_arena_array(d->g->app->scratch, count + 1, bytes, FA_ALIGN_DEFAULT, FA_HERE);
    d->out_of_memory = d->out_of_memory || p == NULL;
    return p != NULL ? memset(p, 0, (count + 1) * bytes) : NULL;
}

static bool bit(const draft *d, const uint64_t *matrix, uint32_t later, uint32_t earlier)
{
    return (matrix[(size_t)later * d->words + earlier / 64] >> (earlier % 64) & 1) != 0;
}
static void set_bit(const draft *d, uint64_t *matrix, uint32_t later, uint32_t earlier)
{
    matrix[(size_t)later * d->words + earlier / 64] |= UINT64_C(1) << (earlier % 64);
}

/* Systems that come directly after this one, through nodes of sets; each set is passed once, however many
 * ways lead to it. */
static void mark_targets(draft *d, uint32_t from, uint32_t start)
{
    const fai_graph *g = d->g;
    uint32_t waiting = 0;
    d->stack[waiting++] = start;
    while (waiting > 0) {
        uint32_t node = d->stack[--waiting];
        for (uint32_t i = g->first[node]; i < g->first[node + 1]; i++) {
            uint32_t to = g->targets[i];
            if (to < g->system_count) {
                set_bit(d, d->asked, d->place[to], from);
            } else if (d->met[to] != from + 1) {
                d->met[to] = from + 1;
                d->stack[waiting++] = to;
            }
        }
    }
}

static void find_orders(draft *d)
{
    for (uint32_t node = 0; node < d->g->system_count; node++) {
        d->place[node] = d->g->systems[node]->place_in_order;
    }
    for (uint32_t node = 0; node < d->g->system_count; node++) {
        mark_targets(d, d->place[node], node);
    }
    for (uint32_t j = 0; j < d->n; j++) {
        for (uint32_t i = 0; i < j; i++) {
            if (bit(d, d->asked, j, i)) {
                d->edge_count++;
                set_bit(d, d->before, j, i);
                for (uint32_t w = 0; w < d->words; w++) {
                    d->before[(size_t)j * d->words + w] |= d->before[(size_t)i * d->words + w];
                }
            }
        }
    }
}

static const fai_system *system_at(const draft *d, uint32_t slot)
{
    return d->order->slots[slot].system;
}

static void cut_batches(draft *d)
{
    for (uint32_t j = 0; j < d->n; j++) {
        bool cut = j == 0 || system_at(d, j)->sys.exclusive || system_at(d, j - 1)->sys.exclusive;
        uint32_t first = cut ? j : d->batch_first[d->batch_count - 1];
        for (uint32_t i = first; i < j && !cut; i++) {
            cut = bit(d, d->asked, j, i) && !system_at(d, i)->no_sync;
        }
        if (cut) {
            d->batch_first[d->batch_count++] = j;
        }
        d->order->slots[j].batch = d->batch_count - 1;
    }
}

/* @p write NULL: count. */
static void find_ambiguities(draft *d, fai_pair *write)
{
    uint32_t count = 0;
    for (uint32_t j = 0; j < d->n; j++) {
        for (uint32_t i = 0; i < j; i++) {
            const char *over = bit(d, d->before, j, i) ? NULL : meet(&d->uses[i], &d->uses[j]);
            if (over != NULL && count < AMBIGUITIES_MAX) {
                if (write != NULL) {
                    write[count] = (fai_pair){.first = i, .second = j, .over = over};
                }
                count++;
            }
        }
    }
    d->ambiguity_count = count;
}

static void find_waits(draft *d)
{
    for (uint32_t j = 0; j < d->n; j++) {
        for (uint32_t i = d->batch_first[d->order->slots[j].batch]; i < j; i++) {
            if (bit(d, d->asked, j, i) || meet(&d->uses[i], &d->uses[j]) != NULL) {
                d->waits[d->wait_count++] = (fai_pair){.first = i, .second = j};
                d->order->slots[j].blockers++;
                d->order->slots[i].next_count++;
            }
        }
    }
}

/* ---- the result ---------------------------------------------------------------------------------------- */

static void fill_batches(const draft *d, fai_plan *plan)
{
    plan->batch_count = d->batch_count;
    for (uint32_t b = 0; b < d->batch_count; b++) {
        uint32_t first = d->batch_first[b];
        uint32_t end = b + 1 < d->batch_count ? d->batch_first[b + 1] : d->n;
        bool chain = true;
        for (uint32_t j = first + 1; j < end; j++) { /* each waits for the one before it */
            chain = chain && (bit(d, d->asked, j, j - 1) || meet(&d->uses[j - 1], &d->uses[j]) != NULL);
        }
        plan->batches[b] = (fai_batch){.first = first, .count = end - first, .alone = chain};
    }
}

static void fill_edges(const draft *d, fai_plan *plan)
{
    for (uint32_t j = 0; j < d->n; j++) {
        for (uint32_t i = 0; i < j; i++) {
            if (bit(d, d->asked, j, i)) {
                plan->edges[plan->edge_count++] = (fai_pair){.first = i, .second = j};
            }
        }
    }
}

static void fill_next(const draft *d, fai_plan *plan)
{
    uint32_t at = 0;
    for (uint32_t i = 0; i < d->n; i++) {
        fai_slot *slot = &d->order->slots[i];
        slot->first_next = at;
        at += slot->next_count;
        slot->next_count = 0;
    }
    for (uint32_t k = 0; k < d->wait_count; k++) {
        fai_slot *slot = &d->order->slots[d->waits[k].first];
        plan->next[slot->first_next + slot->next_count++] = d->waits[k].second;
    }
}

bool fai_plan_make(fai_graph *g, fai_order *order)
{
    draft d = {.g = g, .order = order, .n = order->slot_count, .words = order->slot_count / 64 + 1};
    d.asked = take(&d, (size_t)d.n * d.words, sizeof *d.asked);
    d.before = take(&d, (size_t)d.n * d.words, sizeof *d.before);
    d.uses = take(&d, d.n, sizeof *d.uses);
    d.place = take(&d, g->system_count, sizeof *d.place);
    d.batch_first = take(&d, d.n, sizeof *d.batch_first);
    d.met = take(&d, g->node_count, sizeof *d.met);
    d.stack = take(&d, g->node_count, sizeof *d.stack);
    for (uint32_t i = 0; i < d.n && !d.out_of_memory; i++) {
        uses counted = {0};
        collect_uses(g->app, order, &order->slots[i], &counted);
        use *items = take(&d, counted.count, sizeof *items);
        if (items != NULL) {
            d.uses[i].items = items;
            collect_uses(g->app, order, &order->slots[i], &d.uses[i]);
        }
    }
    if (d.out_of_memory) {
        return false;
    }
    find_orders(&d);
    cut_batches(&d);
    find_ambiguities(&d, NULL);
    size_t waits_max = 0;
    for (uint32_t b = 0; b < d.batch_count; b++) {
        size_t count = (b + 1 < d.batch_count ? d.batch_first[b + 1] : d.n) - d.batch_first[b];
        waits_max += count * count / 2;
    }
    d.waits = take(&d, waits_max, sizeof *d.waits);
    if (d.out_of_memory) {
        return false;
    }
    find_waits(&d);
    fai_plan *plan = NULL;
    size_t bytes = sizeof *plan + (size_t)(d.ambiguity_count + d.edge_count) * sizeof(fai_pair) +
                   d.batch_count * sizeof(fai_batch) + d.wait_count * sizeof(uint32_t);
    plan = fai_app_alloc(g->app, g->app->tag, bytes, 0);
    if (plan == NULL) {
        return false;
    }
    plan->ambiguities = (fai_pair *)(void *)(plan + 1);
    plan->edges = plan->ambiguities + d.ambiguity_count;
    plan->batches = (fai_batch *)(void *)(plan->edges + d.edge_count);
    plan->next = (uint32_t *)(void *)(plan->batches + d.batch_count);
    plan->ambiguity_count = d.ambiguity_count;
    find_ambiguities(&d, plan->ambiguities);
    fill_batches(&d, plan);
    fill_edges(&d, plan);
    fill_next(&d, plan);
    for (uint32_t i = 0; i < d.n; i++) {
        fai_slot *slot = &order->slots[i];
        slot->plain =
            slot->gate_count == 0 && slot->system->place.run_if_count == 0 && !slot->system->sys.exclusive;
    }
    order->plan = plan;
    return true;
}

void fai_order_free(fa_app *app, fai_order *order)
{
    if (order != NULL) {
        fai_app_free(app, order->plan);
        fai_app_free(app, order);
    }
}

/* ---- public -------------------------------------------------------------------------------------------- */

static fa_result find(fa_app *app, fa_schedule schedule, const char *call, const char *here,
                      fai_schedule **out)
{
    fa_result result = fai_app_enter(app, FAI_IN_SYSTEM | FAI_IN_HOOK | FAI_IN_CONDITION, true, call, here);
    if (result != FA_RESULT_OK) {
        return result;
    }
    *out = fai_schedule_at(app, schedule);
    if (*out == NULL) {
        return fai_app_report(app, FA_CODE_FA005, FA_RESULT_INVALID_ARGUMENT, here, NULL,
                              "%s: %u is not a schedule of app '%s'", call, schedule, app->name);
    }
    return (*out)->running ? FA_RESULT_OK : fai_schedule_order(app, *out, here);
}

uint32_t fai_app_ambiguities(fa_app *app, fa_schedule schedule, fa_ambiguity *out, uint32_t capacity,
                             const char *here)
{
    fai_schedule *found = NULL;
    if (find(app, schedule, "fa_app_ambiguities", here, &found) != FA_RESULT_OK) {
        return 0;
    }
    const fai_order *order = found->order;
    for (uint32_t i = 0; out != NULL && i < order->plan->ambiguity_count && i < capacity; i++) {
        const fai_pair *pair = &order->plan->ambiguities[i];
        out[i] = (fa_ambiguity){.first = order->slots[pair->first].system->path,
                                .second = order->slots[pair->second].system->path,
                                .over = pair->over};
    }
    return order->plan->ambiguity_count;
}

typedef struct dot_writer {
    void (*write)(const char *text, void *user);
    void *user;
} dot_writer;

/* A name inside quotation marks. */
static void write_name(const dot_writer *w, const char *name)
{
    char text[2 * FA_TAG_PATH_MAX + 1];
    size_t n = 0;
    for (; *name != '\0' && n + 2 < sizeof text; name++) {
        if (*name == '"' || *name == '\\') {
            text[n++] = '\\';
        }
        text[n++] = *name;
    }
    text[n] = '\0';
    w->write(text, w->user);
}

static void write_edge(const dot_writer *w, uint32_t from, uint32_t to, const char *over)
{
    char text[64];
    (void)snprintf(text, sizeof text, "  s%u -> s%u", from, to);
    w->write(text, w->user);
    if (over != NULL) {
        w->write(" [style=dashed, label=\"", w->user);
        write_name(w, over);
        w->write("\"]", w->user);
    }
    w->write(";\n", w->user);
}

fa_result fai_app_dot(fa_app *app, fa_schedule schedule, void (*write)(const char *text, void *user),
                      void *user, const char *here)
{
    fai_schedule *found = NULL;
    fa_result result = find(app, schedule, "fa_app_dot", here, &found);
    if (result == FA_RESULT_OK && write == NULL) {
        result = fai_app_report(app, FA_CODE_FA005, FA_RESULT_INVALID_ARGUMENT, here, NULL,
                                "fa_app_dot: write is NULL");
    }
    if (result != FA_RESULT_OK) {
        return result;
    }
    const fai_order *order = found->order;
    const dot_writer w = {.write = write, .user = user};
    char text[128];
    write("digraph \"", user);
    write_name(&w, found->name);
    write("\" {\n  rankdir=LR; node [shape=box];\n", user);
    for (uint32_t b = 0; b < order->plan->batch_count; b++) {
        const fai_batch *batch = &order->plan->batches[b];
        (void)snprintf(text, sizeof text, "  subgraph cluster_%u { label=\"%u\"; style=dotted;\n", b, b + 1);
        write(text, user);
        for (uint32_t i = batch->first; i < batch->first + batch->count; i++) {
            const fai_system *system = order->slots[i].system;
            (void)snprintf(text, sizeof text, "    s%u [label=\"", i);
            write(text, user);
            write_name(&w, system->path);
            write(system->sys.exclusive ? "\", peripheries=2];\n"
                  : system->main_thread ? "\", style=bold];\n"
                                        : "\"];\n",
                  user);
        }
        write("  }\n", user);
    }
    for (uint32_t i = 0; i < order->plan->edge_count; i++) {
        write_edge(&w, order->plan->edges[i].first, order->plan->edges[i].second, NULL);
    }
    for (uint32_t i = 0; i < order->plan->ambiguity_count; i++) {
        const fai_pair *pair = &order->plan->ambiguities[i];
        write_edge(&w, pair->first, pair->second, pair->over);
    }
    write("}\n", user);
    return FA_RESULT_OK;
}
