/* stats.h - figures, gathered where they are kept when you ask.
 *
 * Used, requested and live bytes are exact. Figures of contexts on other threads are as of their last scope
 * or frame boundary. */
#ifndef FRAMEALLOC_STATS_H
#define FRAMEALLOC_STATS_H

#include "framealloc/context.h"

FA_EXTERN_C_BEGIN

/// A figure that is not known.
#define FA_UNKNOWN UINT64_MAX

/* X(name, meaning): all uint64_t, in one allocator */
#define FA_ALLOCATOR_STATS_TABLE(X)                                       \
    X(reserved_bytes, "address space held")                               \
    X(committed_bytes, "memory held from the backing, metadata included") \
    X(metadata_bytes, "the part of it that the SDK uses for itself")      \
    X(frame_bytes, "used in open frames, padding included")               \
    X(arena_bytes, "used in arenas, padding included")                    \
    X(pool_bytes, "live in pools and typed pools, as asked for")          \
    X(heap_bytes, "live in heap, group, handle, stream; as asked for")    \
    X(pool_objects, "live pool and typed pool objects")                   \
    X(heap_objects, "live blocks of those")                               \
    X(object_page_bytes, "pages that hold pool and heap objects")         \
    X(backing_calls, "calls of the backing since creation")               \
    X(contexts, "contexts attached")                                      \
    X(tags, "interned tags, untagged included")                           \
    X(diagnostics, "diagnostics sent since creation")

typedef struct fa_allocator_stats {
#define FA_X(name, meaning) uint64_t name;
    FA_ALLOCATOR_STATS_TABLE(FA_X)
#undef FA_X
} fa_allocator_stats;

/* X(name, meaning): all uint64_t, in one context.
 * The tiers, in the order in which they are meant to be used: the frame (frame_allocs); the thread's own pool
 * (pool_allocs); blocks for it from the allocator, a batch at a time (pool_refills); the heap, also for what
 * is too large for the others (frame_oversize, pool_oversize, heap_allocs). The first two are the inlined
 * paths, which count nothing unless diagnostics are on (diagnostics.h); their bytes are in the statistics of
 * the tags. */
#define FA_CONTEXT_STATS_TABLE(X)                                                   \
    X(frames, "frames ended")                                                       \
    X(frame_bytes, "used in the open frame")                                        \
    X(last_frame_bytes, "used by the last frame that ended")                        \
    X(peak_frame_bytes, "most used by one frame")                                   \
    X(frame_committed_bytes, "memory behind its frames")                            \
    X(frame_grows, "times a frame had to commit more memory")                       \
    X(frame_shrinks, "times memory went back after a spike")                        \
    X(frame_allocs, "blocks from frames; FA_UNKNOWN unless diagnostics are on")     \
    X(frame_oversize, "frame requests that fell through to the heap")               \
    X(pool_allocs, "objects from pools; FA_UNKNOWN unless diagnostics are on")      \
    X(pool_refills, "times its pools and typed pools were given a batch of blocks") \
    X(pool_oversize, "pool requests that fell through to whole pages")              \
    X(heap_allocs, "heap allocations and reallocations made through it")            \
    X(refused, "allocations that gave NULL")

typedef struct fa_context_stats {
#define FA_X(name, meaning) uint64_t name;
    FA_CONTEXT_STATS_TABLE(FA_X)
#undef FA_X
} fa_context_stats;

/// @return OK; INVALID_ARGUMENT. [any-thread]
FA_API fa_result fa_allocator_stats_get(fa_allocator *allocator, fa_allocator_stats *out);
/// @return OK; INVALID_ARGUMENT; WRONG_THREAD. [owner-thread]
FA_API fa_result fa_context_stats_get(fa_context *ctx, fa_context_stats *out);

FA_EXTERN_C_END

#endif
