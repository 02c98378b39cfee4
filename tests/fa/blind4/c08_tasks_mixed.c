/* Background tasks: meshing on handles, results kept, frames around. */
#include <framealloc/framealloc.h>
#include <framealloc/handle.h>
#include <framealloc/task.h>
typedef struct buf { int n; float v[32]; } buf;
typedef struct mesher { fa_context *ctx; fa_task *task; fa_handle_heap *heap; fa_handle out; buf *work; } mesher;
bool mesh(buf *b);

void mesher_start(mesher *m)
{
    if (fa_task_create(m->ctx, "mesh", &m->task) != FA_RESULT_OK) return;
    fa_task_enter(m->task, m->ctx);
    m->work = FA_TASK_NEW(m->task, m->ctx, buf);
    fa_task_leave(m->task, m->ctx);
}
bool mesher_step(mesher *m)
{
    bool more = false;
    fa_task_enter(m->task, m->ctx);
    if (m->work) more = mesh(m->work);
    fa_task_leave(m->task, m->ctx);
    return more;
}
bool mesher_publish(mesher *m)
{
    fa_handle h = FA_HANDLE_NEW(m->ctx, m->heap, buf);
    buf *to = FA_HANDLE_PIN(m->ctx, m->heap, h, buf);
    if (!to) { fa_handle_free(m->ctx, m->heap, h); return false; }
    *to = *m->work;
    fa_handle_unpin(m->ctx, m->heap, h);
    fa_handle_free(m->ctx, m->heap, m->out);
    m->out = h;
    return true;
}
int mesher_finish(mesher *m)
{
    fa_task_enter(m->task, m->ctx);
    buf *tmp = FA_TASK_NEW(m->task, m->ctx, buf);
    if (tmp) tmp->n = m->work ? m->work->n : 0;
    fa_task_end(m->task, m->ctx);
    m->task = NULL;
    m->work = NULL;
    return tmp ? tmp->n : -1; // expect: FA607
}
void mesher_frame(mesher *m)
{
    fa_frame_begin(m->ctx);
    fa_task_enter(m->task, m->ctx);
    float *f = FA_FRAME_ARRAY(m->ctx, float, 8); // expect: FA701
    if (f) f[0] = 1;
    fa_task_leave(m->task, m->ctx);
    float *g = FA_FRAME_ARRAY(m->ctx, float, 8);
    if (g) g[0] = 2;
    fa_frame_end(m->ctx);
}
int mesher_compact(mesher *m, int rounds)
{
    int n = 0;
    buf *b = FA_HANDLE_GET(m->ctx, m->heap, m->out, buf);
    for (int i = 0; b && i < rounds; i++) {
        n += b->n; // expect: FA607
        fa_handle_heap_defragment(m->ctx, m->heap, 256);
    }
    return n;
}
