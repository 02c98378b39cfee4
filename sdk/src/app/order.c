/* order.c - from what systems and sets say to one order per schedule.
 *
 * The graph has a node per system and two per set, its start and its end: a member lies between them, "before
 * the set" is an edge to its start, "after" one from its end. So sets cost edges in proportion to their
 * members, and an empty set still passes an order on. Kahn's algorithm (1962) with a heap on the order of
 * adding gives the one order in which, of all systems that may run, the first added runs first. What it
 * cannot reach is on or behind a cycle, which is then walked backwards and named.
 *
 * Everything temporary lies in the app's scratch arena; the result is one block. */
#include "app/graph.h"

#include <string.h>

/* ---- sets ---------------------------------------------------------------------------------------------- */

static fai_set *find_set(const fai_graph *g, const char *name)
{
    uint32_t hash = fai_name_hash(name);
    for (uint32_t i = 0; i < g->set_count; i++) {
        if (g->sets[i].hash == hash && strcmp(g->sets[i].name, name) == 0) {
            return &g->sets[i];
        }
    }
    return NULL;
}

static void meet_set(fai_graph *g, const char *name)
{
    if (find_set(g, name) == NULL) {
        g->sets[g->set_count++] = (fai_set){.name = name, .hash = fai_name_hash(name)};
    }
}

static void collect_sets(fai_graph *g)
{
    for (uint32_t i = 0; i < g->system_count; i++) {
        for (uint32_t j = 0; j < g->systems[i]->place.in_set_count; j++) {
            meet_set(g, g->systems[i]->place.in_set[j]);
        }
    }
    for (uint32_t i = 0; i < g->config_count; i++) {
        meet_set(g, g->configs[i]->name);
        for (uint32_t j = 0; j < g->configs[i]->place.in_set_count; j++) {
            meet_set(g, g->configs[i]->place.in_set[j]);
        }
    }
    for (uint32_t i = 0; i < g->config_count; i++) {
        fai_set *set = find_set(g, g->configs[i]->name);
        set->chained = set->chained || g->configs[i]->chained;
        set->condition_count += g->configs[i]->place.run_if_count;
    }
}

static uint32_t start_of(const fai_graph *g, const fai_set *set)
{
    return g->system_count + 2 * (uint32_t)(set - g->sets);
}

static uint32_t end_of(const fai_graph *g, const fai_set *set)
{
    return start_of(g, set) + 1;
}

/* ---- names --------------------------------------------------------------------------------------------- */

typedef struct named {
    uint32_t start; /* node: what comes before it has an edge to here */
    uint32_t end;
} named;

static fa_result refuse_name(const fai_graph *g, const char *who, const char *here, const char *name,
                             const char *why, fa_result result)
{
    return fai_app_report(g->app, FA_CODE_FA106, result, g->here, here,
                          "%s: %s is ordered relative to '%s', %s", g->schedule->name, who, name, why);
}

/* What a name in before or after means to a plugin. */
static fa_result resolve(const fai_graph *g, uint32_t owner, const char *who, const char *here,
                         const char *name, named *out)
{
    bool path = strchr(name, '/') != NULL;
    uint32_t hash = fai_name_hash(name);
    uint32_t own = UINT32_MAX;
    uint32_t any = UINT32_MAX;
    uint32_t matches = 0;
    for (uint32_t i = 0; i < g->system_count; i++) {
        const fai_system *system = g->systems[i];
        if (path ? strcmp(system->path, name) == 0
                 : system->name_hash == hash && strcmp(system->name, name) == 0) {
            own = system->owner == owner ? i : own;
            any = i;
            matches++;
        }
    }
    const fai_set *set = find_set(g, name);
    if (set != NULL && matches > 0) {
        return refuse_name(g, who, here, name, "which is the name of a set and of a system",
                           FA_RESULT_EXISTS);
    }
    if (set != NULL) {
        *out = (named){start_of(g, set), end_of(g, set)};
        return FA_RESULT_OK;
    }
    if (matches == 0) {
        return refuse_name(g, who, here, name, "but there is no system and no set of that name",
                           FA_RESULT_NOT_FOUND);
    }
    if (own == UINT32_MAX && matches > 1) {
        return refuse_name(g, who, here, name, "which several plugins have: write \"plugin/system\"",
                           FA_RESULT_EXISTS);
    }
    uint32_t node = own != UINT32_MAX ? own : any;
    *out = (named){node, node};
    return FA_RESULT_OK;
}

