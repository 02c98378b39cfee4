/* threads: jobs by pthread */
#include <framealloc/framealloc.h>
#include <pthread.h>
typedef struct job { const float *in; float *out; size_t n; } job;
static void *run_job(void *p)
{
    job *j = p;
    for (size_t i = 0; i < j->n; i++) j->out[i] = j->in[i] * 2;
    return NULL;
}
void blur_good(fa_context *ctx, const float *in, size_t n)
{
    pthread_t t[4];
    int started = 0;
    fa_frame_begin(ctx);
    job *jobs = FA_FRAME_ARRAY(ctx, job, 4);
    float *out = FA_FRAME_ARRAY(ctx, float, n);
    if (jobs && out) {
        for (int i = 0; i < 4; i++) {
            jobs[i] = (job){in + n / 4 * (size_t)i, out + n / 4 * (size_t)i, n / 4};
            if (pthread_create(&t[i], NULL, run_job, &jobs[i]) != 0) break;
            started++;
        }
        for (int i = 0; i < started; i++) pthread_join(t[i], NULL);
    }
    fa_frame_end(ctx);
}
void blur_bad(fa_context *ctx, const float *in, size_t n)
{
    pthread_t t;
    fa_frame_begin(ctx);
    job *j = FA_FRAME_NEW(ctx, job);
    if (!j) { fa_frame_end(ctx); return; }
    j->in = in;
    j->n = n;
    j->out = FA_FRAME_ARRAY(ctx, float, n);
    if (pthread_create(&t, NULL, run_job, j) == 0) { // expect: FA201
        pthread_detach(t);
    }
    fa_frame_end(ctx); // expect: FA205
}
void blur_heap(fa_context *ctx, const float *in, size_t n)
{
    pthread_t t;
    job *j = fa_heap_alloc(ctx, sizeof *j, 16);
    if (!j) return;
    j->in = in; j->n = n; j->out = NULL;
    if (pthread_create(&t, NULL, run_job, j) != 0) {
        fa_heap_free(ctx, j);
        return;
    }
    pthread_detach(t);
}
