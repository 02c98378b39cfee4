/* Quests as tasks on several frames and contexts. */
#include <framealloc/framealloc.h>
#include <framealloc/task.h>

typedef struct step { struct step *next; int what; } step;
typedef struct quest { fa_task *task; step *first; int done; char *summary; } quest;
typedef struct journal { quest *all[16]; int count; } journal;

quest *quest_make(fa_context *ctx, const char *name)
{
    quest *q = FA_POOL_NEW_ZEROED(ctx, quest);
    if (!q)
        return NULL;
    if (fa_task_create(ctx, name, &q->task) != FA_RESULT_OK) {
        fa_pool_free(ctx, q);
        return NULL;
    }
    return q;
}

bool quest_add(fa_context *ctx, quest *q, int what)
{
    bool ok = false;
    if (fa_task_enter(q->task, ctx) != FA_RESULT_OK)
        return false;
    step *s = FA_TASK_NEW(q->task, ctx, step);
    if (s) {
        s->what = what;
        s->next = q->first;
        q->first = s;
        ok = true;
    }
    fa_task_leave(q->task, ctx);
    return ok;
}

void quest_drop_step(fa_context *ctx, quest *q)
{
    step *s = q->first;
    if (!s)
        return;
    q->first = s->next;
    fa_task_enter(q->task, ctx);
    fa_task_free(q->task, ctx, s);
    fa_task_leave(q->task, ctx);
}

int quest_work(fa_context *ctx, quest *q)
{
    int worked = 0;
    fa_frame_begin(ctx);
    int *outside = FA_FRAME_NEW(ctx, int);
    fa_task_enter(q->task, ctx);
    for (step *s = q->first; s; s = s->next) {
        fa_task_batch b = fa_task_batch_begin(q->task, ctx);
        int *tmp = FA_TASK_NEW(q->task, ctx, int);
        if (tmp) {
            *tmp = s->what;
            worked += *tmp;
        }
        fa_task_batch_end(&b);
    }
    fa_task_leave(q->task, ctx);
    if (outside) {
        *outside = worked;
        worked = *outside + 1;
    }
    int *after = FA_FRAME_NEW(ctx, int);
    if (after)
        *after = worked;
    fa_frame_end(ctx);
    return worked;
}

char *quest_finish(fa_context *ctx, quest *q)
{
    char *kept = NULL;
    fa_task_enter(q->task, ctx);
    char *text = fa_task_alloc(q->task, ctx, 64, 1);
    if (text) {
        text[0] = 'Q';
        if (fa_task_keep(q->task, ctx, text) == FA_RESULT_OK)
            kept = text;
    }
    fa_task_end(q->task, ctx);
    fa_pool_free(ctx, q);
    return kept;
}
