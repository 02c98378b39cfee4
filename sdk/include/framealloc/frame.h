/* frame.h - memory that lives exactly one frame.
 *
 * From fa_frame_begin to fa_frame_end, allocation moves a cursor; the end takes everything back at once.
 * Frames do not nest. With frames_in_flight = n in the allocator's desc, the bytes stay intact until the n-th
 * frame after it begins.
 *
 * The fast path is inlined and is one compare on an explicit context: see bump.h.
 *
 * One rule for zero bytes: the result is not NULL and must not be read; it need not be unique. Sizes beyond
 * FA_REQUEST_MAX and products that overflow give NULL with FULL. Alignment 0 means FA_ALIGN_DEFAULT; any
 * other value must be a power of two up to FA_ALIGN_MAX, else NULL, INVALID_ARGUMENT and FA004. NULL never
 * moves the cursor. */
#ifndef FRAMEALLOC_FRAME_H
#define FRAMEALLOC_FRAME_H

#include <stdarg.h>

#include "framealloc/bump.h"
#include "framealloc/context.h"

FA_EXTERN_C_BEGIN

/* ---- boundaries ---------------------------------------------------------------------------------------- */

/// Begin a frame.
/// @return OK; FRAME_OPEN with FA603: the open frame goes on; WRONG_THREAD with FA206; REENTRANT with FA105
/// from
///         inside an on-end call; INVALID_ARGUMENT: @p ctx is NULL (no diagnostic: there is no allocator to
///         report to) or detached (FA005).
/// [owner-thread]
FA_BEGINS_FRAME FA_API fa_result fai_frame_begin(fa_context *ctx, const char *here);
#define fa_frame_begin(ctx) fai_frame_begin((ctx), FA_HERE)

/// End the open frame: run the fa_frame_on_end calls in reverse order, close tags left open (FA804), free
/// what fell through to the heap.
/// @return OK; NO_FRAME with FA603; WRONG_THREAD with FA206; REENTRANT with FA105 from inside an on-end call.
/// [owner-thread]
FA_ENDS_FRAME FA_API fa_result fai_frame_end(fa_context *ctx, const char *here);
#define fa_frame_end(ctx) fai_frame_end((ctx), FA_HERE)

/// Is a frame open? [owner-thread]
FA_API bool fa_frame_is_open(const fa_context *ctx);
/// Index of the open frame, or of the last one; the first is 1, 0 means there was none. [owner-thread]
FA_API uint64_t fa_frame_index(const fa_context *ctx);
/// Bytes used by the open frame, padding included; 0 while none is open. [owner-thread]
FA_API size_t fa_frame_used_bytes(const fa_context *ctx);
/// Bytes that the open frame can still hand out before it is FULL; 0 while none is open. [owner-thread]
FA_API size_t fa_frame_remaining_bytes(const fa_context *ctx);
/// Most bytes that any frame of this context has used. [owner-thread]
FA_API size_t fa_frame_peak_bytes(const fa_context *ctx);

/* ---- allocation ---------------------------------------------------------------------------------------- */

FA_RETURNS_FRAME FA_API FA_COLD void *fai_frame_alloc_slow(fa_context *ctx, size_t size_bytes,
                                                           size_t align_bytes, const char *here);

FA_RETURNS_FRAME FA_ALLOC_SIZE(2) static inline void *fai_frame_alloc(fa_context *ctx, size_t size_bytes,
                                                                      size_t align_bytes, const char *here)
{
    void *p = fai_bump(&ctx->cursor, &ctx->limit, size_bytes, align_bytes);
    return FA_LIKELY(p != NULL) ? p : fai_frame_alloc_slow(ctx, size_bytes, align_bytes, here);
}

FA_RETURNS_FRAME FA_ALLOC_SIZE2(2, 3) static inline void *fai_frame_array(fa_context *ctx, size_t count,
                                                                          size_t size_bytes,
                                                                          size_t align_bytes,
                                                                          const char *here)
{
    bool fits = size_bytes == 0 || count <= FA_REQUEST_MAX / size_bytes;
    return fai_frame_alloc(ctx, fits ? count * size_bytes : SIZE_MAX, align_bytes, here);
}

