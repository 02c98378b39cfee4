/* worker.c - threads that run the jobs of a frame.
 *
 * One lock guards two lists of jobs, linked through the jobs themselves. Jobs are systems or pieces of a
 * loop: microseconds at least, against which a short lock costs little and is easy to trust. Idle threads
 * look at a counter for a while before they take the lock and park.
 *
 * Frames: every worker's context follows the starter's. No job is outstanding at a boundary, so that the
 * starter's thread may act for the workers: it becomes the owner of each context for the moment, with
 * `closed` keeping new jobs from starting. Nobody has to be woken for that. */
#include "core/worker.h"

#include <stdio.h>
#include <string.h>

#define SPIN_DEFAULT 2000u
#define ABANDON_WAIT_NS INT64_C(1000000000)

enum { JOB_FREE, JOB_QUEUED, JOB_RUNNING, JOB_LOST };

/* ---- lists; the lock is held --------------------------------------------------------------------------- */

static void push(fa_workers *pool, fa_job *job)
{
    fa_job **head = job->joiner_only ? &pool->joiner_head : &pool->head;
    fa_job **tail = job->joiner_only ? &pool->joiner_tail : &pool->tail;
    job->fai_next = NULL;
    job->fai_state = JOB_QUEUED;
    if (*head == NULL) {
        *head = job;
    } else {
        (*tail)->fai_next = job;
    }
    *tail = job;
    if (!job->joiner_only) {
        atomic_fetch_add(&pool->ready, 1);
    }
    atomic_fetch_add(&pool->outstanding, 1);
}

static fa_job *pop(fa_workers *pool)
{
    fa_job *job = pool->head;
    if (job != NULL) {
        pool->head = job->fai_next;
        atomic_fetch_sub(&pool->ready, 1);
        job->fai_state = JOB_RUNNING;
    }
    return job;
}

static fa_job *pop_joiner(fa_workers *pool)
{
    fa_job *job = pool->joiner_head;
    if (job == NULL) {
        return pop(pool);
    }
    pool->joiner_head = job->fai_next;
    job->fai_state = JOB_RUNNING;
    return job;
}

/* Take a job back that no thread has started. */
static bool unqueue(fa_workers *pool, fa_job *job)
{
    fa_job *before = NULL;
    for (fa_job *at = pool->head; at != NULL; before = at, at = at->fai_next) {
        if (at != job) {
            continue;
        }
        if (before != NULL) {
            before->fai_next = job->fai_next;
        } else {
            pool->head = job->fai_next;
        }
        pool->tail = pool->tail == job ? before : pool->tail;
        job->fai_state = JOB_FREE;
        atomic_fetch_sub(&pool->ready, 1);
        atomic_fetch_sub(&pool->outstanding, 1);
        return true;
    }
    return false;
}

/* From here on the job's owner may take its memory back, once the lock is released. */
static void finish(fa_workers *pool, fa_job *job, uint32_t state)
{
    job->fai_state = state;
    atomic_fetch_sub(&pool->outstanding, 1);
    if (pool->waiting > 0) {
        fai_cond_wake_all(&pool->done);
    }
}

/* ---- a worker's thread --------------------------------------------------------------------------------- */

static void look_for_work(fa_workers *pool)
{
    for (uint32_t i = 1; i < pool->spin_count; i++) {
        if (atomic_load_explicit(&pool->ready, memory_order_relaxed) > 0 ||
            atomic_load_explicit(&pool->stopping, memory_order_relaxed)) {
            return;
        }
        fai_pause();
    }
}

/* The next job, locked before and after. NULL: the workers stop. */
static fa_job *next_job(fa_workers *pool)
{
    bool looked = false;
    for (;;) {
        fa_job *job = pool->closed ? NULL : pop(pool);
        if (job != NULL) {
            return job;
        }
        if (atomic_load(&pool->stopping)) {
            return NULL;
        }
        if (!looked && !pool->closed) {
            fai_mutex_unlock(&pool->lock);
            look_for_work(pool);
            fai_mutex_lock(&pool->lock);
            looked = true;
            continue;
        }
        pool->parked++;
        fai_cond_wait(&pool->wake, &pool->lock);
        pool->parked--;
        looked = false;
    }
}

