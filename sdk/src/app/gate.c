/* gate.c - which sets with conditions each system lies in, outer sets first.
 *
 * A set that has conditions is a gate. A system passes the gates of all sets that contain it, directly or
 * through other sets; gates are listed per system when the schedule is ordered, so that running it looks
 * nothing up. */
#include <string.h>

#include "app/graph.h"

/* Lists are made twice: once to count (out is NULL), once to write. */
typedef struct lister {
    fai_graph *g;
    uint32_t *out;
    uint32_t count;
} lister;

static fai_set *set_of(const fai_graph *g, const char *name)
{
    for (uint32_t i = 0; i < g->set_count; i++) {
        if (strcmp(g->sets[i].name, name) == 0) {
            return &g->sets[i];
        }
    }
    return NULL;
}

/* Sets do not contain themselves (that would be a cycle), so the depth is at most their number. */
static void visit(lister *l, fai_set *set)
{
    if (set->visited) {
        return;
    }
    set->visited = true;
    for (uint32_t i = 0; i < l->g->config_count; i++) {
        const fai_set_config *config = l->g->configs[i];
        for (uint32_t j = 0; j < config->place.in_set_count && strcmp(config->name, set->name) == 0; j++) {
            visit(l, set_of(l->g, config->place.in_set[j]));
        }
    }
    if (set->condition_count > 0) {
        if (l->out != NULL) {
            l->out[l->count] = set->gate - 1;
        }
        l->count++;
    }
}

static void list_gates(lister *l, const fai_system *system)
{
    for (uint32_t i = 0; i < l->g->set_count; i++) {
        l->g->sets[i].visited = false;
    }
    for (uint32_t i = 0; i < system->place.in_set_count; i++) {
        visit(l, set_of(l->g, system->place.in_set[i]));
    }
}

static void fill_gates(fai_graph *g, fai_order *order)
{
    uint32_t gates = 0;
    uint32_t conditions = 0;
    for (uint32_t i = 0; i < g->set_count; i++) {
        fai_set *set = &g->sets[i];
        if (set->condition_count == 0) {
            continue;
        }
        fai_gate *gate = &order->gates[gates++];
        set->gate = gates;
        gate->first_condition = conditions;
        for (uint32_t j = 0; j < g->config_count; j++) {
            const fai_set_config *config = g->configs[j];
            for (uint32_t k = 0; k < config->place.run_if_count && strcmp(config->name, set->name) == 0;
                 k++) {
                gate->set = config->name; /* the order does not outlive the configuration */
                gate->here = config->here;
                order->conditions[conditions++] = &config->place.run_if[k];
            }
        }
        gate->condition_count = conditions - gate->first_condition;
    }
}

fai_order *fai_order_make(fai_graph *g)
{
    lister counter = {.g = g};
    uint32_t gates = 0;
    uint32_t conditions = 0;
    for (uint32_t i = 0; i < g->set_count; i++) {
        gates += g->sets[i].condition_count > 0;
        conditions += g->sets[i].condition_count;
    }
    for (uint32_t i = 0; i < g->sorted_count && gates > 0; i++) {
        list_gates(&counter, g->sorted[i]);
    }
    fai_order *order = NULL;
    size_t bytes = sizeof *order + g->sorted_count * sizeof *order->slots + gates * sizeof *order->gates +
                   conditions * sizeof *order->conditions + counter.count * sizeof *order->gate_indices;
    order = fai_app_alloc(g->app, g->app->tag, bytes, 0);
    if (order == NULL) {
        return NULL;
    }
    order->slot_count = g->sorted_count;
    order->slots = (fai_slot *)(void *)(order + 1);
    order->gates = (fai_gate *)(void *)(order->slots + g->sorted_count);
    order->conditions = (const fai_condition **)(void *)(order->gates + gates);
    order->gate_indices = (uint32_t *)(void *)(order->conditions + conditions);
    fill_gates(g, order);
    lister writer = {.g = g, .out = order->gate_indices};
    for (uint32_t i = 0; i < g->sorted_count; i++) {
        fai_slot *slot = &order->slots[i];
        slot->system = g->sorted[i];
        slot->system->place_in_order = i;
        slot->first_gate = writer.count;
        if (gates > 0) {
            list_gates(&writer, g->sorted[i]);
        }
        slot->gate_count = writer.count - slot->first_gate;
    }
    return order;
}
