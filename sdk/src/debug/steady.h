/* steady.h - who went to the system, and from which line.
 *
 * A call of the backing knows neither context nor call site. So each thread that causes one has a slot in the
 * allocator, where paths that may need memory leave their site beforehand, and where the causes of the frame
 * are gathered until its end. A slot is written by its thread only. */
#ifndef FAI_STEADY_H
#define FAI_STEADY_H

#include <stdatomic.h>

#include "framealloc/steady.h"

struct fai_context;

typedef enum fai_steady_kind {
    FAI_STEADY_BACKING,
    FAI_STEADY_FRESH,
    FAI_STEADY_HEAP,
    FAI_STEADY_KINDS
} fai_steady_kind;

#define FAI_STEADY_CAUSES 8u
typedef struct fai_steady_cause {
    const char *here;
    uint64_t amounts[FAI_STEADY_KINDS];
} fai_steady_cause;

#define FAI_STEADY_THREADS 64u
typedef struct fai_steady_thread {
    _Atomic uintptr_t thread; /* 0: free */
    const char *site;         /* of the call that is on its way; NULL: not known */
    uint32_t cause_count;
    fai_steady_cause causes[FAI_STEADY_CAUSES]; /* the last one also holds what found no room */
} fai_steady_thread;

typedef struct fai_steady {
    _Atomic uint32_t on;
    _Atomic uint32_t serial; /* of the contract: contexts that have another one join */
    fai_steady_thread *threads;
    atomic_uint_fast64_t frames;
    atomic_uint_fast64_t broken;
    atomic_uint_fast64_t amounts[FAI_STEADY_KINDS];
} fai_steady;

/* Part of a context. */
typedef struct fai_steady_context {
    uint32_t serial; /* of the contract it is under; 0: none */
    bool judging;    /* the open frame began under it */
    uint64_t faults; /* of the thread when the frame began */
    fa_steady_frame last;
} fai_steady_context;

/* The calling thread is about to do something that may need memory, at @p here; NULL: it is done. */
void fai_steady_set_site(fa_allocator *allocator, const char *here);
void fai_steady_note(fa_allocator *allocator, fai_steady_kind kind, uint64_t amount);
void fai_steady_frame_begin(struct fai_context *ctx);
void fai_steady_frame_end(struct fai_context *ctx, const char *here);
/* A boundary that looks around: join a contract that began, leave one that ended. */
void fai_steady_look(struct fai_context *ctx);

#endif