/* ---- edges --------------------------------------------------------------------------------------------- */

static void edge(fai_graph *g, uint32_t from, uint32_t to)
{
    g->edges[g->edge_count++] = (fai_edge){from, to};
}

static fa_result add_place(fai_graph *g, const fai_place *place, uint32_t owner, named self, const char *who,
                           const char *here)
{
    named other;
    for (uint32_t i = 0; i < place->before_count; i++) {
        fa_result result = resolve(g, owner, who, here, place->before[i], &other);
        if (result != FA_RESULT_OK) {
            return result;
        }
        edge(g, self.end, other.start);
    }
    for (uint32_t i = 0; i < place->after_count; i++) {
        fa_result result = resolve(g, owner, who, here, place->after[i], &other);
        if (result != FA_RESULT_OK) {
            return result;
        }
        edge(g, other.end, self.start);
    }
    for (uint32_t i = 0; i < place->in_set_count; i++) {
        const fai_set *set = find_set(g, place->in_set[i]);
        edge(g, start_of(g, set), self.start);
        edge(g, self.end, end_of(g, set));
    }
    return FA_RESULT_OK;
}

static bool is_in(const fai_place *place, const char *set)
{
    for (uint32_t i = 0; i < place->in_set_count; i++) {
        if (strcmp(place->in_set[i], set) == 0) {
            return true;
        }
    }
    return false;
}

/* Members one after the other: systems in the order of adding, then sets in the order of meeting. */
static void add_chain(fai_graph *g, const fai_set *set)
{
    uint32_t last = UINT32_MAX;
    for (uint32_t i = 0; i < g->system_count; i++) {
        if (is_in(&g->systems[i]->place, set->name)) {
            if (last != UINT32_MAX) {
                edge(g, last, i);
            }
            last = i;
        }
    }
    for (uint32_t i = 0; i < g->set_count; i++) {
        bool member = false;
        for (uint32_t j = 0; j < g->config_count && !member; j++) {
            member =
                strcmp(g->configs[j]->name, g->sets[i].name) == 0 && is_in(&g->configs[j]->place, set->name);
        }
        if (member) {
            if (last != UINT32_MAX) {
                edge(g, last, start_of(g, &g->sets[i]));
            }
            last = end_of(g, &g->sets[i]);
        }
    }
}

static fa_result add_edges(fai_graph *g)
{
    for (uint32_t i = 0; i < g->set_count; i++) {
        edge(g, g->system_count + 2 * i, g->system_count + 2 * i + 1);
        if (g->sets[i].chained) {
            add_chain(g, &g->sets[i]);
        }
    }
    for (uint32_t i = 0; i < g->system_count; i++) {
        const fai_system *system = g->systems[i];
        if (system->chained_after != NULL) {
            uint32_t before = i; /* its predecessor stands directly before it, or was there before it */
            while (g->systems[--before] != system->chained_after) {
            }
            edge(g, before, i);
        }
        fa_result result =
            add_place(g, &system->place, system->owner, (named){i, i}, system->path, system->here);
        if (result != FA_RESULT_OK) {
            return result;
        }
    }
    for (uint32_t i = 0; i < g->config_count; i++) {
        const fai_set_config *config = g->configs[i];
        const fai_set *set = find_set(g, config->name);
        fa_result result = add_place(g, &config->place, config->owner,
                                     (named){start_of(g, set), end_of(g, set)}, config->name, config->here);
        if (result != FA_RESULT_OK) {
            return result;
        }
    }
    return FA_RESULT_OK;
}

/* ---- cycles -------------------------------------------------------------------------------------------- */

static const char *node_name(const fai_graph *g, uint32_t node)
{
    return node < g->system_count ? g->systems[node]->path : g->sets[(node - g->system_count) / 2].name;
}

static uint32_t left_predecessor(const fai_graph *g, uint32_t node)
{
    for (uint32_t i = 0; i < g->edge_count; i++) {
        if (g->edges[i].to == node && g->incoming[g->edges[i].from] > 0) {
            return g->edges[i].from;
        }
    }
    return node; /* not reached: what is left has a predecessor that is left */
}

