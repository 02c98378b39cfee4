/* accounting.h - where every byte that the backing gave stands, so that the figures add up.
 *
 * One row per kind of memory, the SDK's own among them. In each row, and in the sums, to the byte:
 *
 *     used      = requested + padding
 *     committed = used + free
 *
 * and the sums of `committed` and `reserved` over all rows are what the backing has been asked for and has
 * not been given back: nothing is held that no row shows. `resident` is what the system has put real memory
 * behind.
 *
 * Memory that bumps is not counted block by block, so what was requested of it is known in two cases only:
 * when nothing is used, and for the open frames of contexts whose diagnostics have been on since the frame
 * began (and that have rewound nothing in it). Elsewhere `requested` and `padding` are FA_UNKNOWN, never a
 * guess. */
#ifndef FRAMEALLOC_ACCOUNTING_H
#define FRAMEALLOC_ACCOUNTING_H

#include "framealloc/stats.h"

FA_EXTERN_C_BEGIN

/* X(name, meaning) */
#define FA_ACCOUNT_TABLE(X)                                                                               \
    X(FRAME, "open frames and those in flight; free: kept for the next ones")                             \
    X(ARENA, "arenas, tickets, named scratch pools")                                                      \
    X(SCRATCH, "arenas of scratch scopes")                                                                \
    X(SHARED_ARENA, "arenas for several threads")                                                         \
    X(POOL, "pages of pool objects; padding: rounding up to size classes; free: blocks that are not out") \
    X(TYPED_POOL, "pages of typed pools")                                                                 \
    X(HEAP, "pages of heap blocks: copies of transfers and oversized frame requests too")                 \
    X(GROUP, "pages of groups")                                                                           \
    X(STREAM, "pages of streams")                                                                         \
    X(HANDLE, "ranges of handle heaps")                                                                   \
    X(SPARE, "object pages that nobody has: kept with their memory, or address space only")               \
    X(GHOST,                                                                                              \
      "records of ghost frames, the window of their addresses, and what the system did not take back")    \
    X(METADATA, "the SDK's own records")

typedef enum fa_account_row {
#define FA_X(name, meaning) FA_ACCOUNT_##name,
    FA_ACCOUNT_TABLE(FA_X)
#undef FA_X
        FA_ACCOUNT_COUNT
} fa_account_row;

typedef struct fa_account {
    uint64_t requested_bytes; ///< as asked for
    uint64_t padding_bytes;   ///< alignment, rounding up to size classes, red zones
    uint64_t used_bytes;
    uint64_t free_bytes;
    uint64_t committed_bytes;
    uint64_t reserved_bytes; ///< address space, committed or not
    uint64_t resident_bytes; ///< of what is committed; FA_UNKNOWN where the system does not say
} fa_account;

typedef struct fa_accounting {
    fa_account rows[FA_ACCOUNT_COUNT];
    fa_account total; ///< of all rows; a figure that a row does not know is not known here
} fa_accounting;

/// Gather it by walking every page, record and extent: time is proportional to committed memory (some
/// milliseconds for 100 MiB), for the system's answer about residence most of all. The other threads that use
/// the allocator must not be inside a call of the SDK, nor allocate inline, meanwhile: have them wait at a
/// barrier, or joined.
/// @return OK; INVALID_ARGUMENT. [frame-boundary]
FA_API fa_result fa_accounting_get(fa_allocator *allocator, fa_accounting *out);

/// "FRAME", "METADATA" ...; never NULL. [any-thread]
FA_API const char *fa_account_row_name(fa_account_row row);

FA_EXTERN_C_END

#endif
