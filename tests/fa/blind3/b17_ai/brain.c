#include "ai.h"
void brain_tick(brain *b, int goal)
{
    fa_frame_begin(b->ctx);
    plan *p = plan_make(b, goal);
    if (p && plan_cost(p) < 10) {
        b->current = p; // expect: FA601
    }
    fa_frame_end(b->ctx);
}
void brain_learn(brain *b, int goal)
{
    fa_frame_begin(b->ctx);
    plan *p = plan_make(b, goal), *kept = p ? plan_keep(b, p) : NULL;
    if (kept) {
        kept->next = b->pool_plans;
        b->pool_plans = kept;
    }
    fa_frame_end(b->ctx);
}
void brain_forget(brain *b)
{
    plan *p = b->pool_plans;
    if (!p) {
        return;
    }
    plan_drop(b, p);
    b->pool_plans = p->next; // expect: FA607
}
int brain_compare(brain *b, int x, int y)
{
    fa_frame_begin(b->ctx);
    plan *p = plan_make(b, x), *q = plan_make(b, y);
    plan *best = p && q && plan_cost(p) < plan_cost(q) ? p : q;
    fa_frame_end(b->ctx);
    return best ? best->n : 0; // expect: FA606
}
int brain_try(brain *b, const plan *from)
{
    plan *p = plan_keep(b, from);
    if (!p) {
        return 0;
    }
    int cost = plan_cost(p);
    if (cost < 0) {
        return -1; // expect: FA608
    }
    plan_drop(b, p);
    return cost;
}