static void attach(fai_worker *worker)
{
    fa_workers *pool = worker->pool;
    fa_context_desc desc = pool->context_desc;
    desc.name = worker->name;
    fa_context *ctx = NULL;
    fa_result result = fai_context_attach(pool->allocator, &desc, &ctx, "fa_workers_start");
    fai_mutex_lock(&pool->lock);
    worker->failed = result != FA_RESULT_OK;
    if (ctx != NULL) {
        worker->ctx = fai_ctx(ctx);
        worker->ctx->worker = worker;
        worker->ctx->attention |= FAI_ATTEND_WORKERS;
    }
    worker->thread_self = fai_thread_self();
    pool->attaching--;
    fai_cond_wake_all(&pool->done);
    fai_mutex_unlock(&pool->lock);
}

/* Nothing ties the context to the workers any more. */
static void untie(fai_context *ctx)
{
    ctx->worker = NULL;
    ctx->attention &= ~FAI_ATTEND_WORKERS;
}

static void run_worker(void *user)
{
    fai_worker *worker = user;
    fa_workers *pool = worker->pool;
    attach(worker);
    if (worker->failed) {
        return;
    }
    fai_mutex_lock(&pool->lock);
    for (fa_job *job; (job = next_job(pool)) != NULL;) {
        worker->running = job;
        worker->since_ns = fai_clock_ns();
        fai_mutex_unlock(&pool->lock);
        job->fn(&worker->ctx->head, job->user);
        (void)fai_outbox_flush(worker->ctx); /* it may be long until the next job */
        fai_mutex_lock(&pool->lock);
        worker->running = NULL;
        worker->jobs_ended++;
        finish(pool, job, JOB_FREE);
    }
    fai_context *ctx = worker->ctx;
    worker->ctx = NULL;
    fai_mutex_unlock(&pool->lock);
    untie(ctx);
    (void)fai_context_detach(&ctx->head, "fa_workers_stop");
}

/* ---- start --------------------------------------------------------------------------------------------- */

static fa_result refuse(fai_context *ctx, fa_diagnostic_code code, fa_result result, const char *here,
                        const char *text)
{
    fai_report report = {
        .code = code, .result = result, .allocator = ctx->allocator, .ctx = &ctx->head, .here = here};
    if (atomic_load(&ctx->owner) == fai_thread_self()) {
        ctx->last_result = result;
    }
    return fai_report_send(&report, "%s", text);
}

static fa_result check_desc(fai_context *ctx, const fa_workers_desc *desc, const char *here)
{
    fai_problems problems = {0};
    if (desc->start_canary != 0 || desc->end_canary != 0 || desc->context.start_canary != 0 ||
        desc->context.end_canary != 0) {
        fai_problems_add(&problems, "fa_workers_desc: a canary is not zero: was the desc zero-initialised?");
    } else if (desc->worker_count > FA_WORKERS_MAX) {
        fai_problems_add(&problems, "fa_workers_desc: worker_count is %u, above %d", desc->worker_count,
                         FA_WORKERS_MAX);
    }
    return problems.count == 0 ? FA_RESULT_OK
                               : refuse(ctx, FA_CODE_FA103, FA_RESULT_INVALID_DESC, here, problems.text);
}

/* Let the threads end, and wait for that. */
static void end_threads(fa_workers *pool)
{
    fai_mutex_lock(&pool->lock);
    atomic_store(&pool->stopping, true);
    fai_cond_wake_all(&pool->wake);
    fai_mutex_unlock(&pool->lock);
    for (uint32_t i = 0; i < pool->count; i++) {
        fai_thread_join(&pool->workers[i].thread);
    }
}