/* "a -> S (set) -> a", from a cycle that lies backwards in the queue; begins with what was added first. */
static void write_cycle(const fai_graph *g, uint32_t length, char *text, size_t capacity)
{
    uint32_t least = 0;
    for (uint32_t i = 1; i < length; i++) {
        least = g->queue[i] < g->queue[least] ? i : least;
    }
    size_t used = 0;
    const char *last = NULL;
    uint32_t names = 0;
    text[0] = '\0';
    for (uint32_t i = 0; i <= length; i++) {
        uint32_t node = g->queue[(least + length - i % length) % length];
        const char *name = node_name(g, node);
        if (name == last && (i < length || names > 1)) {
            continue; /* start and end of one set */
        }
        const char *arrow = last != NULL ? " -> " : "";
        if (used + 2 * FA_NAME_MAX + 64 > capacity) {
            (void)snprintf(text + used, capacity - used, "%s... (%u in all)", arrow, length);
            return;
        }
        int n = snprintf(text + used, capacity - used, "%s%s%s", arrow, name,
                         node >= g->system_count ? " (set)" : "");
        used += n > 0 ? (size_t)n : 0;
        last = name;
        names++;
    }
}

static fa_result report_cycle(fai_graph *g)
{
    uint32_t node = 0;
    while (g->incoming[node] == 0) {
        node++;
    }
    memset(g->first, 0, g->node_count * sizeof *g->first); /* from here on: has been visited */
    while (g->first[node] == 0) {
        g->first[node] = 1;
        node = left_predecessor(g, node);
    }
    uint32_t length = 0;
    uint32_t at = node;
    do {
        g->queue[length++] = at;
        at = left_predecessor(g, at);
    } while (at != node);
    char text[900];
    write_cycle(g, length, text, sizeof text);
    return fai_app_report(g->app, FA_CODE_FA106, FA_RESULT_INVALID_ARGUMENT, g->here, NULL,
                          "%s: each must run before the next: %s", g->schedule->name, text);
}

/* ---- sorting ------------------------------------------------------------------------------------------- */

