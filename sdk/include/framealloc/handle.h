/* handle.h - blocks that may move, named by handles that stay good.
 *
 * A handle heap is one range of memory that can be defragmented: blocks slide together while the program
 * runs, a few bytes per frame, so that what was freed in between becomes one piece again and memory goes
 * back. The program keeps handles, and asks for the address when it needs it:
 *
 *     Mesh *mesh = FA_HANDLE_PIN(ctx, heap, handle, Mesh);   // stays where it is until the unpin
 *     ...
 *     fa_handle_unpin(ctx, heap, handle);
 *
 *     fa_handle_heap_defragment(ctx, heap, 64 * 1024);       // once per frame: moves at most 64 KiB
 *
 * Blocks move only inside fa_handle_heap_defragment, and never while they are pinned. A heap made with
 * move_always moves everything unpinned whenever it can, so that an address kept without a pin is found at
 * once.
 *
 * A handle is an index and a generation of 32 bits. Freed, forged and mistyped handles, and those of another
 * heap, are refused (FA401); a slot whose generations are used up is never used again. A heap belongs to the
 * allocator: any thread may use it at any time, each through a context of its own. */
#ifndef FRAMEALLOC_HANDLE_H
#define FRAMEALLOC_HANDLE_H

#include "framealloc/tag.h"

FA_EXTERN_C_BEGIN

/// Names a block. All bits zero is null. Copied and compared freely; meaningful to its own heap only.
typedef struct fa_handle {
    uint64_t bits;
} fa_handle;

static inline bool fa_handle_is_null(fa_handle handle)
{
    return handle.bits == 0;
}
static inline bool fa_handle_equal(fa_handle a, fa_handle b)
{
    return a.bits == b.bits;
}

typedef struct fa_handle_heap fa_handle_heap;

/// Most handles live at once in one heap.
#define FA_HANDLE_MAX ((uint32_t)0xFFFFFE)

typedef struct fa_handle_heap_desc {
    uint32_t start_canary; ///< leave zero
    const char *name;      ///< copied (31 bytes at most). Default "handle heap"
    size_t max_bytes;      ///< address space for its blocks. Default 256 MiB
    bool move_always;      ///< for debugging: also move on every alloc, free and last unpin
    fa_tag tag;            ///< charged with its blocks. Default: the tag current at creation
    uint32_t end_canary;   ///< leave zero
} fa_handle_heap_desc;

/// Make a heap. @p desc may be NULL. On failure @p out is set to NULL.
/// @return OK; INVALID_ARGUMENT; INVALID_DESC with FA103; OUT_OF_MEMORY; WRONG_THREAD.
/// [owner-thread]
FA_API fa_result fai_handle_heap_create(fa_context *ctx, const fa_handle_heap_desc *desc,
                                        fa_handle_heap **out, const char *here);
/// fa_handle_heap_create(ctx, desc, out); written so that a compound literal with commas may stand for the
/// desc.
#define fa_handle_heap_create(ctx, ...) fai_handle_heap_create((ctx), __VA_ARGS__, FA_HERE)
/// Release the heap and every block in it, live or not. NULL is fine. No other thread may use it any more.
/// @return OK; BUSY with FA402: a block is pinned; INVALID_ARGUMENT with FA005: not a handle heap of this
/// allocator; WRONG_THREAD. [owner-thread]
FA_API fa_result fai_handle_heap_destroy(fa_context *ctx, fa_handle_heap *heap, const char *here);
#define fa_handle_heap_destroy(ctx, heap) fai_handle_heap_destroy((ctx), (heap), FA_HERE)

/// Take a block. Contents are undefined. @p type is the name of its type, a string that outlives the heap;
/// NULL: none.
/// @return Its handle, good until fa_handle_free; or null: INVALID_ARGUMENT with FA004 or FA005, FULL
/// (max_bytes, also when only defragmenting would make room; FA_HANDLE_MAX), OUT_OF_MEMORY, WRONG_THREAD.
/// Constant time, under the heap's lock. [owner-thread]
FA_API fa_handle fai_handle_alloc(fa_context *ctx, fa_handle_heap *heap, size_t size_bytes,
                                  size_t align_bytes, const char *type, const char *here);
#define fa_handle_alloc(ctx, heap, size_bytes, align_bytes) \
    fai_handle_alloc((ctx), (heap), (size_bytes), (align_bytes), NULL, FA_HERE)
/// One uninitialised T. [owner-thread]
#define FA_HANDLE_NEW(ctx, heap, T) fai_handle_alloc((ctx), (heap), sizeof(T), FA_ALIGNOF(T), #T, FA_HERE)

/// Free a block; its handle is stale from then on. A null handle is fine.
/// @return OK; STALE with FA401; BUSY with FA402: it is pinned; INVALID_ARGUMENT with FA005; WRONG_THREAD.
/// Then nothing was freed. [owner-thread]
FA_API fa_result fai_handle_free(fa_context *ctx, fa_handle_heap *heap, fa_handle handle, const char *here);
#define fa_handle_free(ctx, heap, handle) fai_handle_free((ctx), (heap), (handle), FA_HERE)