static void release(fa_workers *pool)
{
    fai_cond_destroy(&pool->wake);
    fai_cond_destroy(&pool->done);
    fai_mutex_destroy(&pool->lock);
    fai_meta_free(pool->allocator, pool, sizeof *pool);
}

static fa_workers *create(fai_context *ctx, const fa_workers_desc *desc)
{
    fa_workers *pool = fai_meta_alloc(ctx->allocator, sizeof *pool);
    if (pool == NULL) {
        return NULL;
    }
    pool->allocator = ctx->allocator;
    pool->main = ctx;
    pool->spin_count = desc->spin_count != 0 ? desc->spin_count : SPIN_DEFAULT;
    pool->context_desc = desc->context;
    fai_mutex_init(&pool->lock);
    fai_cond_init(&pool->wake);
    fai_cond_init(&pool->done);
    return pool;
}

static bool start_threads(fa_workers *pool, const fa_workers_desc *desc)
{
    bool ok = true;
    for (uint32_t i = 0; i < desc->worker_count && ok; i++) {
        fai_worker *worker = &pool->workers[i];
        worker->pool = pool;
        worker->index = i + 1;
        char name[2 * FAI_NAME_BYTES];
        snprintf(name, sizeof name, "%.20s %u",
                 desc->name != NULL && desc->name[0] != '\0' ? desc->name : "worker", i + 1);
        fai_name_copy(worker->name, name, "worker");
        worker->thread.fn = run_worker;
        worker->thread.user = worker;
        snprintf(worker->thread.name, sizeof worker->thread.name, "%.15s", name);
        fai_mutex_lock(&pool->lock);
        pool->attaching++;
        fai_mutex_unlock(&pool->lock);
        ok = pool->allocator->platform->thread_start(&worker->thread);
        pool->count += ok ? 1 : 0;
        if (!ok) {
            fai_mutex_lock(&pool->lock);
            pool->attaching--;
            fai_mutex_unlock(&pool->lock);
        }
    }
    fai_mutex_lock(&pool->lock);
    while (pool->attaching > 0) {
        fai_cond_wait(&pool->done, &pool->lock);
    }
    for (uint32_t i = 0; i < pool->count; i++) {
        ok = ok && !pool->workers[i].failed;
    }
    fai_mutex_unlock(&pool->lock);
    return ok;
}

fa_result fai_workers_start(fa_context *public_ctx, const fa_workers_desc *desc, fa_workers **out,
                            const char *here)
{
    static const fa_workers_desc defaults = {0};
    if (out == NULL) {
        return FA_RESULT_INVALID_ARGUMENT;
    }
    *out = NULL;
    fa_result check = fai_context_check(public_ctx, "fa_workers_start", here);
    if (check != FA_RESULT_OK) {
        return check;
    }
    fai_context *ctx = fai_ctx(public_ctx);
    desc = desc != NULL ? desc : &defaults;
    check = check_desc(ctx, desc, here);
    if (check != FA_RESULT_OK) {
        return check;
    }
    if (fai_frame_state_of(ctx) != FAI_FRAME_CLOSED) {
        return refuse(ctx, FA_CODE_FA207, FA_RESULT_FRAME_OPEN, here,
                      "fa_workers_start: a frame is open; the workers' frames begin and end with this "
                      "context's");
    }
    if (ctx->workers != NULL || ctx->worker != NULL) {
        return refuse(ctx, FA_CODE_FA207, FA_RESULT_EXISTS, here,
                      ctx->worker != NULL ? "fa_workers_start: this is the context of a worker"
                                          : "fa_workers_start: the context has workers already");
    }
    fa_workers *pool = create(ctx, desc);
    if (pool == NULL) {
        return fai_context_error(ctx, FA_RESULT_OUT_OF_MEMORY);
    }
    if (!start_threads(pool, desc)) {
        end_threads(pool);
        release(pool);
        return fai_context_error(ctx, FA_RESULT_OUT_OF_MEMORY);
    }
    ctx->workers = pool;
    ctx->attention |= FAI_ATTEND_WORKERS;
    *out = pool;
    return FA_RESULT_OK;
}

