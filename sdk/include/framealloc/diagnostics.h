/* diagnostics.h - seeing every allocation, for as long as you ask for it.
 *
 * Off, nothing is collected and the inlined paths are what bump.h says: not one instruction more. On, the
 * limits that those paths compare with are lowered, so that each allocation comes out of line and is counted:
 * per call site and tag, per frame, and into a fingerprint. No rebuild, no second library: fa_diagnostics_set
 * at run time, per context, in mid-frame too.
 *
 * What is collected while on, and only of this context:
 *   - sites: how often and how much each line allocated, of which lifetime, under which tag;
 *   - a fingerprint: a 64-bit hash of the allocation sequence (sizes, alignments, tags, lifetimes), per frame
 *     and per tag, which finds the first frame in which two runs of a deterministic program differ;
 *   - behaviour: what behaviour.h judges;
 *   - call stacks of every n-th allocation, at the highest level.
 *
 * Memory: one row per site and one per tag, from the SDK's metadata; given back when switched off. */
#ifndef FRAMEALLOC_DIAGNOSTICS_H
#define FRAMEALLOC_DIAGNOSTICS_H

#include "framealloc/block.h"
#include "framealloc/tag.h"

FA_EXTERN_C_BEGIN

typedef enum fa_diagnostics_level {
    FA_DIAGNOSTICS_OFF,       ///< the default
    FA_DIAGNOSTICS_SITES,     ///< sites, fingerprint, behaviour
    FA_DIAGNOSTICS_BACKTRACES ///< and call stacks: see fa_diagnostics_backtrace_every
} fa_diagnostics_level;

/// Switch at run time. What was collected before is dropped when the level goes to OFF, else kept.
/// @return OK; INVALID_ARGUMENT with FA005: not a level; OUT_OF_MEMORY; WRONG_THREAD. Nothing changes then.
/// [owner-thread]
FA_API fa_result fai_diagnostics_set(fa_context *ctx, fa_diagnostics_level level, const char *here);
#define fa_diagnostics_set(ctx, level) fai_diagnostics_set((ctx), (level), FA_HERE)
/// [owner-thread]
FA_API fa_diagnostics_level fa_diagnostics_get(const fa_context *ctx);
/// At level BACKTRACES, keep the call stack of every @p n-th allocation, the latest per site. 0: the default,
/// which is 64. [owner-thread]
FA_API void fa_diagnostics_backtrace_every(fa_context *ctx, uint32_t n);

/* ---- sites ---------------------------------------------------------------------------------------------- */

#define FA_BACKTRACE_MAX 16

/// One line of a program, under one tag.
typedef struct fa_site_stats {
    const char *here; ///< "file.c:123"; lives as long as the module that holds the line
    const char *tag;  ///< borrowed until the allocator is destroyed
    fa_lifetime lifetime;
    uint64_t allocs;      ///< since diagnostics were switched on
    uint64_t bytes;       ///< asked for
    uint64_t last_frame;  ///< index of the last frame in which it allocated; 0: outside of frames only
    uint64_t last_allocs; ///< in that frame
    uint64_t peak_allocs; ///< most in one frame
    const void *caller;   ///< an address in the function that allocates: for fa_diagnostics_symbol, addr2line
    uint32_t backtrace_frames;               ///< 0: no call stack was kept
    const void *backtrace[FA_BACKTRACE_MAX]; ///< innermost first
} fa_site_stats;

/// The sites seen so far, most bytes first.
/// @return How many there are; @p out gets at most @p capacity of them. 0 while off.
/// [owner-thread]
FA_API uint32_t fa_diagnostics_sites(const fa_context *ctx, fa_site_stats *out, uint32_t capacity);

/// The function at an address, where the system can say: "update_enemies+0x1f". Otherwise the address.
/// @return As snprintf. [any-thread]
FA_API size_t fa_diagnostics_symbol(const void *address, char *buffer, size_t capacity);

/* ---- totals --------------------------------------------------------------------------------------------- */

/* X(name, meaning): all uint64_t, in one context, since diagnostics were switched on */
#define FA_DIAGNOSTICS_STATS_TABLE(X)                                       \
    X(frames, "whole frames seen")                                          \
    X(frame_allocs, "allocations from frames")                              \
    X(arena_allocs, "allocations from arenas")                              \
    X(pool_allocs, "allocations from pools and typed pools")                \
    X(heap_allocs, "allocations from the heap")                             \
    X(frame_requested_bytes, "asked for from frames, without padding")      \
    X(last_frame_requested_bytes, "the same, in the last frame that ended") \
    X(last_frame_allocs, "allocations of any lifetime in the last frame")   \
    X(backtraces, "call stacks taken")                                      \
    X(lost, "allocations of sites that found no room in the table")

typedef struct fa_diagnostics_stats {
#define FA_X(name, meaning) uint64_t name;
    FA_DIAGNOSTICS_STATS_TABLE(FA_X)
#undef FA_X
} fa_diagnostics_stats;

/// @return OK; NOT_FOUND: diagnostics are off, so nothing is known; INVALID_ARGUMENT; WRONG_THREAD.
/// [owner-thread]
FA_API fa_result fa_diagnostics_stats_get(fa_context *ctx, fa_diagnostics_stats *out);

/* ---- fingerprint ---------------------------------------------------------------------------------------- */

/// Stands for "all tags" in fa_fingerprint_get.
#define FA_TAG_ALL FA_TAG_INVALID

/// The fingerprint of the last frame that ended: of everything, or of what one tag took itself. Equal in two
/// runs that allocate the same sizes with the same alignments, lifetimes and tag paths in the same order;
/// addresses and tag numbers do not enter. A tag that took nothing has 0.
/// @return OK; NOT_FOUND: diagnostics are off or were switched on in mid-frame; INVALID_ARGUMENT;
/// WRONG_THREAD. [owner-thread]
FA_API fa_result fa_fingerprint_get(fa_context *ctx, fa_tag tag, uint64_t *out);

FA_EXTERN_C_END

#endif