static void heap_push(fai_graph *g, uint32_t node)
{
    uint32_t at = g->heap_count++;
    while (at > 0 && g->heap[(at - 1) / 2] > node) {
        g->heap[at] = g->heap[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    g->heap[at] = node;
}

static uint32_t heap_pop(fai_graph *g)
{
    uint32_t least = g->heap[0];
    uint32_t node = g->heap[--g->heap_count];
    uint32_t at = 0;
    for (;;) {
        uint32_t child = 2 * at + 1;
        if (child >= g->heap_count) {
            break;
        }
        child += child + 1 < g->heap_count && g->heap[child + 1] < g->heap[child];
        if (g->heap[child] >= node) {
            break;
        }
        g->heap[at] = g->heap[child];
        at = child;
    }
    g->heap[at] = node;
    return least;
}

/* Nodes of sets are free: they are passed on at once and never stand in the way of a system. */
static void release(fai_graph *g, uint32_t node)
{
    uint32_t waiting = 0;
    g->queue[waiting++] = node;
    while (waiting > 0) {
        uint32_t done = g->queue[--waiting];
        g->done_count++;
        for (uint32_t i = g->first[done]; i < g->first[done + 1]; i++) {
            uint32_t to = g->targets[i];
            if (--g->incoming[to] > 0) {
                continue;
            }
            if (to < g->system_count) {
                heap_push(g, to);
            } else {
                g->queue[waiting++] = to;
            }
        }
    }
}

static void index_edges(fai_graph *g)
{
    for (uint32_t i = 0; i < g->edge_count; i++) {
        g->incoming[g->edges[i].to]++;
        g->first[g->edges[i].from + 1]++;
    }
    for (uint32_t i = 0; i < g->node_count; i++) {
        g->first[i + 1] += g->first[i];
        g->queue[i] = g->first[i]; /* where the node's next target goes */
    }
    for (uint32_t i = 0; i < g->edge_count; i++) {
        g->targets[g->queue[g->edges[i].from]++] = g->edges[i].to;
    }
}

static fa_result sort(fai_graph *g)
{
    index_edges(g);
    uint32_t set_roots = 0;
    for (uint32_t i = 0; i < g->node_count; i++) {
        if (g->incoming[i] == 0 && i < g->system_count) {
            heap_push(g, i);
        } else if (g->incoming[i] == 0) {
            g->roots[set_roots++] = i;
        }
    }
    for (uint32_t i = 0; i < set_roots; i++) {
        release(g, g->roots[i]);
    }
    while (g->heap_count > 0) {
        uint32_t node = heap_pop(g);
        g->sorted[g->sorted_count++] = g->systems[node];
        release(g, node);
    }
    return g->done_count == g->node_count ? FA_RESULT_OK : report_cycle(g);
}

/* ---- a schedule ---------------------------------------------------------------------------------------- */

static void *take(fai_graph *g, size_t count, size_t item_bytes)
{
    void *p = fai_arena_array(g->app->scratch, count + 1, item_bytes, FA_ALIGN_DEFAULT, FA_HERE);
    if (p == NULL) {
        g->out_of_memory = true;
        return NULL;
    }
    return memset(p, 0, (count + 1) * item_bytes);
}

/* Upper bounds, then room for everything. */
static bool make_room(fai_graph *g)
{
    uint32_t sets = 0;
    uint32_t edges = 0;
    for (uint32_t i = 0; i < g->system_count; i++) {
        const fai_place *place = &g->systems[i]->place;
        sets += place->in_set_count;
        edges += 1 + place->before_count + place->after_count + 3 * place->in_set_count;
    }
    for (uint32_t i = 0; i < g->config_count; i++) {
        const fai_place *place = &g->configs[i]->place;
        sets += 1 + place->in_set_count;
        edges += 1 + place->before_count + place->after_count + 3 * place->in_set_count;
    }
    g->sets = take(g, sets, sizeof *g->sets);
    if (g->out_of_memory) {
        return false;
    }
    collect_sets(g);
    g->node_count = g->system_count + 2 * g->set_count;
    edges += g->set_count;
    g->edges = take(g, edges, sizeof *g->edges);
    g->targets = take(g, edges, sizeof *g->targets);
    g->incoming = take(g, g->node_count, sizeof *g->incoming);
    g->first = take(g, (size_t)g->node_count + 1, sizeof *g->first);
    g->queue = take(g, g->node_count, sizeof *g->queue);
    g->roots = take(g, g->node_count, sizeof *g->roots);
    g->heap = take(g, g->system_count, sizeof *g->heap);
    g->sorted = take(g, g->system_count, sizeof *g->sorted);
    return !g->out_of_memory;
}

static fa_result order(fai_graph *g)
{
    if (!make_room(g)) {
        return fai_app_why(g->app);
    }
    fa_result result = add_edges(g);
    if (result == FA_RESULT_OK) {
        result = sort(g);
    }
    if (result != FA_RESULT_OK) {
        return result;
    }
    fai_order *made = fai_order_make(g);
    if (made == NULL || !fai_plan_make(g, made)) {
        fa_result why = fai_app_why(g->app);
        fai_order_free(g->app, made);
        return why;
    }
    fai_order_free(g->app, g->schedule->order);
    g->schedule->order = made;
    g->schedule->dirty = false;
    return FA_RESULT_OK;
}

fa_result fai_schedule_order(fa_app *app, fai_schedule *schedule, const char *here)
{
    if (!schedule->dirty) {
        return FA_RESULT_OK;
    }
    fai_graph g = {.app = app,
                   .schedule = schedule,
                   .here = here,
                   .systems = (fai_system **)schedule->systems.items,
                   .system_count = schedule->systems.count,
                   .configs = (fai_set_config **)schedule->configs.items,
                   .config_count = schedule->configs.count};
    fai_pad pad;
    fai_pad_open(app->scratch, app->running != NULL, &pad);
    fa_result result = order(&g);
    (void)fai_pad_close(app->scratch, &pad);
    return result;
}

fa_result fai_schedules_order(fa_app *app, const char *here)
{
    for (uint32_t i = 1; i < app->schedules.count; i++) {
        fa_result result = fai_schedule_order(app, app->schedules.items[i], here);
        if (result != FA_RESULT_OK) {
            return result;
        }
    }
    return FA_RESULT_OK;
}