/* ---- waiting ------------------------------------------------------------------------------------------- */

/* For people: who runs what, since when. The lock is held. */
static void describe_running(fa_workers *pool, char *out, size_t capacity)
{
    int64_t now = fai_clock_ns();
    size_t length = 0;
    uint32_t running = 0;
    out[0] = '\0';
    for (uint32_t i = 0; i < pool->count; i++) {
        const fai_worker *worker = &pool->workers[i];
        if (worker->running == NULL || length >= capacity) {
            continue;
        }
        const char *name = worker->running->name;
        const char *here = worker->running->fai_here;
        int put = snprintf(out + length, capacity - length, "%s%s runs %s (submitted at %s) for %.1f ms",
                           running > 0 ? "; " : "", worker->name, name != NULL ? name : "a job", here,
                           (double)(now - worker->since_ns) * 1e-6);
        length += put > 0 ? (size_t)put : 0;
        running++;
    }
    uint32_t queued = atomic_load(&pool->outstanding) - running;
    if (queued > 0 && length < capacity) {
        snprintf(out + length, capacity - length, "%s%u more not started", running > 0 ? "; " : "", queued);
    }
}

/* Wait for news on `done`. False: the time is up. The lock is held, and let go in between. */
static bool wait_done(fa_workers *pool, int64_t deadline)
{
    pool->waiting++;
    bool in_time = true;
    if (deadline == FA_WAIT_FOREVER) {
        fai_cond_wait(&pool->done, &pool->lock);
    } else {
        in_time = fai_cond_wait_until(&pool->done, &pool->lock, deadline);
    }
    pool->waiting--;
    return in_time;
}

int64_t fai_deadline(int64_t timeout_ns)
{
    if (timeout_ns == FA_WAIT_FOREVER) {
        return FA_WAIT_FOREVER;
    }
    int64_t now = fai_clock_ns();
    return timeout_ns <= 0 ? now : timeout_ns < INT64_MAX - 1 - now ? now + timeout_ns : FA_WAIT_FOREVER;
}

/* Look for an end or a new job for a moment, without the lock. */
static void spin_for_news(fa_workers *pool)
{
    uint32_t before = atomic_load_explicit(&pool->outstanding, memory_order_relaxed);
    fai_mutex_unlock(&pool->lock);
    for (uint32_t i = 1; i < pool->spin_count; i++) {
        if (atomic_load_explicit(&pool->outstanding, memory_order_relaxed) != before ||
            atomic_load_explicit(&pool->ready, memory_order_relaxed) > 0) {
            break;
        }
        fai_pause();
    }
    fai_mutex_lock(&pool->lock);
}

/* Run and wait until nothing is outstanding. The lock is held before and after. */
static bool drain(fa_workers *pool, int64_t deadline)
{
    bool spun = false;
    while (atomic_load(&pool->outstanding) > 0) {
        fa_job *job = pop_joiner(pool);
        if (job != NULL) {
            pool->job_depth++;
            fai_mutex_unlock(&pool->lock);
            job->fn(&pool->main->head, job->user);
            fai_mutex_lock(&pool->lock);
            pool->job_depth--;
            finish(pool, job, JOB_FREE);
            spun = false;
        } else if (!spun) {
            spin_for_news(pool);
            spun = true;
        } else if (!wait_done(pool, deadline) && atomic_load(&pool->outstanding) > 0 && pool->head == NULL &&
                   pool->joiner_head == NULL) {
            return false;
        }
    }
    return true;
}

