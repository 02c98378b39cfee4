#include "game.h"
#include <threads.h>
/* inside a local structure, started by a helper: told at the call */
typedef struct job {
    enemy *who;
    int round;
} job;
static int work(void *data)
{
    job *j = data;
    use_enemy(j->who);
    return 0;
}
static void start(thrd_t *thread, job *j)
{
    thrd_create(thread, work, j);
}
void update(fa_context *ctx)
{
    static thrd_t thread;
    static job j;
    fa_frame_begin(ctx);
    enemy *e = FA_FRAME_NEW(ctx, enemy);
    j.who = e;
    start(&thread, &j); // expect: FA201
    j.who = NULL;
    fa_frame_end(ctx); // expect: FA205
}
