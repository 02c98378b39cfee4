/* vector.h - a growing array in frame memory.
 *
 * While it is the last block of its frame it grows in place; otherwise it moves and the old place is lost
 * until the frame ends. It dies with its frame and needs no destroy.
 *
 *     fa_vector hits = FA_VECTOR(ctx, Hit);
 *     *FA_VECTOR_PUSH(&hits, Hit) = (Hit){ ... };
 *     for (size_t i = 0; i < hits.count; i++) { use(FA_VECTOR_AT(&hits, Hit, i)); }
 */
#ifndef FRAMEALLOC_VECTOR_H
#define FRAMEALLOC_VECTOR_H

#include "framealloc/frame.h"

FA_EXTERN_C_BEGIN

/// Reading the fields is fine; only the functions write them.
typedef struct fa_vector {
    fa_context *ctx;
    void *items;     ///< borrowed until the next push, and until the frame ends
    size_t count;    ///< items in use
    size_t capacity; ///< items there is room for
    size_t item_bytes;
    size_t item_align;
    uint64_t frame; ///< the frame it lives in; 0 until the first item
} fa_vector;

/// An empty vector; takes no memory until the first push. [owner-thread]
static inline fa_vector fa_vector_make(fa_context *ctx, size_t item_bytes, size_t item_align)
{
    fa_vector v;
    v.ctx = ctx;
    v.items = NULL;
    v.count = v.capacity = 0;
    v.item_bytes = item_bytes;
    v.item_align = item_align;
    v.frame = 0;
    return v;
}
#define FA_VECTOR(ctx, T) fa_vector_make((ctx), sizeof(T), FA_ALIGNOF(T))

/// Room for @p capacity items in all.
/// @return OK; FULL, OUT_OF_MEMORY: the vector is as it was; NO_FRAME with FA001; STALE with FA606: the
/// vector's frame has ended. [owner-thread]
FA_API fa_result fai_vector_reserve(fa_vector *vector, size_t capacity, const char *here);
#define fa_vector_reserve(vector, capacity) fai_vector_reserve((vector), (capacity), FA_HERE)

/// A new last item, undefined contents; NULL as fa_vector_reserve. Amortised constant time.
/// [owner-thread]
FA_RETURNS_FRAME FA_API void *fai_vector_push(fa_vector *vector, const char *here);
#define fa_vector_push(vector) fai_vector_push((vector), FA_HERE)
#define FA_VECTOR_PUSH(vector, T) ((T *)fai_vector_push((vector), FA_HERE))

/// Remove the last item. @return False: it was empty. [owner-thread]
static inline bool fa_vector_pop(fa_vector *vector)
{
    if (vector->count == 0) {
        return false;
    }
    vector->count--;
    return true;
}
/// The item at @p index, or NULL when there is none. [owner-thread]
static inline void *fa_vector_at(const fa_vector *vector, size_t index)
{
    return index < vector->count ? (char *)vector->items + index * vector->item_bytes : NULL;
}
#define FA_VECTOR_AT(vector, T, index) ((T *)fa_vector_at((vector), (index)))
/// The items as an array of T. [owner-thread]
#define FA_VECTOR_ITEMS(vector, T) ((T *)(vector)->items)

FA_EXTERN_C_END

#endif