/* Only the starter's owner, and not from inside a job. */
static fa_result check_starter(fa_workers *pool, const char *call, const char *here)
{
    fa_result check = fai_context_check(&pool->main->head, call, here);
    if (check != FA_RESULT_OK) {
        return check;
    }
    if (pool->job_depth > 0) { /* written by this thread alone */
        char text[128];
        snprintf(text, sizeof text, "%s: called from inside a job, which would wait for itself", call);
        return refuse(pool->main, FA_CODE_FA207, FA_RESULT_REENTRANT, here, text);
    }
    return FA_RESULT_OK;
}

static fa_result join(fa_workers *pool, const char *call, int64_t timeout_ns)
{
    char text[512];
    int64_t deadline = fai_deadline(timeout_ns);
    (void)fai_outbox_flush(pool->main);
    fai_mutex_lock(&pool->lock);
    bool drained = drain(pool, deadline);
    bool lost = pool->lost;
    if (drained) {
        pool->lost = false;
    } else {
        describe_running(pool, text, sizeof text);
    }
    fai_mutex_unlock(&pool->lock);
    if (!drained) {
        fai_log(pool->allocator, FA_LOG_WORKER_HANGS, "%s timed out: %s", call, text);
        return fai_context_error(pool->main, FA_RESULT_TIMEOUT);
    }
    return lost ? fai_context_error(pool->main, FA_RESULT_LOST) : FA_RESULT_OK;
}

fa_result fai_workers_join(fa_workers *workers, int64_t timeout_ns, const char *here)
{
    if (workers == NULL) {
        return FA_RESULT_INVALID_ARGUMENT;
    }
    fa_result check = check_starter(workers, "fa_workers_join", here);
    return check == FA_RESULT_OK ? join(workers, "fa_workers_join", timeout_ns) : check;
}

fa_result fai_workers_stop(fa_workers *workers, int64_t timeout_ns, const char *here)
{
    if (workers == NULL) {
        return FA_RESULT_OK;
    }
    fa_result check = check_starter(workers, "fa_workers_stop", here);
    if (check != FA_RESULT_OK) {
        return check;
    }
    fai_context *ctx = workers->main;
    if (fai_frame_state_of(ctx) != FAI_FRAME_CLOSED) {
        return refuse(ctx, FA_CODE_FA207, FA_RESULT_FRAME_OPEN, here,
                      "fa_workers_stop: a frame is open, and those of the workers with it");
    }
    if (join(workers, "fa_workers_stop", timeout_ns) == FA_RESULT_TIMEOUT) {
        return FA_RESULT_TIMEOUT;
    }
    ctx->workers = NULL;
    ctx->attention &= ~FAI_ATTEND_WORKERS;
    end_threads(workers);
    release(workers);
    return FA_RESULT_OK;
}

/* ---- submitting ---------------------------------------------------------------------------------------- */

/* The lock is held. */
static void wake_for_job(fa_workers *pool, const fa_job *job)
{
    if (pool->parked > 0 && !job->joiner_only) {
        fai_cond_wake_one(&pool->wake);
    } else if (pool->waiting > 0) {
        fai_cond_wake_all(&pool->done);
    }
}

fa_result fai_workers_submit(fa_workers *workers, fa_job *job, const char *here)
{
    if (workers == NULL) {
        return FA_RESULT_INVALID_ARGUMENT;
    }
    if (job == NULL || job->fn == NULL) {
        return refuse(workers->main, FA_CODE_FA005, FA_RESULT_INVALID_ARGUMENT, here,
                      job == NULL ? "fa_workers_submit: job is NULL"
                                  : "fa_workers_submit: the job has no fn");
    }
    bool starter = atomic_load(&workers->main->owner) == fai_thread_self();
    fai_mutex_lock(&workers->lock);
    bool crossing = workers->closed && starter;
    bool busy = job->fai_state == JOB_QUEUED || job->fai_state == JOB_RUNNING;
    const char *earlier = job->fai_here;
    if (!crossing && !busy) {
        job->fai_here = here;
        push(workers, job);
        if (!workers->closed) {
            wake_for_job(workers, job);
        }
    }
    fai_mutex_unlock(&workers->lock);
    if (crossing) {
        return refuse(workers->main, FA_CODE_FA105, FA_RESULT_REENTRANT, here,
                      "fa_workers_submit: called from inside an on-end call");
    }
    if (busy) {
        fai_report report = {.code = FA_CODE_FA207,
                             .result = FA_RESULT_BUSY,
                             .allocator = workers->allocator,
                             .ctx = &workers->main->head,
                             .here = here,
                             .earlier = earlier};
        return fai_report_send(&report, "fa_workers_submit: job %s is outstanding already",
                               job->name != NULL ? job->name : "without a name");
    }
    return FA_RESULT_OK;
}

