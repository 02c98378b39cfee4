/* retain.h - frame memory that turns out to be worth keeping: retained now, promoted when the frame ends.
 *
 * Whoever makes a thing in frame memory need not know yet whether it will be kept. Retaining a block says
 * what is to become of it at the frame's end: nothing, or a copy in the pool, in the heap, or in a named
 * scratch pool. After the end the copy is taken by its id, and from then on it is the taker's, to be freed by
 * the function of its family.
 *
 *     fa_retained id = fa_frame_retain(ctx, path, bytes, 16, FA_RETAIN_POOL, NULL);
 *     fa_frame_end(ctx);
 *     if (fa_retained_take(ctx, id, &kept) == FA_RESULT_OK) { ... fa_pool_free(ctx, kept); }
 *
 * A promotion has two steps: first memory is taken for every block, the more important ones first; only then
 * are bytes copied. So a block for which there is no memory is untouched, and it is listed with the reason.
 * fa_frame_promote does so while the frame is still open and the original can still be saved otherwise.
 *
 * A plain fa_frame_end promotes as well, unless the allocator's desc says discard_retained; it only tells
 * nobody. Either way nothing is left over for a later frame. Copies are made after the on-end calls have run.
 * The copy is charged to the tag that was current when the block was retained. Copies that nobody takes
 * are leaks (FA608), except those in scratch pools. */
#ifndef FRAMEALLOC_RETAIN_H
#define FRAMEALLOC_RETAIN_H

#include "framealloc/phase.h"
#include "framealloc/scratch.h"

FA_EXTERN_C_BEGIN

/// What becomes of a retained block.
typedef enum fa_retention {
    FA_RETAIN_DISCARD, ///< it goes with its frame; useful as a default and in listings
    FA_RETAIN_POOL,    ///< a pool object; above FA_POOL_CLASS_MAX bytes a heap block, and `place` says so
    FA_RETAIN_HEAP,    ///< a heap block
    FA_RETAIN_SCRATCH  ///< in the scratch pool that is named, until that pool is reset
} fa_retention;

/// The same said by how much a thing matters. When memory runs short the more important is served first:
/// PERSISTENT, then REUSABLE, then POOLED.
typedef enum fa_importance {
    FA_IMPORTANCE_EPHEMERAL = FA_RETAIN_DISCARD,
    FA_IMPORTANCE_REUSABLE = FA_RETAIN_POOL,
    FA_IMPORTANCE_PERSISTENT = FA_RETAIN_HEAP,
    FA_IMPORTANCE_POOLED = FA_RETAIN_SCRATCH
} fa_importance;

/// Names a retained block, also after its frame. 0 is none. Belongs to the context that retained it.
typedef uint64_t fa_retained;

/* ---- retaining and taking ------------------------------------------------------------------------------ */

/// Retain a block of the open frame, or the first part of one. A rewind over the block undoes it.
/// @param align_bytes The copy is aligned to it; as for fa_frame_alloc.
/// @param scratch_name For FA_RETAIN_SCRATCH, else NULL; copied.
/// @return Its id. 0: NO_FRAME with FA603; FA604: not memory of the open frame (FOREIGN_POINTER), retained
///         already (EXISTS), a name where none belongs, or none (INVALID_ARGUMENT); INVALID_ARGUMENT with
///         FA004, FA005; OUT_OF_MEMORY; WRONG_THREAD. [owner-thread]
FA_RETAINS FA_API fa_retained fai_frame_retain(fa_context *ctx, void *p, size_t size_bytes,
                                               size_t align_bytes, fa_retention policy,
                                               const char *scratch_name, const char *here);
#define fa_frame_retain(ctx, p, size_bytes, align_bytes, policy, scratch_name) \
    fai_frame_retain((ctx), (p), (size_bytes), (align_bytes), (policy), (scratch_name), FA_HERE)
