#include "ai.h"
plan *plan_make(brain *b, int goal)
{
    plan *p = FA_FRAME_NEW_ZEROED(b->ctx, plan);
    if (p) {
        p->steps[0] = goal;
        p->n = 1;
    }
    return p;
}
plan *plan_keep(brain *b, const plan *p)
{
    plan *kept = FA_POOL_NEW(b->ctx, plan);
    if (kept) {
        *kept = *p;
        kept->next = NULL;
    }
    return kept;
}
void plan_drop(brain *b, plan *p)
{
    if (p) {
        fa_pool_free(b->ctx, p);
    }
}
