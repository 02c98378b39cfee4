#include <framealloc/framealloc.h>
typedef struct pass { const char *name; void (*draw)(struct pass *, fa_context *); void *data; struct pass *next; } pass;
typedef struct graph { fa_context *ctx; pass *first; int count; } graph;
pass *graph_pass(graph *g, const char *name, void (*draw)(pass *, fa_context *));
void graph_run(graph *g);