/* ---- loops --------------------------------------------------------------------------------------------- */

typedef struct loop {
    void (*fn)(fa_context *ctx, size_t begin, size_t end, void *user);
    void *user;
    size_t count;
    size_t grain;
    atomic_size_t next;
} loop;

static void run_pieces(fa_context *ctx, void *user)
{
    loop *l = user;
    for (;;) {
        size_t begin = atomic_fetch_add_explicit(&l->next, l->grain, memory_order_relaxed);
        if (begin >= l->count) {
            return;
        }
        l->fn(ctx, begin, l->count - begin < l->grain ? l->count : begin + l->grain, l->user);
    }
}

/* Take back what no worker has started, wait for the others. False: one was lost. */
static bool gather(fa_workers *pool, fa_job *jobs, uint32_t count)
{
    bool whole = true;
    fai_mutex_lock(&pool->lock);
    for (uint32_t i = 0; i < count; i++) {
        if (jobs[i].fai_state == JOB_QUEUED) {
            (void)unqueue(pool, &jobs[i]);
        }
        while (jobs[i].fai_state == JOB_RUNNING) {
            (void)wait_done(pool, FA_WAIT_FOREVER);
        }
        whole = whole && jobs[i].fai_state != JOB_LOST;
    }
    if (pool->waiting > 0) { /* fewer may be outstanding now */
        fai_cond_wake_all(&pool->done);
    }
    fai_mutex_unlock(&pool->lock);
    return whole;
}

fa_result fai_workers_for(fa_workers *workers, fa_context *ctx, size_t count, size_t grain,
                          void (*fn)(fa_context *ctx, size_t begin, size_t end, void *user), void *user,
                          const char *here)
{
    fa_result check = fai_context_check(ctx, "fa_workers_for", here);
    if (check != FA_RESULT_OK) {
        return check;
    }
    if (workers == NULL || fn == NULL) {
        return refuse(fai_ctx(ctx), FA_CODE_FA005, FA_RESULT_INVALID_ARGUMENT, here,
                      fn == NULL ? "fa_workers_for: fn is NULL" : "fa_workers_for: workers is NULL");
    }
    if (grain == 0) { /* four pieces for each thread even out what differs among them */
        grain = count / (4 * ((size_t)workers->count + 1)) + 1;
    }
    if (count > SIZE_MAX / 2 || grain > SIZE_MAX / 4 / (FA_WORKERS_MAX + 1)) {
        grain = count; /* keeps `next` from wrapping */
    }
    loop l = {.fn = fn, .user = user, .count = count, .grain = grain != 0 ? grain : 1};
    fa_job jobs[FA_WORKERS_MAX];
    size_t pieces = count / l.grain + (count % l.grain != 0 ? 1 : 0);
    uint32_t helpers = 0;
    for (; helpers < workers->count && helpers + 1 < pieces; helpers++) {
        jobs[helpers] = (fa_job){.fn = run_pieces, .user = &l, .name = "fa_workers_for", .fai_here = here};
    }
    if (helpers > 0) {
        fai_mutex_lock(&workers->lock);
        for (uint32_t i = 0; i < helpers; i++) {
            push(workers, &jobs[i]);
            wake_for_job(workers, &jobs[i]);
        }
        fai_mutex_unlock(&workers->lock);
    }
    run_pieces(ctx, &l);
    bool whole = helpers == 0 || gather(workers, jobs, helpers);
    return whole ? FA_RESULT_OK : fai_context_error(fai_ctx(ctx), FA_RESULT_LOST);
}

