/* worker.h - the private shape of workers, and what frame boundaries need of them. */
#ifndef FAI_WORKER_H
#define FAI_WORKER_H

#include "core/context.h"
#include "framealloc/worker.h"
#include "platform/platform.h"

typedef struct fai_worker {
    struct fa_workers *pool;
    fai_context *ctx; /* NULL: not attached, or its thread has ended */
    uint32_t index;
    bool failed; /* could not attach */
    bool driven; /* the starter's thread is ending or beginning its frame */
    uintptr_t thread_self;
    fa_job *running;
    int64_t since_ns;
    uint64_t jobs_ended;
    fai_thread thread;
    char name[FAI_NAME_BYTES];
} fai_worker;

struct fa_workers {
    fa_allocator *allocator;
    fai_context *main;
    uint32_t count;
    uint32_t spin_count;
    fa_context_desc context_desc;

    fai_mutex lock;
    fai_cond wake;                     /* workers wait for jobs */
    fai_cond done;                     /* joiners wait for ends */
    fa_job *head, *tail;               /* for anyone */
    fa_job *joiner_head, *joiner_tail; /* for the joiner alone */
    _Atomic uint32_t ready;            /* length of the list for anyone, to be looked at without the lock */
    _Atomic uint32_t outstanding;
    uint32_t parked;
    uint32_t waiting;   /* on `done` */
    uint32_t attaching; /* threads that have not said yet whether they could attach */
    uint32_t job_depth; /* jobs that the joiner is inside of */
    bool closed;        /* a boundary is being crossed: no job starts */
    _Atomic bool stopping;
    bool lost; /* since the last join */
    fai_worker workers[FA_WORKERS_MAX];
};

/* A boundary of a context with FAI_ATTEND_WORKERS. OK: no job runs until fai_workers_crossed. Else refused,
 * and nothing changed. */
fa_result fai_workers_cross(fai_context *ctx, bool end, const char *here);
/* After the starter's own frame began or ended: those of the workers, and jobs may start again. */
void fai_workers_crossed(fai_context *ctx, bool end, const char *here);
/* Why this context may not be detached or handed over: it has workers, or is a worker's. */
fa_result fai_workers_hold(fai_context *ctx, const char *call, const char *here);
/* The thread of a context ended: a worker's or the starter's. False: jobs hang that may use the context's
 * frame; it must not be parked. */
bool fai_workers_thread_ended(fai_context *ctx);

/* When a time-out that begins now is up, by fai_clock_ns. */
int64_t fai_deadline(int64_t timeout_ns);

#endif
