/* asset loading on two threads; job records in the frame of the main thread, joined before it ends */
#include <framealloc/framealloc.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

struct load_job {
    fa_allocator *memory;
    const char *path;
    void *bytes;
    size_t size;
    int error;
};

static void *load_main(void *arg)
{
    struct load_job *job = arg;
    fa_context *ctx = NULL;
    fa_context_desc desc = {.name = "loader", .frame_budget_bytes = 1 << 20, .pool_budget_bytes = 1 << 16};
    if (fa_context_attach(job->memory, &desc, &ctx) != FA_RESULT_OK) {
        job->error = 1;
        return NULL;
    }
    FILE *f = fopen(job->path, "rb");
    if (!f) {
        job->error = 2;
        goto detach;
    }
    fa_frame_begin(ctx);
    char *head = fa_frame_alloc(ctx, 4096, 16);
    if (head) {
        job->size = fread(head, 1, 4096, f);
        job->bytes = fa_heap_alloc(ctx, 4096, 16);
        if (job->bytes)
            memcpy(job->bytes, head, job->size);
    }
    fa_frame_end(ctx);
    fclose(f);
detach:
    fa_context_detach(ctx);
    return NULL;
}

int load_pair(fa_allocator *memory, fa_context *ctx, const char *a, const char *b, void *out[2])
{
    pthread_t threads[2];
    int started = 0, loaded = 0;
    fa_frame_begin(ctx);
    struct load_job *jobs = FA_FRAME_ARRAY_ZEROED(ctx, struct load_job, 2);
    if (jobs == NULL) {
        fa_frame_end(ctx);
        return 0;
    }
    jobs[0].memory = jobs[1].memory = memory;
    jobs[0].path = fa_frame_strdup(ctx, a);
    jobs[1].path = fa_frame_strdup(ctx, b);
    for (; started < 2; started++)
        if (pthread_create(&threads[started], NULL, load_main, &jobs[started]) != 0)
            break;
    for (int i = 0; i < started; i++)
        pthread_join(threads[i], NULL);
    for (int i = 0; i < started; i++) {
        out[i] = jobs[i].bytes;
        loaded += jobs[i].error == 0;
    }
    fa_frame_end(ctx);
    return loaded;
}

void *load_one(fa_allocator *memory, fa_context *ctx, const char *path)
{
    pthread_t t;
    void *bytes = NULL;
    fa_frame_begin(ctx);
    struct load_job *job = FA_FRAME_NEW_ZEROED(ctx, struct load_job);
    if (job) {
        job->memory = memory;
        job->path = path;
        if (pthread_create(&t, NULL, load_main, job) == 0) {
            pthread_join(t, NULL);
            bytes = job->bytes;
        }
    }
    fa_frame_end(ctx);
    return bytes;
}