/// Pin a block and give its address, which stays the same until as many unpins as pins have come, from
/// whatever threads. @p type must be the one it was made with; NULL asks for no check.
/// @return NULL: STALE or WRONG_TYPE with FA401, INVALID_ARGUMENT with FA005, FULL (2^32 - 1 pins),
/// WRONG_THREAD. [owner-thread]
FA_API void *fai_handle_pin(fa_context *ctx, fa_handle_heap *heap, fa_handle handle, const char *type,
                            const char *here);
#define fa_handle_pin(ctx, heap, handle) fai_handle_pin((ctx), (heap), (handle), NULL, FA_HERE)
#define FA_HANDLE_PIN(ctx, heap, handle, T) ((T *)fai_handle_pin((ctx), (heap), (handle), #T, FA_HERE))
/// Take one pin back.
/// @return OK; UNBALANCED with FA402: it is not pinned; STALE with FA401; INVALID_ARGUMENT with FA005;
/// WRONG_THREAD. [owner-thread]
FA_API fa_result fai_handle_unpin(fa_context *ctx, fa_handle_heap *heap, fa_handle handle, const char *here);
#define fa_handle_unpin(ctx, heap, handle) fai_handle_unpin((ctx), (heap), (handle), FA_HERE)

/// The present address without a pin: good until the next fa_handle_heap_defragment of any thread, and with
/// move_always until the next call that may move. @return As fai_handle_pin. [owner-thread]
FA_API void *fai_handle_get(fa_context *ctx, fa_handle_heap *heap, fa_handle handle, const char *type,
                            const char *here);
#define fa_handle_get(ctx, heap, handle) fai_handle_get((ctx), (heap), (handle), NULL, FA_HERE)
#define FA_HANDLE_GET(ctx, heap, handle, T) ((T *)fai_handle_get((ctx), (heap), (handle), #T, FA_HERE))

/// Does the handle name a live block of this heap? Asking is no mistake, whatever the bits are.
/// [owner-thread]
FA_API bool fai_handle_is_live(fa_context *ctx, fa_handle_heap *heap, fa_handle handle, const char *here);
#define fa_handle_is_live(ctx, heap, handle) fai_handle_is_live((ctx), (heap), (handle), FA_HERE)
/// Size asked for of a live block; 0 for anything else. [owner-thread]
FA_API size_t fai_handle_size_bytes(fa_context *ctx, fa_handle_heap *heap, fa_handle handle,
                                    const char *here);
#define fa_handle_size_bytes(ctx, heap, handle) fai_handle_size_bytes((ctx), (heap), (handle), FA_HERE)

/// Move unpinned blocks together, at most @p max_moved_bytes of them in this call (FA_NO_LIMIT: until there
/// is nothing to gain), and give memory back. The last block goes into a hole below it where it fits; else
/// blocks slide down. A block larger than the budget stays. The lock is released after each block.
/// @return Bytes moved. [owner-thread]
FA_API size_t fai_handle_heap_defragment(fa_context *ctx, fa_handle_heap *heap, size_t max_moved_bytes,
                                         const char *here);
#define fa_handle_heap_defragment(ctx, heap, max_moved_bytes) \
    fai_handle_heap_defragment((ctx), (heap), (max_moved_bytes), FA_HERE)

typedef struct fa_handle_heap_stats {
    const char *name;            ///< borrowed until the heap is destroyed
    uint64_t handles;            ///< live
    uint64_t bytes;              ///< live, as asked for
    uint64_t peak_bytes;         ///< most bytes live at once
    uint64_t pinned;             ///< handles with at least one pin
    uint64_t span_bytes;         ///< from the first block's place to the end of the last
    uint64_t holes;              ///< free places in that span
    uint64_t hole_bytes;         ///< what defragmenting could gain, alignment aside
    uint64_t largest_hole_bytes; ///< the largest of them
    uint64_t committed_bytes;    ///< memory behind the heap
    uint64_t allocs;             ///< blocks ever taken
    uint64_t frees;              ///< blocks ever freed
    uint64_t moves;              ///< times a block was moved
    uint64_t moved_bytes;        ///< bytes of those
    uint64_t retired;            ///< slots whose generations are used up
    uint64_t refused;            ///< requests that gave null for want of room or memory
} fa_handle_heap_stats;

/// @return OK; INVALID_ARGUMENT with FA005; WRONG_THREAD. [owner-thread]
FA_API fa_result fai_handle_heap_stats_get(fa_context *ctx, fa_handle_heap *heap, fa_handle_heap_stats *out,
                                           const char *here);
#define fa_handle_heap_stats_get(ctx, heap, out) fai_handle_heap_stats_get((ctx), (heap), (out), FA_HERE)

FA_EXTERN_C_END

#endif