/// One T, by its importance. [owner-thread]
#define FA_FRAME_RETAIN(ctx, T, p, importance) \
    fai_frame_retain((ctx), (p), sizeof(T), FA_ALIGNOF(T), (fa_retention)(importance), NULL, FA_HERE)

/// Take what a retained block was promoted to. It is the caller's from now on (a copy in a scratch pool:
/// until that pool is reset).
/// @return OK; the reason for which the promotion failed (OUT_OF_MEMORY ...: no diagnostic); FRAME_OPEN with
///         FA604: not promoted yet; TAKEN with FA604; NOT_FOUND with FA605: it was to be discarded; STALE
///         with FA606: rewound over, its scratch pool was reset, or no such id (any more: an id of a failed
///         promotion is known until the end of the next frame that retains something); WRONG_THREAD. Then
///         @p out is NULL. [owner-thread]
FA_API fa_result fai_retained_take(fa_context *ctx, fa_retained id, void **out, const char *here);
#define fa_retained_take(ctx, id, out) fai_retained_take((ctx), (id), (out), FA_HERE)

/* ---- promoting ----------------------------------------------------------------------------------------- */

/// What became of one retained block.
typedef struct fa_promoted {
    fa_retained id;
    const void *original; ///< in the frame
    void *block;          ///< the copy; NULL: discarded or failed
    size_t size_bytes;
    size_t align_bytes;
    fa_retention policy; ///< what was asked for
    fa_retention place;  ///< whose function frees it; DISCARD: nowhere
    fa_result result;    ///< OK; else why there is no copy
    fa_tag tag;          ///< charged with it
    fa_phase phase;      ///< in which it was retained
    const char *here;    ///< where it was retained
} fa_promoted;

typedef struct fa_promotion_sum {
    fa_tag tag;     ///< in by_tag
    fa_phase phase; ///< in by_phase
    size_t promoted_count;
    size_t promoted_bytes;
    size_t discarded_count; ///< by policy, or because of a rewind
    size_t discarded_bytes;
    size_t failed_count;
    size_t failed_bytes;
} fa_promotion_sum;

/// Borrowed until something is retained in this context again.
typedef struct fa_promotions {
    const fa_promoted *items; ///< in the order in which they were retained
    size_t item_count;
    const fa_promotion_sum *by_tag; ///< one per tag, in the order of their first item
    size_t tag_count;
    const fa_promotion_sum *by_phase; ///< one per phase, FA_PHASE_NONE too, in the order of their first item
    size_t phase_count;
    fa_promotion_sum all;
    size_t moved_to_heap_count;               ///< FA_RETAIN_POOL, but too large for the pool
    size_t failed_by_result[FA_RESULT_COUNT]; ///< failures by reason
} fa_promotions;

/// End the frame as fa_frame_end does, and say what became of everything retained in it. Also promotes where
/// the desc says discard_retained.
/// @param out May be NULL. Empty when the frame was not ended.
/// @return As fa_frame_end; OK also when promotions failed: all.failed_count says so. [owner-thread]
FA_ENDS_FRAME FA_API fa_result fai_frame_end_with_promotions(fa_context *ctx, fa_promotions *out,
                                                             const char *here);
#define fa_frame_end_with_promotions(ctx, out) fai_frame_end_with_promotions((ctx), (out), FA_HERE)

/// Promote now, with the frame open: what failed stays retained and as it was, and may be saved otherwise,
/// retried by another call, or left to the frame's end. What was promoted can be taken at once.
/// @return OK, also when promotions failed; NO_FRAME with FA603; REENTRANT with FA105; WRONG_THREAD.
/// [owner-thread]
FA_API fa_result fai_frame_promote(fa_context *ctx, fa_promotions *out, const char *here);
#define fa_frame_promote(ctx, out) fai_frame_promote((ctx), (out), FA_HERE)

/// Blocks retained in the open frame and not promoted yet. [owner-thread]
FA_API size_t fa_frame_retained_count(const fa_context *ctx);

FA_EXTERN_C_END

#endif
