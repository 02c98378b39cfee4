#include <framealloc/framealloc.h>

/* Job graph on the SDK's workers: everything is in the frame, and everything is joined on all paths. */
typedef struct Task { fa_job job; const float *in; float *out; size_t n; struct Task *deps[4]; int dep_count; } Task;
typedef struct Graph { fa_context *ctx; fa_workers *workers; Task *tasks; int count, cap; } Graph;

static void scale_job(fa_context *ctx, void *user)
{
    Task *t = user;
    (void)ctx;
    for (size_t i = 0; i < t->n; i++)
        t->out[i] = t->in[i] * 2.0f;
}

static void smooth_job(fa_context *ctx, void *user)
{
    Task *t = user;
    float *tmp = FA_FRAME_ARRAY(ctx, float, t->n); /* the worker's own frame, which worker.h allows */
    if (!tmp)
        return;
    for (size_t i = 0; i < t->n; i++)
        tmp[i] = i ? (t->in[i] + t->in[i - 1]) * 0.5f : t->in[i];
    for (size_t i = 0; i < t->n; i++)
        t->out[i] = tmp[i];
}

static bool graph_init(Graph *g, int cap)
{
    g->tasks = FA_FRAME_ARRAY_ZEROED(g->ctx, Task, (size_t)cap);
    g->cap = g->tasks ? cap : 0;
    g->count = 0;
    return g->tasks != NULL;
}

static Task *graph_add(Graph *g, void (*fn)(fa_context *, void *), const float *in, float *out, size_t n)
{
    if (g->count >= g->cap)
        return NULL;
    Task *t = g->tasks + g->count++;
    t->job.fn = fn;
    t->job.user = t;
    t->job.name = "graph";
    t->in = in;
    t->out = out;
    t->n = n;
    return t;
}

static bool graph_run(Graph *g)
{
    for (int i = 0; i < g->count; i++)
        if (fa_workers_submit(g->workers, &g->tasks[i].job) != FA_RESULT_OK)
            return false;
    return true;
}

int process(fa_context *ctx, fa_workers *workers, const float *samples, float *result, size_t n)
{
    Graph g = {.ctx = ctx, .workers = workers};
    int status = 0;
    if (fa_frame_begin(ctx) != FA_RESULT_OK)
        return -1;
    if (!graph_init(&g, 8)) {
        status = -2;
        goto end;
    }
    float *half = FA_FRAME_ARRAY(ctx, float, n);
    if (!half) {
        status = -3;
        goto end;
    }
    graph_add(&g, scale_job, samples, half, n);
    if (!graph_run(&g))
        status = -4;
    fa_workers_join(workers, FA_WAIT_FOREVER);
    if (status != 0)
        goto end;
    g.count = 0;
    graph_add(&g, smooth_job, half, result, n);
    status = graph_run(&g) ? 1 : -5;
    fa_workers_join(workers, FA_WAIT_FOREVER);
end:
    fa_frame_end(ctx);
    return status;
}