/// Take memory from the open frame. Contents are undefined. Constant time.
/// @return Memory borrowed until the frame ends, or NULL; fa_context_last_result says why: NO_FRAME with
/// FA001,
///         INVALID_ARGUMENT with FA004, WRONG_THREAD with FA206, FULL, OUT_OF_MEMORY.
/// [owner-thread]
#define fa_frame_alloc(ctx, size_bytes, align_bytes) \
    fai_frame_alloc((ctx), (size_bytes), (align_bytes), FA_HERE)
/// The same, zeroed. [owner-thread]
#define fa_frame_alloc_zeroed(ctx, size_bytes, align_bytes) \
    fai_frame_alloc_zeroed((ctx), (size_bytes), (align_bytes), FA_HERE)
/// One uninitialised T. [owner-thread]
#define FA_FRAME_NEW(ctx, T) ((T *)fai_frame_alloc((ctx), sizeof(T), FA_ALIGNOF(T), FA_HERE))
/// One T of zero bytes. [owner-thread]
#define FA_FRAME_NEW_ZEROED(ctx, T) ((T *)fai_frame_alloc_zeroed((ctx), sizeof(T), FA_ALIGNOF(T), FA_HERE))
/// An uninitialised array of @p count T; FULL when the product overflows. [owner-thread]
#define FA_FRAME_ARRAY(ctx, T, count) \
    ((T *)fai_frame_array((ctx), (count), sizeof(T), FA_ALIGNOF(T), FA_HERE))
/// The same, zeroed. [owner-thread]
#define FA_FRAME_ARRAY_ZEROED(ctx, T, count) \
    ((T *)fai_frame_array_zeroed((ctx), (count), sizeof(T), FA_ALIGNOF(T), FA_HERE))

/// 2, 4 or 8 neighbouring T, uninitialised, by one move of the cursor: all of them or NULL. [owner-thread]
#define FA_FRAME_NEW_2(ctx, T) ((T *)fai_frame_alloc((ctx), 2 * sizeof(T), FA_ALIGNOF(T), FA_HERE))
#define FA_FRAME_NEW_4(ctx, T) ((T *)fai_frame_alloc((ctx), 4 * sizeof(T), FA_ALIGNOF(T), FA_HERE))
#define FA_FRAME_NEW_8(ctx, T) ((T *)fai_frame_alloc((ctx), 8 * sizeof(T), FA_ALIGNOF(T), FA_HERE))

/// Take @p count blocks of one shape at once: one allocation, one move of the cursor, whatever the count.
/// Neighbours, each aligned; together they take what an array of them would.
/// @param blocks Room for @p count addresses, filled from the lowest up; untouched on failure.
/// @return False: nothing was taken, and fa_context_last_result says why, as for fa_frame_alloc; also
///         INVALID_ARGUMENT with FA005 when @p blocks is NULL and count is not 0.
/// [owner-thread]
FA_API bool fai_frame_batch(fa_context *ctx, size_t count, size_t size_bytes, size_t align_bytes,
                            void **blocks, const char *here);
#define fa_frame_batch(ctx, count, size_bytes, align_bytes, blocks) \
    fai_frame_batch((ctx), (count), (size_bytes), (align_bytes), (blocks), FA_HERE)

FA_RETURNS_FRAME FA_API FA_ALLOC_SIZE(2) void *fai_frame_alloc_zeroed(fa_context *ctx, size_t size_bytes,
                                                                      size_t align_bytes, const char *here);
FA_RETURNS_FRAME FA_API FA_ALLOC_SIZE2(2, 3) void *fai_frame_array_zeroed(fa_context *ctx, size_t count,
                                                                          size_t size_bytes,
                                                                          size_t align_bytes,
                                                                          const char *here);

/// A copy of @p size_bytes bytes. NULL as fa_frame_alloc, and INVALID_ARGUMENT with FA005 when @p source is
/// NULL and size is not 0. [owner-thread]
FA_RETURNS_FRAME FA_API void *fai_frame_copy(fa_context *ctx, const void *source, size_t size_bytes,
                                             size_t align_bytes, const char *here);
#define fa_frame_copy(ctx, source, size_bytes, align_bytes) \
    fai_frame_copy((ctx), (source), (size_bytes), (align_bytes), FA_HERE)

