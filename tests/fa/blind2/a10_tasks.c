/* Path-finding as a task, with slips. */
#include <framealloc/framealloc.h>
#include <framealloc/task.h>

typedef struct cellset { int n; int at[64]; } cellset;
typedef struct finder { fa_context *ctx; fa_task *task; cellset *open; int *path; } finder;
bool expand(cellset *open);

int finder_run(finder *f)
{
    if (fa_task_create(f->ctx, "find", &f->task) != FA_RESULT_OK)
        return -1;
    fa_task_enter(f->task, f->ctx);
    cellset *open = FA_TASK_NEW(f->task, f->ctx, cellset);
    if (!open) {
        fa_task_end(f->task, f->ctx);
        return -1;
    }
    f->open = open;
    while (expand(open))
        open->n++;
    fa_task_end(f->task, f->ctx);
    return f->open->n; // expect: FA607
}

void finder_step(finder *f)
{
    fa_task_enter(f->task, f->ctx);
    int *tmp = FA_TASK_NEW(f->task, f->ctx, int);
    if (tmp) {
        *tmp = f->open->n;
        fa_task_free(f->task, f->ctx, tmp);
        fa_task_free(f->task, f->ctx, tmp); // expect: FA607
    }
    fa_task_leave(f->task, f->ctx);
}

static int *row(finder *f) { return FA_FRAME_ARRAY(f->ctx, int, 64); }
void finder_frame(finder *f)
{
    fa_frame_begin(f->ctx);
    fa_task_enter(f->task, f->ctx);
    int *r = row(f); // expect: FA701
    if (r)
        r[0] = f->open->n;
    fa_task_leave(f->task, f->ctx);
    fa_frame_end(f->ctx);
}

int finder_piece(finder *f)
{
    int *best = NULL;
    fa_task_enter(f->task, f->ctx);
    FA_TASK_BATCH(f->task, f->ctx)
    {
        best = FA_TASK_NEW(f->task, f->ctx, int);
        if (best)
            *best = 3;
    }
    fa_task_leave(f->task, f->ctx);
    return best ? *best : -1; // expect: FA607
}
