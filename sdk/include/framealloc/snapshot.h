/* snapshot.h - the allocator's figures at one moment, as plain structs. Writing them somewhere is the
 * business of others: framealloc::report (report.h) writes JSON.
 *
 * A snapshot owns its arrays; take as many as you like with one, and free it in the end. Strings are borrowed
 * until the allocator is destroyed, except names of contexts and messages, which are copies. What is not
 * being collected is FA_UNKNOWN, never 0. */
#ifndef FRAMEALLOC_SNAPSHOT_H
#define FRAMEALLOC_SNAPSHOT_H

#include "framealloc/block.h"
#include "framealloc/stats.h"
#include "framealloc/transfer.h"

FA_EXTERN_C_BEGIN

typedef struct fa_snapshot_tag {
    fa_tag tag;
    fa_tag_stats stats;
    uint64_t allocs[FA_LIFETIME_COUNT]; ///< of the calling context, while diagnostics are on; else FA_UNKNOWN
    uint64_t fingerprint;               ///< of the last frame; FA_UNKNOWN while diagnostics are off
    uint64_t frame_allocs; ///< of the calling context in the present window of behaviour.h; else FA_UNKNOWN
    uint64_t kept;         ///< of them, those that were promoted
    uint64_t soft_bytes;   ///< of its budget; FA_UNKNOWN: it has none
    uint64_t hard_bytes;
} fa_snapshot_tag;

typedef struct fa_snapshot_context {
    char name[32];
    char thread[64];
    uint64_t frames;
    uint64_t last_frame_bytes;
    uint64_t peak_frame_bytes;
    int64_t pool_objects; ///< taken by it less given back by it: below zero where it frees what others took
    int64_t pool_bytes;   ///< the same in bytes, as asked for
    int64_t heap_bytes;   ///< the same of the heap, groups, streams and handles
    /* In its last frame, or since it ended. */
    uint64_t promoted_to_pool;
    uint64_t promoted_to_heap;
    uint64_t promoted_to_scratch;
    uint64_t promotions_failed;
    uint64_t transfers_received;
    uint64_t frees_processed; ///< own objects that others freed and that came home
    /* Its limits (fa_context_budget_set); FA_UNKNOWN: there is none. */
    uint64_t frame_soft_bytes;
    uint64_t frame_hard_bytes;
    uint64_t pool_soft_bytes;
    uint64_t pool_hard_bytes;
    uint64_t pool_used_bytes; ///< what counts against them; FA_UNKNOWN where there is none
} fa_snapshot_context;

#define FA_SNAPSHOT_DIAGNOSTICS 16
typedef struct fa_snapshot_diagnostic {
    fa_diagnostic_code code;
    uint64_t frame;
    const char *here; ///< lives as long as the module that holds the line
    char tag[64];     ///< cut at 63 bytes; "" where not known
    char message[192];
} fa_snapshot_diagnostic;

typedef struct fa_snapshot {
    fa_allocator *allocator;
    uint64_t frame;        ///< of the calling context
    int64_t unix_ns;       ///< wall clock
    uint64_t duration_ns;  ///< of the frame; FA_UNKNOWN: nobody measured it
    uint64_t frame_allocs; ///< in the last frame; FA_UNKNOWN while diagnostics are off
    fa_allocator_stats totals;
    fa_transfer_stats transfers;
    uint64_t frees_waiting; ///< objects freed by other threads that have not come home yet
    fa_snapshot_tag *tags;
    uint32_t tag_count;
    uint32_t tag_capacity;
    fa_snapshot_context *contexts;
    uint32_t context_count;
    uint32_t context_capacity;
    fa_snapshot_diagnostic diagnostics[FA_SNAPSHOT_DIAGNOSTICS]; ///< the latest, oldest first
    uint32_t diagnostic_count;
} fa_snapshot;

/// Gather everything. @p snapshot must be zero-initialised before its first use, and belongs to one
/// allocator. Time and memory are proportional to tags times contexts; no file, no lock held for long.
/// @return OK; FRAME_OPEN with FA603: it is for frame boundaries; OUT_OF_MEMORY: @p snapshot is as it was;
///         INVALID_ARGUMENT; WRONG_THREAD.
/// [frame-boundary]
FA_API fa_result fai_snapshot_capture(fa_context *ctx, fa_snapshot *snapshot, const char *here);
#define fa_snapshot_capture(ctx, snapshot) fai_snapshot_capture((ctx), (snapshot), FA_HERE)
/// Give its arrays back. [any-thread]
FA_API void fa_snapshot_free(fa_snapshot *snapshot);

FA_EXTERN_C_END

#endif
