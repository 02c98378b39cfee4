/* heap.h - large blocks, and memory for third-party code: tagged, freed one by one, from any thread.
 *
 * Blocks up to 32 KiB come from size classes shared by all contexts, larger ones are whole pages; both under
 * the allocator's lock. Not for the hot path: the frame and the pool are. Blocks are checked like pool
 * objects. Zero bytes give a unique block. */
#ifndef FRAMEALLOC_HEAP_H
#define FRAMEALLOC_HEAP_H

#include "framealloc/tag.h"

FA_EXTERN_C_BEGIN

/// Free a heap block. NULL is fine.
/// @return OK; with FA607 and nothing changed: DOUBLE_FREE, FOREIGN_POINTER, WRONG_FAMILY; WRONG_THREAD with
/// FA206. [owner-thread]
FA_FREES_HEAP FA_API fa_result fai_heap_free(fa_context *ctx, void *p, const char *here);
#define fa_heap_free(ctx, p) fai_heap_free((ctx), (p), FA_HERE)

/// Free a heap block whose size the caller knows. @return As fa_heap_free, and WRONG_SIZE with FA607.
/// [owner-thread]
FA_FREES_HEAP FA_API fa_result fai_heap_free_sized(fa_context *ctx, void *p, size_t size_bytes,
                                                   const char *here);
#define fa_heap_free_sized(ctx, p, size_bytes) fai_heap_free_sized((ctx), (p), (size_bytes), FA_HERE)

/// Take a block. Contents are undefined.
/// @return Owned by the caller until fa_heap_free, or NULL: INVALID_ARGUMENT with FA004, WRONG_THREAD, FULL
/// (object_max_bytes), OUT_OF_MEMORY. [owner-thread]
FA_RETURNS_HEAP FA_FREED_BY(fai_heap_free, 2) FA_ALLOC_SIZE(2) FA_API
    void *fai_heap_alloc(fa_context *ctx, size_t size_bytes, size_t align_bytes, const char *here);
#define fa_heap_alloc(ctx, size_bytes, align_bytes) \
    fai_heap_alloc((ctx), (size_bytes), (align_bytes), FA_HERE)
FA_RETURNS_HEAP FA_FREED_BY(fai_heap_free, 2) FA_ALLOC_SIZE(2) FA_API
    void *fai_heap_alloc_zeroed(fa_context *ctx, size_t size_bytes, size_t align_bytes, const char *here);
#define fa_heap_alloc_zeroed(ctx, size_bytes, align_bytes) \
    fai_heap_alloc_zeroed((ctx), (size_bytes), (align_bytes), FA_HERE)

/// Resize, in place where possible. The block keeps its alignment and its tag. NULL allocates with the
/// default alignment.
/// @return The block, or NULL: then the old block is as it was. A size of 0 gives a block of size 0; it does
/// not free. [owner-thread]
FA_RETURNS_HEAP FA_ALLOC_SIZE(3) FA_API
    void *fai_heap_realloc(fa_context *ctx, void *p, size_t size_bytes, const char *here);
#define fa_heap_realloc(ctx, p, size_bytes) fai_heap_realloc((ctx), (p), (size_bytes), FA_HERE)

/// Size asked for of a live heap block; 0 for anything else. [owner-thread]
FA_API size_t fa_heap_size_bytes(const fa_context *ctx, const void *p);

FA_EXTERN_C_END

#endif