/* ---- frame boundaries ---------------------------------------------------------------------------------- */

fa_result fai_workers_cross(fai_context *ctx, bool end, const char *here)
{
    const char *call = end ? "fa_frame_end" : "fa_frame_begin";
    if (ctx->worker != NULL) {
        if (ctx->worker->driven) {
            return FA_RESULT_OK;
        }
        char text[160];
        snprintf(text, sizeof text, "%s: the frame of %s begins and ends with that of context %s", call,
                 ctx->name, ctx->worker->pool->main->name);
        return refuse(ctx, FA_CODE_FA603, end ? FA_RESULT_BUSY : FA_RESULT_FRAME_OPEN, here, text);
    }
    fa_workers *pool = ctx->workers;
    fai_mutex_lock(&pool->lock);
    uint32_t outstanding = atomic_load(&pool->outstanding);
    char running[512];
    if (outstanding == 0) {
        pool->closed = true;
    } else {
        describe_running(pool, running, sizeof running);
    }
    fai_mutex_unlock(&pool->lock);
    if (outstanding == 0) {
        return FA_RESULT_OK;
    }
    char text[640];
    snprintf(text, sizeof text, "%s: %u jobs are outstanding, join them first: %s", call, outstanding,
             running);
    return refuse(ctx, end ? FA_CODE_FA205 : FA_CODE_FA207, FA_RESULT_BUSY, here, text);
}

void fai_workers_crossed(fai_context *ctx, bool end, const char *here)
{
    fa_workers *pool = ctx->workers;
    if (pool == NULL) { /* a worker's own, driven */
        return;
    }
    uintptr_t self = fai_thread_self();
    for (uint32_t i = 0; i < pool->count; i++) {
        fai_worker *worker = &pool->workers[i];
        if (worker->ctx == NULL) {
            continue;
        }
        fa_context *head = &worker->ctx->head;
        worker->driven = true;
        atomic_store_explicit(&worker->ctx->owner, self, memory_order_relaxed);
        fai_owner_changed(worker->ctx);
        (void)(end ? fai_frame_end(head, here) : fai_frame_begin(head, here));
        atomic_store_explicit(&worker->ctx->owner, worker->thread_self, memory_order_relaxed);
        fai_owner_changed(worker->ctx);
        worker->driven = false;
    }
    fai_mutex_lock(&pool->lock);
    pool->closed = false;
    if (pool->head != NULL && pool->parked > 0) { /* another thread submitted meanwhile */
        fai_cond_wake_all(&pool->wake);
    }
    fai_mutex_unlock(&pool->lock);
}

fa_result fai_workers_hold(fai_context *ctx, const char *call, const char *here)
{
    if (ctx->workers == NULL && ctx->worker == NULL) {
        return FA_RESULT_OK;
    }
    char text[160];
    if (ctx->worker != NULL) {
        snprintf(text, sizeof text, "%s: context %s belongs to a worker until it is stopped", call,
                 ctx->name);
    } else {
        snprintf(text, sizeof text, "%s: context %s has workers; stop them first", call, ctx->name);
    }
    return refuse(ctx, FA_CODE_FA104, FA_RESULT_BUSY, here, text);
}

/* ---- threads that end ---------------------------------------------------------------------------------- */

