/* worker.h - a small pool of threads for the jobs of a frame.
 *
 * Workers belong to the context that starts them. Each has a context of its own, whose frame begins and ends
 * together with that of the starting context: fa_frame_begin and fa_frame_end drive them all, without waking
 * a thread. So a job may take frame memory from the context it is given, and what it took is good until the
 * frame's end, for every thread.
 *
 * Jobs are joined before a frame ends: fa_frame_begin and fa_frame_end are refused with BUSY (FA205, FA207)
 * while a job is outstanding, and change nothing. fa_workers_join waits, and works while it does. Because of
 * that rule an fa_job may stand in frame memory; submitting allocates nothing and cannot fail for want of
 * memory.
 *
 * With 0 workers everything holds just as well: jobs run in the join, in the order of submission. With more,
 * jobs start in that order, and end as they please.
 *
 * A waiting worker spins briefly, then parks. A job that ends its thread is told as lost, and nobody waits
 * for it; a job that hangs makes the join's time-out name it. */
#ifndef FRAMEALLOC_WORKER_H
#define FRAMEALLOC_WORKER_H

#include "framealloc/annotate.h"
#include "framealloc/context.h"

FA_EXTERN_C_BEGIN

/// Most workers of one context.
#define FA_WORKERS_MAX 64

typedef struct fa_workers fa_workers;

typedef struct fa_workers_desc {
    uint32_t start_canary; ///< leave zero
    const char *name;      ///< copied; contexts and threads are called "NAME 1", "NAME 2"... Default "worker"
    uint32_t worker_count; ///< threads beside the caller: 0 to FA_WORKERS_MAX. 0 is complete
    uint32_t spin_count;   ///< looks for work before a thread parks. Default 2000; 1: park at once
    fa_context_desc context; ///< for each worker's context; its name is not used
    uint32_t end_canary;     ///< leave zero
} fa_workers_desc;

/// A piece of work. Zero-initialise it, set the first fields, and keep it where it is until it has been
/// joined.
typedef struct fa_job {
    void (*fn)(fa_context *ctx, void *user); ///< @p ctx: of the thread that runs it
    void *user;
    const char *name;   ///< borrowed; shown where a job hangs or is lost. Default "job"
    bool joiner_only;   ///< run by the thread that joins, never by a worker
    uint32_t fai_state; ///< private, as what follows
    const char *fai_here;
    struct fa_job *fai_next;
} fa_job;

/// Start workers for a context, which has none yet and no open frame. @p desc may be NULL: no threads. On
/// failure @p out is set to NULL and no thread is left.
/// @return OK; INVALID_ARGUMENT (@p out is NULL); INVALID_DESC with FA103; FRAME_OPEN or EXISTS with FA207;
/// WRONG_THREAD with FA206; OUT_OF_MEMORY: a thread, its context or its records were refused.
/// [owner-thread]
FA_API fa_result fai_workers_start(fa_context *ctx, const fa_workers_desc *desc, fa_workers **out,
                                   const char *here);
#define fa_workers_start(ctx, ...) fai_workers_start((ctx), __VA_ARGS__, FA_HERE)

/// Join what is outstanding, end the threads, release the workers. NULL is fine.
/// @param timeout_ns How long to wait; FA_WAIT_FOREVER waits without end.
/// @return OK; TIMEOUT: a job hangs, named in the log (WORKER_HANGS), and the workers go on; FRAME_OPEN or
/// REENTRANT with FA207; WRONG_THREAD with FA206. [owner-thread]
FA_JOINS FA_API fa_result fai_workers_stop(fa_workers *workers, int64_t timeout_ns, const char *here);
#define fa_workers_stop(workers, timeout_ns) fai_workers_stop((workers), (timeout_ns), FA_HERE)

/// Queue a job. It may be submitted from inside another job. Costs a lock and, when a worker is parked, a
/// wake-up.
/// @return OK; INVALID_ARGUMENT with FA005 (no fn); BUSY with FA207: it is outstanding already; REENTRANT
/// with FA105: from inside an on-end call of the starting context. In all of them nothing was queued.
/// [any-thread]
FA_API fa_result fai_workers_submit(fa_workers *workers, fa_job *job, const char *here);
#define fa_workers_submit(workers, job) fai_workers_submit((workers), (job), FA_HERE)

/// Run and wait until no job is outstanding. A job that the caller runs itself is not interrupted by the
/// time-out.
/// @return OK; TIMEOUT: the log says which worker runs what, since when (WORKER_HANGS), and fa_workers_state
/// tells it to programs; LOST: all are done, but a thread ended inside a job since the last join; REENTRANT
/// with FA207: from inside a job; WRONG_THREAD with FA206: not by the owner of the starting context.
/// [owner-thread]
FA_JOINS FA_API fa_result fai_workers_join(fa_workers *workers, int64_t timeout_ns, const char *here);
#define fa_workers_join(workers, timeout_ns) fai_workers_join((workers), (timeout_ns), FA_HERE)

/// Call @p fn for the whole range [0, @p count) in pieces of @p grain (0: chosen) on the caller and on idle
/// workers; returns when all of it is done. May be called from inside a job. Which thread gets which piece is
/// open.
/// @param ctx The caller's context.
/// @return OK; LOST: a worker ended inside a piece; INVALID_ARGUMENT with FA005 (no fn); WRONG_THREAD with
/// FA206. [owner-thread]
FA_JOINS FA_API fa_result fai_workers_for(fa_workers *workers, fa_context *ctx, size_t count, size_t grain,
                                          void (*fn)(fa_context *ctx, size_t begin, size_t end, void *user),
                                          void *user, const char *here);
#define fa_workers_for(workers, ctx, count, grain, fn, user) \
    fai_workers_for((workers), (ctx), (count), (grain), (fn), (user), FA_HERE)

/* ---- queries ------------------------------------------------------------------------------------------- */

/// What one worker is at.
typedef struct fa_worker_state {
    const char *name;    ///< of its context; borrowed until the workers are stopped
    fa_context *ctx;     ///< its context: frame figures are good between two frames. NULL: its thread ended
    const char *job;     ///< name of the job it runs, or NULL
    const char *here;    ///< where that job was submitted, or NULL
    int64_t running_ns;  ///< for how long, or 0
    uint64_t jobs_ended; ///< since the start, lost ones not among them
} fa_worker_state;

/// Number of worker threads started; 0 when @p workers is NULL. [any-thread]
FA_API uint32_t fa_workers_count(const fa_workers *workers);
/// Jobs queued or running. [any-thread]
FA_API uint32_t fa_workers_outstanding(fa_workers *workers);
/// @param index 1 to fa_workers_count.
/// @return OK; NOT_FOUND. [any-thread]
FA_API fa_result fa_workers_state(fa_workers *workers, uint32_t index, fa_worker_state *out);
/// Which worker this context belongs to, from 1; 0: to none. [any-thread]
FA_API uint32_t fa_worker_index(const fa_context *ctx);
/// Cores that the process may use. [any-thread]
FA_API uint32_t fa_core_count(void);

FA_EXTERN_C_END

#endif
