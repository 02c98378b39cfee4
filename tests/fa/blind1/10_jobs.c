/* A job system of the game's own, annotated: some of its users do not wait. */
#include <framealloc/annotate.h>
#include <framealloc/framealloc.h>

typedef struct job_queue job_queue;
typedef void (*job_fn)(void *data);
FA_TASK_ARG(3) void job_push(job_queue *q, job_fn fn, void *data);
FA_JOINS void job_wait_all(job_queue *q);

typedef struct path_request { int from, to; int *result; fa_context *ctx; } path_request;
static struct { path_request pending[8]; int count; } g_requests;

static void solve(void *data)
{
    path_request *r = data;
    r->result[0] = r->from + r->to;
}

static void solve_with_scratch(void *data)
{
    path_request *r = data;
    int *open = FA_FRAME_ARRAY(r->ctx, int, 64); // expect: FA701
    if (open) {
        open[0] = r->from;
    }
}

static void solve_own_frame(void *data)
{
    path_request *r = data;
    if (fa_frame_begin(r->ctx) == FA_RESULT_OK) {
        int *open = FA_FRAME_ARRAY(r->ctx, int, 64);
        if (open) {
            open[0] = r->from;
            r->result[0] = open[0];
        }
        fa_frame_end(r->ctx);
    }
}

void ask(job_queue *q, fa_context *ctx)
{
    fa_frame_begin(ctx);
    path_request *r = FA_FRAME_NEW_ZEROED(ctx, path_request);
    if (r) {
        r->result = FA_FRAME_NEW(ctx, int);
        job_push(q, solve, r); // expect: FA703
    }
    fa_frame_end(ctx);
}

void ask_static(job_queue *q, fa_context *ctx)
{
    static int answer;
    path_request *r = &g_requests.pending[g_requests.count++ % 8];
    r->ctx = ctx;
    r->result = &answer;
    job_push(q, solve_with_scratch, r);
    job_push(q, solve_own_frame, r);
}

int ask_now(job_queue *q, fa_context *ctx)
{
    int answer = 0;
    fa_frame_begin(ctx);
    path_request *all = FA_FRAME_ARRAY_ZEROED(ctx, path_request, 4);
    for (int i = 0; all && i < 4; i++) {
        all[i].result = &answer;
        job_push(q, solve, &all[i]);
    }
    job_wait_all(q);
    fa_frame_end(ctx);
    return answer;
}

int ask_sometimes(job_queue *q, fa_context *ctx, bool patient)
{
    int result = 0;
    fa_frame_begin(ctx);
    path_request *r = FA_FRAME_NEW_ZEROED(ctx, path_request);
    if (r) {
        r->result = &r->to;
        job_push(q, solve, r); // expect: FA703
        if (patient) {
            job_wait_all(q);
            result = r->to;
        }
    }
    fa_frame_end(ctx);
    return result;
}
