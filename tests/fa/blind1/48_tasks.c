/* Memory of tasks. */
#include <framealloc/framealloc.h>
#include <framealloc/task.h>

typedef struct part { int state; int *cells; } part;
typedef struct quest { fa_task *task; part *now; int *result; } quest;
bool ready(const part *p);

int run_once(fa_context *ctx)
{
    fa_task *task = NULL;
    if (fa_task_create(ctx, "once", &task) != FA_RESULT_OK) {
        return 0;
    }
    fa_task_enter(task, ctx);
    part *p = FA_TASK_NEW(task, ctx, part);
    if (p) {
        p->state = 1;
    }
    fa_task_end(task, ctx);
    return p ? p->state : 0; // expect: FA607
}

void quest_step(fa_context *ctx, quest *q)
{
    fa_task_enter(q->task, ctx);
    part *p = FA_TASK_NEW(q->task, ctx, part);
    if (p && !ready(p)) {
        fa_task_free(q->task, ctx, p);
    }
    if (p && ready(p)) { // expect: FA607
        q->now = p;
    }
    fa_task_leave(q->task, ctx);
}

void quest_result(fa_context *ctx, quest *q)
{
    fa_task_enter(q->task, ctx);
    int *r = FA_TASK_NEW(q->task, ctx, int);
    if (r) {
        *r = 7;
        fa_pool_free(ctx, r); // expect: FA607
    }
    fa_task_leave(q->task, ctx);
}

void quest_frame(fa_context *ctx, quest *q)
{
    fa_frame_begin(ctx);
    fa_task_enter(q->task, ctx);
    int *temp = FA_FRAME_NEW(ctx, int); // expect: FA701
    if (temp) {
        *temp = 1;
    }
    fa_task_leave(q->task, ctx);
    fa_frame_end(ctx);
}

int quest_batch(fa_context *ctx, quest *q)
{
    int *best = NULL;
    fa_task_enter(q->task, ctx);
    fa_task_batch batch = fa_task_batch_begin(q->task, ctx);
    best = FA_TASK_NEW(q->task, ctx, int);
    if (best) {
        *best = 1;
    }
    fa_task_batch_end(&batch);
    int result = best ? *best : 0; // expect: FA607
    fa_task_leave(q->task, ctx);
    return result;
}

int kept(fa_context *ctx, quest *q)
{
    fa_task_enter(q->task, ctx);
    int *r = FA_TASK_NEW(q->task, ctx, int);
    if (!r || fa_task_keep(q->task, ctx, r) != FA_RESULT_OK) {
        fa_task_leave(q->task, ctx);
        return 0;
    }
    fa_task_leave(q->task, ctx);
    if (*r < 0) {
        return -1; // expect: FA608
    }
    int n = *r;
    fa_pool_free(ctx, r);
    return n;
}
