/* budget.h - limits in bytes: on a tag, on a context, on the whole allocator.
 *
 * A hard limit is never exceeded, to the byte: the request that would do so gives NULL with OVER_BUDGET,
 * which is no diagnostic, and everything else goes on. A soft limit is only told: once per tag, frame and
 * context.
 *
 * A tag's budget counts the tag and everything below it, in all contexts: frame bytes (padding included),
 * pool and heap blocks as asked for, arenas. The allocator's budget counts all tags. A context's budget
 * counts what that context takes: one limit for its frames, one for its pool, and a policy for what happens
 * there.
 *
 * Frame memory pays nothing per allocation: the limit of the inlined path is lowered to what is granted. Far
 * from a limit, room is granted ahead, at most 64 KiB per tag and context; what is granted and not used is
 * taken back from the calling thread's own contexts before a request is refused, and from other threads' at
 * their next frame boundary. Where several contexts are attached nothing is granted ahead within 16 MiB of a
 * limit, so that it is exact for all of them.
 *
 * Events go to the budget hook of the allocator's desc, on the thread that made the call, with no lock held.
 * The hook may read budgets and allocate: the allocation is served or refused like any other, without a
 * further event. It may not end the frame it was called in (REENTRANT, FA105). */
#ifndef FRAMEALLOC_BUDGET_H
#define FRAMEALLOC_BUDGET_H

#include "framealloc/tag.h"

FA_EXTERN_C_BEGIN

/// A pair of limits; 0 means FA_NO_LIMIT. A soft limit above the hard one is refused.
typedef struct fa_budget {
    size_t soft_bytes;
    size_t hard_bytes;
} fa_budget;

typedef struct fa_budget_stats {
    size_t soft_bytes;    ///< FA_NO_LIMIT: none
    size_t hard_bytes;    ///< FA_NO_LIMIT: none
    size_t used_bytes;    ///< now; frames of other threads as of their last scope or frame boundary
    uint64_t soft_events; ///< times the soft limit was told to be exceeded
    uint64_t refused;     ///< requests refused because of this budget
    uint64_t overruns;    ///< a context's requests served beyond the hard limit, as its policy says
} fa_budget_stats;

/* ---- tags and the whole allocator ---------------------------------------------------------------------- */

/// Limit a tag and everything below it. Set again, the new limits hold from now on; what is in use already
/// stays. Set it at start-up, or while no other thread allocates under the tag: threads take notice of a new
/// budget at their next frame boundary or pool or heap request.
/// @return OK; INVALID_ARGUMENT with FA005: not a tag, or soft above hard; OUT_OF_MEMORY.
/// [any-thread]
FA_API fa_result fai_tag_budget_set(fa_allocator *allocator, fa_tag tag, fa_budget budget, const char *here);
#define fa_tag_budget_set(allocator, tag, ...) fai_tag_budget_set((allocator), (tag), __VA_ARGS__, FA_HERE)
/// @return OK; NOT_FOUND: it has no budget; INVALID_ARGUMENT. [any-thread]
FA_API fa_result fa_tag_budget_get(fa_allocator *allocator, fa_tag tag, fa_budget_stats *out);

/// Limit everything that the allocator hands out, of all lifetimes together; as memory_limit_bytes in the
/// desc. @return As fa_tag_budget_set. [any-thread]
FA_API fa_result fai_allocator_budget_set(fa_allocator *allocator, fa_budget budget, const char *here);
#define fa_allocator_budget_set(allocator, ...) fai_allocator_budget_set((allocator), __VA_ARGS__, FA_HERE)
/// @return As fa_tag_budget_get. [any-thread]
FA_API fa_result fa_allocator_budget_get(fa_allocator *allocator, fa_budget_stats *out);

/* ---- contexts ------------------------------------------------------------------------------------------ */

/// What becomes of a request beyond a context's hard limit.
typedef enum fa_budget_policy {
    FA_BUDGET_FAIL,    ///< NULL with OVER_BUDGET
    FA_BUDGET_WARN,    ///< served; told once per frame
    FA_BUDGET_ALLOW,   ///< served, only counted
    FA_BUDGET_PROMOTE, ///< frame memory comes from the heap, is freed with the frame and does not count; a
                       ///< pool request has nowhere else to go and is refused
    FA_BUDGET_CUSTOM   ///< the handler is asked each time
} fa_budget_policy;

typedef enum fa_budget_kind {
    FA_BUDGET_OF_ALLOCATOR,
    FA_BUDGET_OF_TAG,
    FA_BUDGET_OF_FRAME, ///< a context's frame bytes
    FA_BUDGET_OF_POOL   ///< a context's pool bytes
} fa_budget_kind;

/// What hooks and handlers get. Strings are borrowed for the call.
typedef struct fa_budget_event {
    fa_budget_kind kind;
    bool hard;              ///< the request goes beyond the hard limit; else the soft one has been exceeded
    fa_tag tag;             ///< whose budget it is; else the tag that was current
    const char *tag_path;   ///< of that tag
    size_t limit_bytes;     ///< the limit in question
    size_t used_bytes;      ///< hard: before the request; soft: with it
    size_t requested_bytes; ///< padding included for frame memory
    fa_context *ctx;        ///< where it was asked for
    const char *here;       ///< the call
    uint64_t frame;         ///< index of the context's open or last frame
} fa_budget_event;

typedef struct fa_budget_handler {
    fa_budget_policy (*fn)(void *user, const fa_budget_event *event); ///< CUSTOM as an answer means FAIL
    void *user;
} fa_budget_handler;

typedef struct fa_context_budget {
    fa_budget frame;           ///< bytes of one frame, padding included
    fa_budget pool;            ///< live pool and typed pool bytes that this context allocated, as asked for
    fa_budget_policy exceeded; ///< default FA_BUDGET_FAIL
    fa_budget_handler handler; ///< needed for FA_BUDGET_CUSTOM, else refused
} fa_context_budget;

/// Limit a context; zero limits remove what was there. Counters start again.
/// @return OK; INVALID_ARGUMENT with FA005: soft above hard, not a policy, or a handler missing or given for
/// nothing; WRONG_THREAD. [owner-thread]
FA_API fa_result fai_context_budget_set(fa_context *ctx, const fa_context_budget *budget, const char *here);
#define fa_context_budget_set(ctx, ...) fai_context_budget_set((ctx), __VA_ARGS__, FA_HERE)
/// Either may be NULL. @return OK; WRONG_THREAD. [owner-thread]
FA_API fa_result fa_context_budget_get(fa_context *ctx, fa_budget_stats *frame, fa_budget_stats *pool);

/// Bytes that the open frame can still hand out under the current tag: the nearest of the arena's maximum and
/// every hard limit that would refuse. 0 while no frame is open. Falls through to the heap not counted.
/// [owner-thread]
FA_API size_t fa_context_frame_remaining_bytes(const fa_context *ctx);

FA_EXTERN_C_END

#endif
