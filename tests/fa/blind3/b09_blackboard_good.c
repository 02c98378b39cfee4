/* Behaviour trees in C: nodes as tables of functions, a blackboard of facts, memory per tick. */
#include <framealloc/framealloc.h>
typedef enum status { FAIL, RUN, DONE } status;
typedef struct agent agent;
typedef struct node { status (*tick)(const struct node *, agent *); const struct node *const *kids; int count; } node;
struct agent { fa_context *ctx; int health, target; int *nearby; int near_count; };

static status sequence(const node *n, agent *a)
{
    for (int i = 0; i < n->count; i++) {
        status s = n->kids[i]->tick(n->kids[i], a);
        if (s != DONE) {
            return s;
        }
    }
    return DONE;
}
static status choose(const node *n, agent *a)
{
    for (int i = 0; i < n->count; i++) {
        status s = n->kids[i]->tick(n->kids[i], a);
        if (s != FAIL) {
            return s;
        }
    }
    return FAIL;
}
static status look(const node *n, agent *a)
{
    (void)n;
    a->nearby = FA_FRAME_ARRAY(a->ctx, int, 8);
    a->near_count = a->nearby ? 8 : 0;
    return a->nearby ? DONE : FAIL;
}
static status aim(const node *n, agent *a)
{
    (void)n;
    a->target = a->near_count ? a->nearby[0] : -1;
    return a->target < 0 ? FAIL : DONE;
}
static status flee(const node *n, agent *a)
{
    (void)n;
    return a->health < 10 ? RUN : FAIL;
}
static const node look_node = {look, NULL, 0}, aim_node = {aim, NULL, 0}, flee_node = {flee, NULL, 0};
static const node *const fight_kids[] = {&look_node, &aim_node};
static const node fight_node = {sequence, fight_kids, 2};
static const node *const root_kids[] = {&flee_node, &fight_node};
static const node root = {choose, root_kids, 2};

void agent_tick(agent *a)
{
    fa_frame_begin(a->ctx);
    root.tick(&root, a);
    a->nearby = NULL;
    a->near_count = 0;
    fa_frame_end(a->ctx);
}
