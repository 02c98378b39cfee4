/* bump.h - the one compare: the inlined fast path that frames and arenas share.
 *
 *     p = align_up(next free byte, align);  if (p + size > limit) -> out of line;  next free byte = p + size
 *
 * No counter, no atomic, no mode, no thread-local: whatever else wants to see an allocation lowers `limit`,
 * so that the same compare fails and the out-of-line path decides.
 *
 * The cursor is kept as the address of the last used byte, because then rounding up is one operation instead
 * of two: align_up(c) - 1 == (c - 1) | (align - 1). The chain from one allocation to the next is an OR and an
 * addition. Differences of cursors, and so all figures, are the same either way. Cursors are addresses, or 1
 * while nothing is open, so far below 2^56: no sum can wrap, and a result is never NULL. */
#ifndef FRAMEALLOC_BUMP_H
#define FRAMEALLOC_BUMP_H

#include "framealloc/base.h"

#if defined(__GNUC__)
/* Keeps the load of the cursor a load: folded into the OR it would not be forwarded from the store before it
 * (clang: 2.8 ns instead of 0.9). */
#define FAI_KEEP_IN_REGISTER(x) __asm__("" : "+r"(x))
#define FAI_NEVER(condition)         \
    do {                             \
        if (condition) {             \
            __builtin_unreachable(); \
        }                            \
    } while (0)
#else
#define FAI_KEEP_IN_REGISTER(x) ((void)(x))
#define FAI_NEVER(condition) ((void)0)
#endif

/* The block, or NULL: the out-of-line path decides. The tests of size and alignment fold for constants. */
static inline void *fai_bump(uintptr_t *cursor, const uintptr_t *limit, size_t size_bytes, size_t align_bytes)
{
    uintptr_t last = *cursor;
    FAI_KEEP_IN_REGISTER(last);
    last |= align_bytes - 1;
    uintptr_t end = last + size_bytes;
    if (FA_LIKELY(end <= *limit && size_bytes <= FA_REQUEST_MAX && align_bytes - 1 < FA_ALIGN_MAX &&
                  !(align_bytes & (align_bytes - 1)))) {
        *cursor = end;
        FAI_NEVER(last + 1 == 0);
        return (void *)(last + 1);
    }
    return NULL;
}

#endif
