#include "game.h"
/* a task that nobody waits for; a structure carries the pointer */
typedef struct order {
    enemy *who;
    int kind;
} order;
static void job(void *data)
{
    order *o = data;
    use_enemy(o->who);
}
void start(fa_context *ctx)
{
    static order o;
    fa_frame_begin(ctx);
    o.who = FA_FRAME_NEW(ctx, enemy);
    job_start(job, &o); // expect: FA703
    o.who = NULL;
    fa_frame_end(ctx);
}
