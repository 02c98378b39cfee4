/* arena.h - a bump region with a lifetime of your own choosing: a level, a fixed step, a loading screen, a
 * scratch pad.
 *
 * The same mechanism as a frame: address space is reserved once, memory is committed as the cursor moves,
 * nothing ever moves, and pages stay for the next use down to what the desc says. An arena belongs to the
 * context that made it and is used by its thread.
 *
 * Zero bytes, alignment and overflow are treated as in frame.h. */
#ifndef FRAMEALLOC_ARENA_H
#define FRAMEALLOC_ARENA_H

#include "framealloc/bump.h"
#include "framealloc/tag.h"

FA_EXTERN_C_BEGIN

/// Public head, as in fa_context. Never write these fields.
typedef struct fa_arena {
    uintptr_t cursor;
    uintptr_t limit;
} fa_arena;

typedef struct fa_arena_desc {
    uint32_t start_canary; ///< leave zero
    const char *name;      ///< copied (31 bytes at most). Default "arena"
    size_t max_bytes;      ///< address space. Default 256 MiB
    size_t keep_bytes;     ///< pages kept over a reset. Default FA_NO_LIMIT: all
    size_t prefault_bytes; ///< made resident at once; at most keep_bytes. Default 0
    fa_tag tag;            ///< charged with its bytes. Default: the tag current at creation
    uint32_t end_canary;   ///< leave zero
} fa_arena_desc;

/// @return OK; INVALID_ARGUMENT; INVALID_DESC with FA103; OUT_OF_MEMORY; WRONG_THREAD. On failure @p out is
/// NULL. [owner-thread]
FA_API fa_result fai_arena_create(fa_context *ctx, const fa_arena_desc *desc, fa_arena **out,
                                  const char *here);
/// fa_arena_create(ctx, desc, out); written so that a compound literal with commas may stand for the desc.
#define fa_arena_create(ctx, ...) fai_arena_create((ctx), __VA_ARGS__, FA_HERE)
/// Release the arena and all its memory. NULL is fine. @return OK; WRONG_THREAD. [owner-thread]
FA_API fa_result fai_arena_destroy(fa_arena *arena, const char *here);
#define fa_arena_destroy(arena) fai_arena_destroy((arena), FA_HERE)

FA_RETURNS_FRAME FA_API FA_COLD void *fai_arena_alloc_slow(fa_arena *arena, size_t size_bytes,
                                                           size_t align_bytes, const char *here);
FA_RETURNS_FRAME FA_ALLOC_SIZE(2) static inline void *fai_arena_alloc(fa_arena *arena, size_t size_bytes,
                                                                      size_t align_bytes, const char *here)
{
    void *p = fai_bump(&arena->cursor, &arena->limit, size_bytes, align_bytes);
    return FA_LIKELY(p != NULL) ? p : fai_arena_alloc_slow(arena, size_bytes, align_bytes, here);
}
FA_RETURNS_FRAME FA_ALLOC_SIZE2(2, 3) static inline void *fai_arena_array(fa_arena *arena, size_t count,
                                                                          size_t size_bytes,
                                                                          size_t align_bytes,
                                                                          const char *here)
{
    bool fits = size_bytes == 0 || count <= FA_REQUEST_MAX / size_bytes;
    return fai_arena_alloc(arena, fits ? count * size_bytes : SIZE_MAX, align_bytes, here);
}

/// Memory until the arena is reset, rewound past it or destroyed, or NULL with the reason in its context's
/// fa_context_last_result. Undefined contents. Constant time. [owner-thread]
#define fa_arena_alloc(arena, size_bytes, align_bytes) \
    fai_arena_alloc((arena), (size_bytes), (align_bytes), FA_HERE)
#define FA_ARENA_NEW(arena, T) ((T *)fai_arena_alloc((arena), sizeof(T), FA_ALIGNOF(T), FA_HERE))
#define FA_ARENA_ARRAY(arena, T, count) \
    ((T *)fai_arena_array((arena), (count), sizeof(T), FA_ALIGNOF(T), FA_HERE))

/// Empty it; pages beyond keep_bytes go back. Marks become stale. @return OK; WRONG_THREAD. [owner-thread]
FA_ENDS_FRAME FA_API fa_result fai_arena_reset(fa_arena *arena, const char *here);
#define fa_arena_reset(arena) fai_arena_reset((arena), FA_HERE)

/// A position in an arena. Good for any number of rewinds, until the arena is reset or rewound to before it.
typedef struct fa_arena_mark {
    const fa_arena *arena;
    uintptr_t cursor;
    uint32_t depth;  ///< private: place on the arena's stack of marks
    uint32_t serial; ///< private: tells it from an earlier mark at the same place; 0 is never valid
} fa_arena_mark;

/// Mark the present position. Without memory to remember it (OUT_OF_MEMORY), or from another thread (FA206),
/// the result is a mark that every rewind refuses. [owner-thread]
FA_BEGINS_SCRATCH FA_API fa_arena_mark fai_arena_mark(fa_arena *arena, const char *here);
#define fa_arena_mark_get(arena) fai_arena_mark((arena), FA_HERE)
/// Free everything allocated since the mark; later marks become stale.
/// @return OK; STALE with FA606: another arena's, of before a reset, or rewound past; WRONG_THREAD with
/// FA206;
///         INVALID_ARGUMENT: not an arena.
/// [owner-thread]
FA_ENDS_SCRATCH FA_API fa_result fai_arena_rewind(fa_arena *arena, fa_arena_mark mark, const char *here);
#define fa_arena_rewind(arena, mark) fai_arena_rewind((arena), (mark), FA_HERE)

/// Bytes used now, padding included. [owner-thread]
FA_API size_t fa_arena_used_bytes(const fa_arena *arena);
/// Most bytes ever used. [owner-thread]
FA_API size_t fa_arena_peak_bytes(const fa_arena *arena);
/// Bytes of memory behind it now. [owner-thread]
FA_API size_t fa_arena_committed_bytes(const fa_arena *arena);

FA_EXTERN_C_END

#endif
