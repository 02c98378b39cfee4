/* bump.h - the one compare: the inlined fast path that frames and arenas share.
 *
 *     p = align_up(cursor, align);  if (p + size > limit) -> out of line;  cursor = p + size
 *
 * No counter, no atomic, no mode, no thread-local: whatever else wants to see an allocation lowers `limit`,
 * so that the same compare fails and the out-of-line path decides. Cursors are addresses, or 1 while nothing
 * is open, so far below 2^56 and never 0: no sum can wrap, and a result is never NULL.
 *
 * Two shapes of the same computation, chosen by the compiler. Where size and alignment are constants, a
 * cursor that is aligned already is taken as it is: the chain from one allocation to the next is then one
 * addition (measured 0.4 ns), where rounding up makes it three operations (0.9 ns); a cursor that is not
 * aligned takes the out-of-line path, which rounds up. Where they are known only at run time, a branch on the
 * cursor's alignment would be mispredicted, so the cursor is rounded up without one. */
#ifndef FRAMEALLOC_BUMP_H
#define FRAMEALLOC_BUMP_H

#include "framealloc/base.h"

#if defined(__GNUC__)
/* Keeps the load of the cursor a load: folded into an addition it would defeat store forwarding on some
 * processors (clang, 3 ns). */
#define FAI_KEEP_IN_REGISTER(x) __asm__("" : "+r"(x))
#define FAI_IS_CONSTANT(x) __builtin_constant_p(x)
#define FAI_NEVER(condition)         \
    do {                             \
        if (condition) {             \
            __builtin_unreachable(); \
        }                            \
    } while (0)
#else
#define FAI_KEEP_IN_REGISTER(x) ((void)(x))
#define FAI_IS_CONSTANT(x) 0
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
        /* Bits below the alignment, moved to the top, make the sum larger than any limit: still one compare.
         */
        uintptr_t end = p + size_bytes;
        uintptr_t misaligned = align_bytes > 1 ? p << (64 - __builtin_ctzll(align_bytes)) : 0;
        if (FA_LIKELY((end | misaligned) <= *limit)) {
            *cursor = end;
            FAI_NEVER(p == 0);
            return (void *)p;
        }
        return NULL;
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
