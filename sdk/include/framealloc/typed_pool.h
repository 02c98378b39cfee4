/* typed_pool.h - a pool of one type: the fastest way to take and free one object.
 *
 * Size and alignment are fixed when the pool is made, all objects are charged to the pool's tag, and the last
 * object freed is handed out next by an inlined compare of one word. The checks are those of pool.h, in every
 * build.
 *
 * The hot slot: `slot` is the address of one object, and `slot_free_here` says where it was freed, or NULL
 * while it is out. Allocation takes it when it is free, and a free gives it back when it names exactly that
 * object and it is out; everything else is decided out of line. So the inlined path can never hand out an
 * object twice, nor take back one that is not out. */
#ifndef FRAMEALLOC_TYPED_POOL_H
#define FRAMEALLOC_TYPED_POOL_H

#include "framealloc/tag.h"

FA_EXTERN_C_BEGIN

/// Public head: what the inlined paths read. Never write these fields.
typedef struct fa_typed_pool {
    uintptr_t slot;
    const char *slot_alloc_here;
    const char *slot_free_here;
} fa_typed_pool;

typedef struct fa_typed_pool_desc {
    uint32_t start_canary; ///< leave zero
    const char *name;      ///< copied (31 bytes at most). Default "typed pool"
    size_t object_bytes;   ///< 1 to FA_POOL_CLASS_MAX
    size_t object_align;   ///< a power of two up to FA_ALIGN_MAX. Default FA_ALIGN_DEFAULT
    size_t max_objects;    ///< most objects live at once. Default FA_NO_LIMIT
    fa_tag tag;            ///< charged with its objects. Default: the tag current at creation
    uint32_t end_canary;   ///< leave zero
} fa_typed_pool_desc;

/// @return OK; INVALID_ARGUMENT; INVALID_DESC with FA103; OUT_OF_MEMORY; WRONG_THREAD. On failure @p out is
/// NULL. [owner-thread]
FA_API fa_result fai_typed_pool_create(fa_context *ctx, const fa_typed_pool_desc *desc, fa_typed_pool **out,
                                       const char *here);
/// fa_typed_pool_create(ctx, desc, out); written so that a compound literal with commas may stand for the
/// desc.
#define fa_typed_pool_create(ctx, ...) fai_typed_pool_create((ctx), __VA_ARGS__, FA_HERE)
/// A pool of T under the tag that is current.
#define FA_TYPED_POOL_CREATE(ctx, T, out) \
    fai_typed_pool_create_for((ctx), #T, sizeof(T), FA_ALIGNOF(T), (out), FA_HERE)
FA_API fa_result fai_typed_pool_create_for(fa_context *ctx, const char *name, size_t object_bytes,
                                           size_t object_align, fa_typed_pool **out, const char *here);
/// Release the pool and every object in it, live or not. NULL is fine. @return OK; WRONG_THREAD.
/// [owner-thread]
FA_API fa_result fai_typed_pool_destroy(fa_typed_pool *pool, const char *here);
#define fa_typed_pool_destroy(pool) fai_typed_pool_destroy((pool), FA_HERE)
/// Free every object at once. Pages stay for the next. @return OK; WRONG_THREAD. [owner-thread]
FA_API fa_result fai_typed_pool_reset(fa_typed_pool *pool, const char *here);
#define fa_typed_pool_reset(pool) fai_typed_pool_reset((pool), FA_HERE)

FA_RETURNS_POOL FA_API void *fai_typed_pool_alloc_slow(fa_typed_pool *pool, const char *here);
FA_FREES_POOL FA_API fa_result fai_typed_pool_free_slow(fa_typed_pool *pool, void *p, const char *here);

FA_FREES_POOL static inline fa_result fai_typed_pool_free(fa_typed_pool *pool, void *p, const char *here)
{
    if (FA_LIKELY(pool->slot == (uintptr_t)p && pool->slot_free_here == NULL)) {
        pool->slot_free_here = here;
        return FA_RESULT_OK;
    }
    return fai_typed_pool_free_slow(pool, p, here);
}
FA_RETURNS_POOL static inline void *fai_typed_pool_alloc(fa_typed_pool *pool, const char *here)
{
    if (FA_LIKELY(pool->slot_free_here != NULL)) {
        pool->slot_free_here = NULL;
        pool->slot_alloc_here = here;
        return (void *)pool->slot;
    }
    return fai_typed_pool_alloc_slow(pool, here);
}

/// Take an object. Contents are undefined. @return NULL: FULL (max_objects, object_max_bytes), OUT_OF_MEMORY,
/// WRONG_THREAD. Constant time. [owner-thread]
#define fa_typed_pool_alloc(pool) fai_typed_pool_alloc((pool), FA_HERE)
#define FA_TYPED_POOL_NEW(pool, T) ((T *)fai_typed_pool_alloc((pool), FA_HERE))
/// Free an object of this pool. NULL is fine. @return As fa_pool_free; WRONG_FAMILY also for an object of
/// another typed pool. [owner-thread]
#define fa_typed_pool_free(pool, p) fai_typed_pool_free((pool), (p), FA_HERE)

/// Objects live now. [owner-thread]
FA_API size_t fa_typed_pool_live_count(const fa_typed_pool *pool);

FA_EXTERN_C_END

#endif
