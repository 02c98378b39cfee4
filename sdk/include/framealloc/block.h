/* block.h - what a pointer is, for people and debuggers.
 *
 * Any address may be asked about; nothing is read through it. */
#ifndef FRAMEALLOC_BLOCK_H
#define FRAMEALLOC_BLOCK_H

#include "framealloc/tag.h"

FA_EXTERN_C_BEGIN

/* X(name, text): how long a block lives */
#define FA_LIFETIME_TABLE(X)    \
    X(UNKNOWN, "unknown")       \
    X(FRAME, "frame")           \
    X(ARENA, "arena")           \
    X(POOL, "pool")             \
    X(TYPED_POOL, "typed pool") \
    X(HEAP, "heap")

typedef enum fa_lifetime {
#define FA_X(name, text) FA_LIFETIME_##name,
    FA_LIFETIME_TABLE(FA_X)
#undef FA_X
        FA_LIFETIME_COUNT
} fa_lifetime;

/// "frame", "pool" ... Never NULL. [any-thread]
FA_API const char *fa_lifetime_name(fa_lifetime lifetime);

/// What is known of the block that an address lies in. What is not known is NULL or 0.
typedef struct fa_block_info {
    fa_lifetime lifetime;
    bool live;             ///< handed out and not yet ended or freed
    const void *start;     ///< of the block; NULL: only the region is known
    size_t bytes;          ///< asked for
    const char *tag;       ///< charged with it; borrowed until the allocator is destroyed
    const char *here;      ///< where it was allocated
    const char *free_here; ///< where it was freed, while that is remembered
    const char *owner;     ///< context or arena it lies in; borrowed until that is detached or destroyed
    uint64_t frame;        ///< frame memory: the frame it is, or was, of
    uint64_t died_frame;   ///< ghost frames: the frame in which it ended; else 0
} fa_block_info;

/// Find the block that @p p points to or into. For pool and heap blocks everything is known in every build;
/// blocks of frames and arenas have sites and sizes while ghost frames are on, and frame and liveness for the
/// thread that owns the context.
/// @return OK; NOT_FOUND: not memory of this allocator; INVALID_ARGUMENT.
/// [any-thread]
FA_API fa_result fa_allocator_find(fa_allocator *allocator, const void *p, fa_block_info *out);

FA_EXTERN_C_END

#endif
