/* shared_arena.h - a bump region that several threads may use at once.
 *
 * Made for what many threads produce together and one of them throws away: the contacts of a parallel physics
 * step, draw lists, results of jobs. An allocation is one atomic compare-and-swap, about ten times the cost
 * of arena.h: where each thread can have an arena of its own, that is better.
 *
 * Address space is reserved once, memory is committed as the cursor moves, nothing ever moves. Limits are
 * exact to the byte: a request that does not fit takes nothing, and a smaller one after it is served.
 *
 * Threads agree on when it is reset, by a barrier or a join. Who attaches says so: while anybody is attached,
 * a reset is refused. Zero bytes, alignment and overflow are treated as in frame.h. */
#ifndef FRAMEALLOC_SHARED_ARENA_H
#define FRAMEALLOC_SHARED_ARENA_H

#include "framealloc/tag.h"

FA_EXTERN_C_BEGIN

typedef struct fa_shared_arena fa_shared_arena;

typedef struct fa_shared_arena_desc {
    uint32_t start_canary; ///< leave zero
    const char *name;      ///< copied (31 bytes at most). Default "shared arena"
    size_t max_bytes;      ///< address space. Default 256 MiB
    size_t keep_bytes;     ///< pages kept over a reset. Default FA_NO_LIMIT: all
    size_t prefault_bytes; ///< made resident at once; at most keep_bytes. Default 0
    fa_tag tag;            ///< charged with its bytes. Default: the tag current at creation
    uint32_t end_canary;   ///< leave zero
} fa_shared_arena_desc;

/// Make an arena. @p desc may be NULL. On failure @p out is set to NULL. It belongs to the allocator, not to
/// the context.
/// @return OK; INVALID_ARGUMENT; INVALID_DESC with FA103; OUT_OF_MEMORY; WRONG_THREAD. [owner-thread]
FA_API fa_result fai_shared_arena_create(fa_context *ctx, const fa_shared_arena_desc *desc,
                                         fa_shared_arena **out, const char *here);
/// fa_shared_arena_create(ctx, desc, out); written so that a compound literal with commas may stand for the
/// desc.
#define fa_shared_arena_create(ctx, ...) fai_shared_arena_create((ctx), __VA_ARGS__, FA_HERE)
/// Release the arena and all its memory. NULL is fine. No other thread may use it any more.
/// @return OK; BUSY with FA104: somebody is attached; INVALID_ARGUMENT with FA005; WRONG_THREAD.
/// [owner-thread]
FA_API fa_result fai_shared_arena_destroy(fa_context *ctx, fa_shared_arena *arena, const char *here);
#define fa_shared_arena_destroy(ctx, arena) fai_shared_arena_destroy((ctx), (arena), FA_HERE)

/// Say that its memory is in use: until as many detaches have come, it is neither reset nor destroyed. Not
/// needed for allocating. @return OK; INVALID_ARGUMENT with FA005; WRONG_THREAD. [owner-thread]
FA_API fa_result fai_shared_arena_attach(fa_context *ctx, fa_shared_arena *arena, const char *here);
#define fa_shared_arena_attach(ctx, arena) fai_shared_arena_attach((ctx), (arena), FA_HERE)
/// @return OK; UNBALANCED with FA104: nobody is attached; INVALID_ARGUMENT with FA005; WRONG_THREAD.
/// [owner-thread]
FA_API fa_result fai_shared_arena_detach(fa_context *ctx, fa_shared_arena *arena, const char *here);
#define fa_shared_arena_detach(ctx, arena) fai_shared_arena_detach((ctx), (arena), FA_HERE)

/// Take memory. Contents are undefined.
/// @return Memory until the arena is reset or destroyed, readable by every thread that learns of it; or NULL:
/// INVALID_ARGUMENT with FA004 or FA005, FULL (max_bytes), OUT_OF_MEMORY, WRONG_THREAD. Lock-free but for
/// growth. [owner-thread]
FA_RETURNS_FRAME FA_ALLOC_SIZE(3) FA_API
    void *fai_shared_arena_alloc(fa_context *ctx, fa_shared_arena *arena, size_t size_bytes,
                                 size_t align_bytes, const char *here);
#define fa_shared_arena_alloc(ctx, arena, size_bytes, align_bytes) \
    fai_shared_arena_alloc((ctx), (arena), (size_bytes), (align_bytes), FA_HERE)
/// One uninitialised T. [owner-thread]
#define FA_SHARED_ARENA_NEW(ctx, arena, T) \
    ((T *)fai_shared_arena_alloc((ctx), (arena), sizeof(T), FA_ALIGNOF(T), FA_HERE))

/// Empty it; pages beyond keep_bytes go back. Call it at the point on which all its users have agreed: what
/// is allocated at the same time would be lost.
/// @return OK; BUSY with FA104: somebody is attached, and nothing changed; INVALID_ARGUMENT with FA005;
/// WRONG_THREAD. [owner-thread]
FA_ENDS_FRAME FA_API fa_result fai_shared_arena_reset(fa_context *ctx, fa_shared_arena *arena,
                                                      const char *here);
#define fa_shared_arena_reset(ctx, arena) fai_shared_arena_reset((ctx), (arena), FA_HERE)

typedef struct fa_shared_arena_stats {
    const char *name;         ///< borrowed until the arena is destroyed
    uint64_t used_bytes;      ///< now, padding included
    uint64_t peak_bytes;      ///< most used before any reset
    uint64_t committed_bytes; ///< memory behind it
    uint64_t attached;        ///< attaches without their detach
    uint64_t resets;          ///< times it was emptied
    uint64_t refused;         ///< requests that gave NULL for want of room or memory
} fa_shared_arena_stats;

/// @return OK; INVALID_ARGUMENT with FA005; WRONG_THREAD. [owner-thread]
FA_API fa_result fai_shared_arena_stats_get(fa_context *ctx, fa_shared_arena *arena,
                                            fa_shared_arena_stats *out, const char *here);
#define fa_shared_arena_stats_get(ctx, arena, out) fai_shared_arena_stats_get((ctx), (arena), (out), FA_HERE)

FA_EXTERN_C_END

#endif
