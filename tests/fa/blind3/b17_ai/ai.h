#include <framealloc/framealloc.h>
typedef struct plan { int steps[8]; int n; struct plan *next; } plan;
typedef struct brain { fa_context *ctx; plan *current; plan *pool_plans; int ticks; } brain;
plan *plan_make(brain *b, int goal);
plan *plan_keep(brain *b, const plan *p);
void plan_drop(brain *b, plan *p);
int plan_cost(const plan *p);
