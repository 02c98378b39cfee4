/* bump.h - the one compare: the inlined fast path that frames and arenas share.
 *
 *     p = align_up(cursor, align);  if (p + size > limit) -> out of line;  cursor = p + size
 *
 * No counter, no atomic, no mode, no thread-local: whatever else wants to see an allocation lowers `limit`,
 * so that the same compare fails and the out-of-line path decides. Cursors are addresses, or 1 while nothing
 * is open, so far below 2^56: no sum can wrap, and a result is never NULL.
 *
 * Rounding up costs more than the rest: add, mask and add make a chain of three cycles from one allocation to
 * the next. So where size and alignment are constants, a cursor that is aligned already is taken as it is,
 * and the chain is one addition; its low bits, moved to the top of the compared sum, make that one compare
 * fail when it is not aligned. Where size or alignment is known only at run time such a branch would be
 * mispredicted, and the cursor is rounded up at once. */
#ifndef FRAMEALLOC_BUMP_H
#define FRAMEALLOC_BUMP_H

#include "framealloc/base.h"

#if defined(__GNUC__)
/* Keeps the load of the cursor a load: folded into the addition it would not be forwarded from the store
 * before it (clang: 2.8 ns instead of 0.9). */
#define FAI_KEEP_IN_REGISTER(x) __asm__("" : "+r"(x))
#define FAI_IS_CONSTANT(x) __builtin_constant_p(x)
#define FAI_TRAILING_ZEROS(x) ((unsigned)__builtin_ctzll(x))
#define FAI_NEVER(condition)         \
    do {                             \
        if (condition) {             \
            __builtin_unreachable(); \
        }                            \
    } while (0)
#else
#define FAI_KEEP_IN_REGISTER(x) ((void)(x))
#define FAI_IS_CONSTANT(x) 0
#define FAI_TRAILING_ZEROS(x) 0u
#define FAI_NEVER(condition) ((void)0)
#endif

static inline bool fai_bump_valid(size_t size_bytes, size_t align_bytes)
{
    return size_bytes <= FA_REQUEST_MAX && align_bytes - 1 < FA_ALIGN_MAX &&
           !(align_bytes & (align_bytes - 1));
}

/* The block, or NULL: the out-of-line path decides. The tests of size and alignment fold for constants. */
static inline void *fai_bump(uintptr_t *cursor, const uintptr_t *limit, size_t size_bytes, size_t align_bytes)
{
    uintptr_t p = *cursor;
    if (FAI_IS_CONSTANT(size_bytes) && FAI_IS_CONSTANT(align_bytes) &&
        fai_bump_valid(size_bytes, align_bytes)) {
        uintptr_t unaligned = align_bytes > 1 ? p << (64 - FAI_TRAILING_ZEROS(align_bytes)) : 0;
        if (FA_LIKELY(((p + size_bytes) | unaligned) <= *limit)) {
            *cursor = p + size_bytes;
            FAI_NEVER(p == 0);
            return (void *)p;
        }
    }
    FAI_KEEP_IN_REGISTER(p);
    p = (p + (align_bytes - 1)) & ~(uintptr_t)(align_bytes - 1);
    if (FA_LIKELY(p + size_bytes <= *limit && fai_bump_valid(size_bytes, align_bytes))) {
        *cursor = p + size_bytes;
        FAI_NEVER(p == 0);
        return (void *)p;
    }
    return NULL;
}

#endif
