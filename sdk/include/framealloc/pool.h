/* pool.h - objects that are freed one by one: size classes, constant time, any size up to 32 KiB, any
 * alignment up to FA_ALIGN_MAX.
 *
 * A request goes to the context's own pages of the next larger class, and needs no lock. Larger requests, and
 * alignments above 4 KiB, fall through to whole pages of the allocator; they are freed by fa_pool_free all
 * the same. The size asked for, the tag, and the call sites of allocation and free are kept out of line:
 * nothing the program writes into a block, live or freed, can damage them.
 *
 * Freeing needs no size. A block that is free already, the middle of a block, a frame or heap pointer, a
 * pointer from anywhere else: refused in every build, with a diagnostic that names both call sites. Zero
 * bytes give a unique block of the smallest class. */
#ifndef FRAMEALLOC_POOL_H
#define FRAMEALLOC_POOL_H

#include "framealloc/tag.h"

FA_EXTERN_C_BEGIN

/// Largest request served from a size class, in bytes.
#define FA_POOL_CLASS_MAX ((size_t)32 * 1024)

/// Free a pool block. NULL is fine. From any thread, through a context of that thread.
/// @return OK; with FA607 and nothing changed: DOUBLE_FREE, FOREIGN_POINTER (also the middle of a block),
/// WRONG_FAMILY (a frame, heap, arena or typed
///         pool block); WRONG_THREAD with FA206.
/// [owner-thread]
FA_FREES_POOL FA_API fa_result fai_pool_free(fa_context *ctx, void *p, const char *here);
#define fa_pool_free(ctx, p) fai_pool_free((ctx), (p), FA_HERE)

/// Free a pool block whose size the caller knows, and have that checked.
/// @return As fa_pool_free, and WRONG_SIZE with FA607 when the block was asked for with another size.
/// [owner-thread]
FA_FREES_POOL FA_API fa_result fai_pool_free_sized(fa_context *ctx, void *p, size_t size_bytes,
                                                   const char *here);
#define fa_pool_free_sized(ctx, p, size_bytes) fai_pool_free_sized((ctx), (p), (size_bytes), FA_HERE)

/// Take an object. Contents are undefined.
/// @return Owned by the caller until fa_pool_free, or NULL: INVALID_ARGUMENT with FA004 (alignment),
/// WRONG_THREAD, FULL (object_max_bytes),
///         OUT_OF_MEMORY. Constant time but for the first of a page.
/// [owner-thread]
FA_RETURNS_POOL FA_FREED_BY(fai_pool_free, 2) FA_ALLOC_SIZE(2) FA_API
    void *fai_pool_alloc_aligned(fa_context *ctx, size_t size_bytes, size_t align_bytes, const char *here);
FA_RETURNS_POOL FA_FREED_BY(fai_pool_free, 2) FA_ALLOC_SIZE(2) FA_API
    void *fai_pool_alloc_plain(fa_context *ctx, size_t size_bytes, const char *here);
/* Every block is aligned to 16: a smaller alignment that is a constant needs no look. */
FA_RETURNS_POOL FA_ALLOC_SIZE(2) static inline void *fai_pool_alloc(fa_context *ctx, size_t size_bytes,
                                                                    size_t align_bytes, const char *here)
{
#if defined(__GNUC__)
    if (__builtin_constant_p(align_bytes) && align_bytes <= 16 && (align_bytes & (align_bytes - 1)) == 0) {
        return fai_pool_alloc_plain(ctx, size_bytes, here);
    }
#endif
    return fai_pool_alloc_aligned(ctx, size_bytes, align_bytes, here);
}
#define fa_pool_alloc(ctx, size_bytes, align_bytes) \
    fai_pool_alloc((ctx), (size_bytes), (align_bytes), FA_HERE)
FA_RETURNS_POOL FA_FREED_BY(fai_pool_free, 2) FA_ALLOC_SIZE(2) FA_API
    void *fai_pool_alloc_zeroed(fa_context *ctx, size_t size_bytes, size_t align_bytes, const char *here);
#define fa_pool_alloc_zeroed(ctx, size_bytes, align_bytes) \
    fai_pool_alloc_zeroed((ctx), (size_bytes), (align_bytes), FA_HERE)
/// One uninitialised T. [owner-thread]
#define FA_POOL_NEW(ctx, T) ((T *)fai_pool_alloc((ctx), sizeof(T), FA_ALIGNOF(T), FA_HERE))
/// One T of zero bytes. [owner-thread]
#define FA_POOL_NEW_ZEROED(ctx, T) ((T *)fai_pool_alloc_zeroed((ctx), sizeof(T), FA_ALIGNOF(T), FA_HERE))

/// Hand what this context freed of other contexts' objects over to them, and take in what they freed of its
/// own. Frame boundaries do both, and a class that has run empty the latter: for threads without frames.
/// @return OK; WRONG_THREAD with FA206. [owner-thread]
FA_API fa_result fai_pool_drain(fa_context *ctx, const char *here);
#define fa_pool_drain(ctx) fai_pool_drain((ctx), FA_HERE)

/// Free every object of this context's size classes at once, whichever thread has it now, and keep the pages
/// for the next ones. Frees of theirs that are still on their way stay frees. What is freed again later is a
/// double free that names this call. Larger requests than FA_POOL_CLASS_MAX, and alignments above 4 KiB, are
/// not in a size class: they live on. Memory of open tasks and of retained blocks that went to the pool is
/// freed too. Takes time by the objects and pages there are.
/// @return OK; WRONG_THREAD with FA206. [owner-thread]
FA_API fa_result fai_pool_reset(fa_context *ctx, const char *here);
#define fa_pool_reset(ctx) fai_pool_reset((ctx), FA_HERE)

/// Size asked for of a live pool block; 0 for anything else. [owner-thread]
FA_API size_t fa_pool_size_bytes(const fa_context *ctx, const void *p);

FA_EXTERN_C_END

#endif
