/* group.h - memory that is freed together, by one call.
 *
 * A level's objects, everything a screen or a connection allocated: take the blocks from a group, forget
 * about them, and free all of them at once. Single blocks may be freed earlier. Blocks are checked like pool
 * objects, keep the tag that was current when they were taken, and are named as leaks by their call sites
 * when the group is never freed.
 *
 * A group belongs to the allocator, not to a context: any thread may use it at any time, each through a
 * context of its own. An arena (arena.h) is faster where one thread does all the work. */
#ifndef FRAMEALLOC_GROUP_H
#define FRAMEALLOC_GROUP_H

#include "framealloc/tag.h"

FA_EXTERN_C_BEGIN

typedef struct fa_group fa_group;

typedef struct fa_group_desc {
    uint32_t start_canary; ///< leave zero
    const char *name;      ///< copied (31 bytes at most). Default "group"
    size_t max_bytes;      ///< most bytes live at once, as asked for. Default FA_NO_LIMIT
    fa_tag tag;            ///< charged with all its blocks. Default: the tag current at each allocation
    uint32_t end_canary;   ///< leave zero
} fa_group_desc;

/// Make a group. @p desc may be NULL. On failure @p out is set to NULL.
/// @return OK; INVALID_ARGUMENT; INVALID_DESC with FA103; OUT_OF_MEMORY; WRONG_THREAD.
/// [owner-thread]
FA_API fa_result fai_group_create(fa_context *ctx, const fa_group_desc *desc, fa_group **out,
                                  const char *here);
/// fa_group_create(ctx, desc, out); written so that a compound literal with commas may stand for the desc.
#define fa_group_create(ctx, ...) fai_group_create((ctx), __VA_ARGS__, FA_HERE)
/// Free all its blocks and the group. NULL is fine. No other thread may use the group any more.
/// @return OK; INVALID_ARGUMENT with FA005: not a group of this allocator; WRONG_THREAD.
/// [owner-thread]
FA_API fa_result fai_group_destroy(fa_context *ctx, fa_group *group, const char *here);
#define fa_group_destroy(ctx, group) fai_group_destroy((ctx), (group), FA_HERE)

/// Take a block. Contents are undefined. Zero bytes give a unique block.
/// @return Memory until the block or the group is freed, or NULL: INVALID_ARGUMENT with FA004 or FA005, FULL
/// (max_bytes, object_max_bytes), OUT_OF_MEMORY, WRONG_THREAD. Constant time, under the group's lock.
/// [owner-thread]
FA_ALLOC_SIZE(3)
FA_API void *fai_group_alloc(fa_context *ctx, fa_group *group, size_t size_bytes, size_t align_bytes,
                             const char *here);
#define fa_group_alloc(ctx, group, size_bytes, align_bytes) \
    fai_group_alloc((ctx), (group), (size_bytes), (align_bytes), FA_HERE)
FA_ALLOC_SIZE(3)
FA_API void *fai_group_alloc_zeroed(fa_context *ctx, fa_group *group, size_t size_bytes, size_t align_bytes,
                                    const char *here);
#define fa_group_alloc_zeroed(ctx, group, size_bytes, align_bytes) \
    fai_group_alloc_zeroed((ctx), (group), (size_bytes), (align_bytes), FA_HERE)
/// One uninitialised T. [owner-thread]
#define FA_GROUP_NEW(ctx, group, T) ((T *)fai_group_alloc((ctx), (group), sizeof(T), FA_ALIGNOF(T), FA_HERE))

/// Free one block before the others. NULL is fine.
/// @return OK; with FA607 and nothing changed: DOUBLE_FREE, FOREIGN_POINTER, WRONG_FAMILY, also for a block
/// of another group; INVALID_ARGUMENT with FA005; WRONG_THREAD. [owner-thread]
FA_API fa_result fai_group_free(fa_context *ctx, fa_group *group, void *p, const char *here);
#define fa_group_free(ctx, group, p) fai_group_free((ctx), (group), (p), FA_HERE)
/// Free all its blocks; the group stays. What other threads allocate meanwhile comes before or after.
/// @return OK; INVALID_ARGUMENT with FA005; WRONG_THREAD. Linear in the number of blocks; needs no memory.
/// [owner-thread]
FA_API fa_result fai_group_free_all(fa_context *ctx, fa_group *group, const char *here);
#define fa_group_free_all(ctx, group) fai_group_free_all((ctx), (group), FA_HERE)

typedef struct fa_group_stats {
    const char *name;    ///< borrowed until the group is destroyed
    uint64_t blocks;     ///< live
    uint64_t bytes;      ///< live, as asked for
    uint64_t peak_bytes; ///< most bytes live at once
    uint64_t allocs;     ///< blocks ever taken
    uint64_t frees;      ///< blocks ever freed, together or one by one
    uint64_t refused;    ///< requests that gave NULL for want of room or memory
} fa_group_stats;

/// @return OK; INVALID_ARGUMENT with FA005; WRONG_THREAD. [owner-thread]
FA_API fa_result fai_group_stats_get(fa_context *ctx, fa_group *group, fa_group_stats *out, const char *here);
#define fa_group_stats_get(ctx, group, out) fai_group_stats_get((ctx), (group), (out), FA_HERE)

FA_EXTERN_C_END

#endif