static void worker_ended(fai_worker *worker)
{
    fa_workers *pool = worker->pool;
    char what[256] = "outside of a job";
    untie(worker->ctx);
    fa_job *job = worker->running; /* of this thread: nobody else writes it */
    if (job != NULL) {
        snprintf(what, sizeof what, "inside job %s, submitted at %s",
                 job->name != NULL ? job->name : "without a name", job->fai_here);
    }
    fai_log(pool->allocator, FA_LOG_WORKER_LOST, "%s %s", worker->name, what); /* before a join can return */
    fai_mutex_lock(&pool->lock);
    worker->ctx = NULL;
    worker->running = NULL;
    if (job != NULL) {
        pool->lost = true;
        finish(pool, job, JOB_LOST);
    }
    fai_mutex_unlock(&pool->lock);
}

/* The starter's thread ends: what was not started is dropped, what runs gets a moment. False: it still runs.
 */
static bool starter_ended(fai_context *ctx)
{
    fa_workers *pool = ctx->workers;
    char running[512];
    fai_mutex_lock(&pool->lock);
    uint32_t dropped = 0;
    for (fa_job *job; (job = pop_joiner(pool)) != NULL; dropped++) {
        finish(pool, job, JOB_LOST);
    }
    pool->lost = pool->lost || dropped > 0;
    pool->closed = true; /* nothing starts any more */
    bool drained = drain(pool, fai_deadline(ABANDON_WAIT_NS));
    if (!drained) {
        pool->closed = false;
        describe_running(pool, running, sizeof running);
    }
    fai_mutex_unlock(&pool->lock);
    if (dropped > 0) {
        fai_log(pool->allocator, FA_LOG_WORKER_LOST,
                "the thread of context %s ended before %u jobs were started", ctx->name, dropped);
    }
    if (!drained) {
        fai_log(pool->allocator, FA_LOG_WORKER_HANGS,
                "the thread of context %s ended, its frame stays open and can be taken over: %s", ctx->name,
                running);
        return false;
    }
    if (fai_frame_state_of(ctx) != FAI_FRAME_CLOSED) {
        fai_workers_crossed(ctx, true, "thread end");
    }
    ctx->workers = NULL;
    ctx->attention &= ~FAI_ATTEND_WORKERS;
    end_threads(pool);
    release(pool);
    return true;
}

bool fai_workers_thread_ended(fai_context *ctx)
{
    if (ctx->worker != NULL) {
        worker_ended(ctx->worker);
    }
    return ctx->workers == NULL || starter_ended(ctx);
}

/* ---- queries ------------------------------------------------------------------------------------------- */

uint32_t fa_workers_count(const fa_workers *workers)
{
    return workers != NULL ? workers->count : 0;
}

uint32_t fa_workers_outstanding(fa_workers *workers)
{
    return workers != NULL ? atomic_load(&workers->outstanding) : 0;
}

fa_result fa_workers_state(fa_workers *workers, uint32_t index, fa_worker_state *out)
{
    if (workers == NULL || out == NULL || index == 0 || index > workers->count) {
        return FA_RESULT_NOT_FOUND;
    }
    fai_worker *worker = &workers->workers[index - 1];
    int64_t now = fai_clock_ns();
    fai_mutex_lock(&workers->lock);
    const fa_job *job = worker->running;
    *out = (fa_worker_state){.name = worker->name,
                             .ctx = worker->ctx != NULL ? &worker->ctx->head : NULL,
                             .job = job == NULL         ? NULL
                                    : job->name != NULL ? job->name
                                                        : "job",
                             .here = job != NULL ? job->fai_here : NULL,
                             .running_ns = job != NULL ? now - worker->since_ns : 0,
                             .jobs_ended = worker->jobs_ended};
    fai_mutex_unlock(&workers->lock);
    return FA_RESULT_OK;
}

uint32_t fa_worker_index(const fa_context *ctx)
{
    const fai_context *c = ctx != NULL ? fai_ctx(ctx) : NULL;
    return c != NULL && c->worker != NULL ? c->worker->index : 0;
}

uint32_t fa_core_count(void)
{
    return fai_core_count();
}
