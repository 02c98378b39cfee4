/* deferred.h - pool objects that other threads free: when their owner takes them in, and how many may wait.
 *
 * A pool object lies on a page of the context that took it. Freed by another thread it is free at once: a
 * second free is refused, its bytes are off every figure and budget. Its memory then travels: the freeing
 * context gathers such objects in a batch, queues the batch to the owner, and the owner takes it in. A batch
 * that is not full is queued at the frame boundaries of the freeing context, when it frees for another
 * owner, when it is detached, handed over, or its thread ends, at fa_pool_drain, and before it waits in a
 * call of the SDK (barriers, joins, workers without a job). A thread that does none of these, and is not to
 * keep objects of others waiting, calls fa_pool_drain or works with a batch_count of 1.
 *
 * A free is never dropped, however this is set: where a queue may not grow and there is no room, the object
 * is freed in place; then it takes no place in the queue, and its owner finds it by looking through its pages
 * when it next takes in. Before a request of the owner is refused for want of memory, all that waits for it
 * is taken in, however this is set.
 *
 * The desc of an allocator says it for all contexts, fa_deferred_set for one of them. */
#ifndef FRAMEALLOC_DEFERRED_H
#define FRAMEALLOC_DEFERRED_H

#include "framealloc/context.h"

FA_EXTERN_C_BEGIN

/// Largest batch.
#define FA_DEFERRED_BATCH_MAX 62u

/// When an owner takes in what waits for it: a set of these.
#define FA_DEFERRED_AT_BEGIN 1u   ///< when its frame begins
#define FA_DEFERRED_AT_END 2u     ///< when its frame ends
#define FA_DEFERRED_WHEN_EMPTY 4u ///< when a size class has no free object left, before it takes a new page
#define FA_DEFERRED_EXPLICIT 8u   ///< by fa_pool_drain and fa_deferred_process only; stands alone

/// What becomes of a batch when the owner's queue has no room for it.
typedef enum fa_deferred_full {
    FA_DEFERRED_GROW,    ///< it is queued all the same, and counted. The default
    FA_DEFERRED_PROCESS, ///< it is processed at once: taken in on the spot where the calling thread owns the
                         ///< owner, too; else freed in place
    FA_DEFERRED_BLOCK,   ///< the caller waits for room; after the time-out it is freed in place
    FA_DEFERRED_FAIL,    ///< it is freed in place, and the free that filled the batch gives FULL
    FA_DEFERRED_FULL_COUNT
} fa_deferred_full;

typedef struct fa_deferred_desc {
    uint32_t start_canary;    ///< leave zero
    uint32_t drain;           ///< FA_DEFERRED_AT_BEGIN | ...; default AT_BEGIN | WHEN_EMPTY
    uint32_t at_once_count;   ///< most objects taken in at one of these occasions. Default: all
    uint32_t per_alloc_count; ///< besides, each pool allocation takes in so many; it is then served out of
                              ///< line. Default 0
    uint32_t batch_count;     ///< objects that a freeing context gathers before it queues them, 1 to 62.
                              ///< Default 62; at most an eighth of capacity_count, and at least 1
    fa_deferred_full full;    ///< when the queue has no room
    size_t capacity_count;    ///< objects that may wait in the queue. Default FA_NO_LIMIT
    int64_t block_timeout_ns; ///< of BLOCK. Default 1 ms
    uint32_t end_canary;      ///< leave zero
} fa_deferred_desc;

/// How the objects of this context come home from now on; NULL: as the allocator's desc says. Ends when the
/// context is detached.
/// @return OK; INVALID_DESC with one FA103 that lists every problem, and nothing changed; WRONG_THREAD with
/// FA206. [owner-thread]
FA_API fa_result fai_deferred_set(fa_context *ctx, const fa_deferred_desc *desc, const char *here);
/// fa_deferred_set(ctx, desc); written so that a compound literal with commas may stand for the desc.
#define fa_deferred_set(ctx, ...) fai_deferred_set((ctx), __VA_ARGS__, FA_HERE)
/// The desc in force, every default filled in. Borrowed until it is set again. [owner-thread]
FA_API const fa_deferred_desc *fa_deferred_get(const fa_context *ctx);

/// Take in what waits for this context, at most @p most_count objects: to spread the work as the program
/// likes. What was freed in place is found by the first call that finds the queue itself empty.
/// @param out How many came home; may be NULL.
/// @return OK; WRONG_THREAD with FA206. [owner-thread]
FA_API fa_result fai_deferred_process(fa_context *ctx, size_t most_count, size_t *out, const char *here);
#define fa_deferred_process(ctx, most_count, out) fai_deferred_process((ctx), (most_count), (out), FA_HERE)

/* X(name, meaning): all uint64_t. A context that is detached and taken over by another thread counts on. */
#define FA_DEFERRED_STATS_TABLE(X)                                                               \
    X(queued, "objects that other contexts freed and handed to this one, ever; in place or not") \
    X(processed, "of those: came home")                                                          \
    X(depth, "of those: on their way; queued = processed + depth")                               \
    X(bytes, "of those on their way, as asked for; without those freed in place")                \
    X(peak, "most that were on their way when the owner took in")                                \
    X(grown, "batches that were queued beyond the capacity")                                     \
    X(in_place, "objects freed in place: no room in the queue, or no memory for a batch")        \
    X(timed_out, "waits for room that ended by their time-out")

typedef struct fa_deferred_stats {
#define FA_X(name, meaning) uint64_t name;
    FA_DEFERRED_STATS_TABLE(FA_X)
#undef FA_X
} fa_deferred_stats;

/// Figures of one context's queue. @return OK; INVALID_ARGUMENT.
/// [any-thread]
FA_API fa_result fa_deferred_stats_get(const fa_context *ctx, fa_deferred_stats *out);
/// The sums over all contexts, detached ones too; the peak is that of one context. @return OK;
/// INVALID_ARGUMENT. [any-thread]
FA_API fa_result fa_deferred_stats_sum(fa_allocator *allocator, fa_deferred_stats *out);

FA_EXTERN_C_END

#endif