/// A copy of a string. NULL as fa_frame_copy.
/// [owner-thread]
FA_RETURNS_FRAME FA_API char *fai_frame_strdup(fa_context *ctx, const char *text, const char *here);
#define fa_frame_strdup(ctx, text) fai_frame_strdup((ctx), (text), FA_HERE)

/// A formatted string of exactly the size it needs. NULL as fa_frame_alloc, and INVALID_ARGUMENT when the
/// format is not valid. [owner-thread]
FA_RETURNS_FRAME FA_API char *fai_frame_printf(fa_context *ctx, const char *here, const char *format, ...)
    FA_PRINTF(3, 4);
FA_RETURNS_FRAME FA_API char *fai_frame_vprintf(fa_context *ctx, const char *here, const char *format,
                                                va_list args) FA_PRINTF(3, 0);
#define fa_frame_printf(ctx, ...) fai_frame_printf((ctx), FA_HERE, __VA_ARGS__)
#define fa_frame_vprintf(ctx, format, args) fai_frame_vprintf((ctx), FA_HERE, (format), (args))

/// Resize a frame block: in place when it is the last one of the frame, else by a new block and a copy of the
/// smaller of both sizes.
/// @param p NULL allocates. @param old_bytes The size it has now.
/// @return The block, or NULL as fa_frame_alloc; then the old block is as it was.
/// [owner-thread]
FA_RETURNS_FRAME FA_API void *fai_frame_realloc(fa_context *ctx, void *p, size_t old_bytes, size_t new_bytes,
                                                size_t align_bytes, const char *here);
#define fa_frame_realloc(ctx, p, old_bytes, new_bytes, align_bytes) \
    fai_frame_realloc((ctx), (p), (old_bytes), (new_bytes), (align_bytes), FA_HERE)

/// Run @p fn when the open frame ends, or when it is rewound past this point; last added, first run. For
/// things that own something outside. @p fn may read frame memory and free pool and heap blocks; frame
/// allocation and boundaries are refused inside it.
/// @return OK; INVALID_ARGUMENT with FA005; NO_FRAME with FA001; WRONG_THREAD; FULL or OUT_OF_MEMORY: not
/// registered. [owner-thread]
FA_API fa_result fai_frame_on_end(fa_context *ctx, void (*fn)(void *user), void *user, const char *here);
#define fa_frame_on_end(ctx, fn, user) fai_frame_on_end((ctx), (fn), (user), FA_HERE)

/* ---- checkpoints --------------------------------------------------------------------------------------- */

/// A position in a frame. A value: copy it freely. Good for one rewind, until the frame ends or is rewound to
/// before it.
typedef struct fa_checkpoint {
    const fa_context *ctx;
    uint64_t frame;
    uintptr_t cursor;
    uint32_t depth;  ///< private: place on the context's stack of marks
    uint32_t serial; ///< private: tells it from an earlier mark at the same place; 0 is never valid
} fa_checkpoint;

/// Mark the present position. Without an open frame (FA001), or without memory to remember the mark
/// (OUT_OF_MEMORY), the result is a checkpoint that every rewind refuses. [owner-thread]
FA_BEGINS_SCRATCH FA_API fa_checkpoint fai_frame_mark(fa_context *ctx, const char *here);
#define fa_frame_mark(ctx) fai_frame_mark((ctx), FA_HERE)

/// Free everything allocated since the mark, running the on-end calls added since. Bytes go back to the tags
/// that took them. The mark and all marks after it are used up.
/// @return OK; STALE with FA606: another frame's, another context's, used up, or never valid; NO_FRAME with
/// FA603; WRONG_THREAD;
///         UNBALANCED with FA804: a tag scope that was open at the mark has been closed since. Nothing
///         changes then.
/// [owner-thread]
FA_ENDS_SCRATCH FA_API fa_result fai_frame_rewind(fa_context *ctx, fa_checkpoint checkpoint,
                                                  const char *here);
#define fa_frame_rewind(ctx, checkpoint) fai_frame_rewind((ctx), (checkpoint), FA_HERE)

FA_EXTERN_C_END

#endif
