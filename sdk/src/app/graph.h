/* graph.h - the systems and sets of one schedule while their order is being found. Lives in scratch memory.
 */
#ifndef FAI_APP_GRAPH_H
#define FAI_APP_GRAPH_H

#include <stdio.h>

#include "app/app.h"

typedef struct fai_set {
    const char *name;
    uint32_t hash;
    uint32_t condition_count;
    uint32_t gate; /* index + 1, once it has one */
    bool chained;
    bool visited; /* for the system whose gates are being listed */
} fai_set;

typedef struct fai_edge {
    uint32_t from;
    uint32_t to;
} fai_edge;

/* Nodes: systems by index, then start and end of each set. */
typedef struct fai_graph {
    fa_app *app;
    fai_schedule *schedule;
    const char *here;
    fai_system **systems;
    uint32_t system_count;
    fai_set_config **configs;
    uint32_t config_count;
    fai_set *sets;
    uint32_t set_count;
    uint32_t node_count;

    fai_edge *edges;
    uint32_t edge_count;
    uint32_t *first;    /* node: index of its first target */
    uint32_t *targets;  /* of edges, by their origin */
    uint32_t *incoming; /* node: predecessors that are not done */
    uint32_t *queue;
    uint32_t *roots;
    uint32_t *heap; /* systems that may run, first added on top */
    uint32_t heap_count;
    fai_system **sorted;
    uint32_t sorted_count;
    uint32_t done_count;
    bool out_of_memory;
} fai_graph;

/* The result as one block: slots in order, each with the conditional sets it lies in. NULL: fai_app_why. */
fai_order *fai_order_make(fai_graph *g);

#endif
