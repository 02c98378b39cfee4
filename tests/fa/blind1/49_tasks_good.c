/* Tasks that keep what they need between frames. */
#include <framealloc/framealloc.h>
#include <framealloc/task.h>

typedef struct search { int at, goal; int *open; int used; } search;
typedef struct agent { fa_task *task; search *s; int *path; } agent;

bool agent_start(fa_context *ctx, agent *a, int goal)
{
    if (fa_task_create(ctx, "search", &a->task) != FA_RESULT_OK) {
        return false;
    }
    fa_task_enter(a->task, ctx);
    a->s = FA_TASK_NEW(a->task, ctx, search);
    if (!a->s) {
        fa_task_end(a->task, ctx);
        a->task = NULL;
        return false;
    }
    a->s->goal = goal;
    a->s->open = fa_task_alloc(a->task, ctx, 64 * sizeof(int), 4);
    fa_task_leave(a->task, ctx);
    return true;
}

bool agent_step(fa_context *ctx, agent *a)
{
    bool done;
    fa_task_enter(a->task, ctx);
    FA_TASK_BATCH(a->task, ctx)
    {
        int *tmp = fa_task_alloc(a->task, ctx, 256, 4);
        if (tmp) {
            tmp[0] = a->s->at;
            a->s->at = tmp[0] + 1;
        }
    }
    if (fa_frame_begin(ctx) == FA_RESULT_OK) {
        int *own = FA_FRAME_NEW(ctx, int);
        if (own) {
            *own = a->s->at;
        }
        fa_frame_end(ctx);
    }
    done = a->s->at >= a->s->goal;
    fa_task_leave(a->task, ctx);
    return done;
}

int agent_end(fa_context *ctx, agent *a)
{
    int at = 0;
    fa_task_enter(a->task, ctx);
    int *path = fa_task_alloc(a->task, ctx, 128, 4);
    if (path) {
        path[0] = a->s->at;
        at = path[0];
        if (fa_task_keep(a->task, ctx, path) == FA_RESULT_OK) {
            a->path = path;
        }
    }
    fa_task_end(a->task, ctx);
    a->task = NULL;
    a->s = NULL;
    if (a->path) {
        at += a->path[0];
    }
    return at;
}
