/* Scripts as fibers; fiber_wait and fiber_start are known from the configuration. */
#include <framealloc/framealloc.h>

typedef struct fiber fiber;
void fiber_wait(fiber *self, int frames);
fiber *fiber_start(void (*fn)(void *), void *data);

typedef struct npc { fa_context *ctx; fiber *self; int mood, at; const char *line; } npc;
void say(const char *text);

static void greet(void *data)
{
    npc *n = data;
    char *text = fa_frame_printf(n->ctx, "hello from %d", n->at);
    say(text);
    fiber_wait(n->self, 60); // expect: FA702
    say(text);
}

static void patrol(void *data)
{
    npc *n = data;
    while (n->mood > 0) {
        int *route = FA_FRAME_ARRAY(n->ctx, int, 8); // expect: FA701
        if (route) {
            route[0] = n->at;
            n->at = route[0] + 1;
        }
        fiber_wait(n->self, 1);
    }
}

static int *make_plan(npc *n)
{
    int *plan = FA_FRAME_ARRAY(n->ctx, int, 4);
    if (plan) {
        plan[0] = n->at;
    }
    return plan;
}

static void pause(npc *n, bool really)
{
    if (really) {
        fiber_wait(n->self, 10);
    }
}

static void think(void *data)
{
    npc *n = data;
    int *plan = make_plan(n); // expect: FA701
    if (!plan) {
        return;
    }
    pause(n, plan[0] > 3); // expect: FA702
    n->at = plan[1];
}

static void wander(void *data)
{
    npc *n = data;
    int *plan = make_plan(n); // expect: FA701
    int next = plan ? plan[0] : 0;
    pause(n, true);
    plan = make_plan(n); // expect: FA701
    n->at = plan ? plan[0] + next : next;
}

void start_all(npc *n, fa_context *ctx)
{
    fiber_start(wander, n);
    fiber_start(patrol, n);
    fa_frame_begin(ctx);
    npc *guest = FA_FRAME_NEW_ZEROED(ctx, npc);
    if (guest) {
        fiber_start(think, guest); // expect: FA703
    }
    fa_frame_end(ctx);
    n->line = NULL;
    greet(n);
}
