/* extent.h - reserved address space, committed from the front. The one mechanism under frames, arenas and
 * metadata.
 *
 *     base            committed_end                 end
 *      |--- memory --------|--- address space only ---|
 *
 * base never moves. committed_end goes up when the owner needs more and down when it gives pages back. `end`
 * is exact to the byte, so that a configured maximum is too; committed_end may lie up to a page behind it.
 *
 * Also here: the allocator's calls into its backing. They count, and nothing else in the core calls the
 * backing. */
#ifndef FAI_EXTENT_H
#define FAI_EXTENT_H

#include "framealloc/backing.h"

struct fa_allocator;

typedef struct fai_extent {
    uintptr_t base;
    uintptr_t committed_end;
    uintptr_t end;
    uintptr_t start;    /* cursor of an empty extent: base - 1, see framealloc/bump.h */
    uintptr_t limit;    /* last byte that is both committed and before end */
    uintptr_t soft_end; /* the limit lies before it, where it is not 0: see fai_extent_limit */
    size_t reserved_bytes;
} fai_extent;

/* Growth is by at least this much, and by half of what there is: few calls, little waste. */
#define FAI_GROW_MIN ((size_t)64 * 1024)

bool fai_extent_reserve(fai_extent *extent, struct fa_allocator *allocator, size_t max_bytes);
void fai_extent_release(fai_extent *extent, struct fa_allocator *allocator);
/* Memory up to @p end, a little more where that comes free. Precondition: end <= extent->end. False: refused,
 * unchanged. */
bool fai_extent_commit_to(fai_extent *extent, struct fa_allocator *allocator, uintptr_t end);
/* Give back what lies above keep_bytes. True when something went back. */
bool fai_extent_trim(fai_extent *extent, struct fa_allocator *allocator, size_t keep_bytes);
/* Commit the first bytes and make them resident. False: not all of it. */
bool fai_extent_prefault(fai_extent *extent, struct fa_allocator *allocator, size_t bytes);

/* See the first use of memory behind @p bytes: the limit lies there, and goes no higher when more is
 * committed. SIZE_MAX: no such wish. */
void fai_extent_limit(fai_extent *extent, size_t bytes);

static inline size_t fai_extent_committed(const fai_extent *extent)
{
    return extent->committed_end - extent->base;
}

static inline uintptr_t fai_round_up(uintptr_t value, size_t multiple_pow2)
{
    return (value + (multiple_pow2 - 1)) & ~(uintptr_t)(multiple_pow2 - 1);
}

/* ---- calls of the backing, counted --------------------------------------------------------------------- */

void *fai_backing_reserve(struct fa_allocator *allocator, size_t bytes, size_t align);
void fai_backing_release(struct fa_allocator *allocator, void *p, size_t bytes);
bool fai_backing_commit(struct fa_allocator *allocator, void *p, size_t bytes);
bool fai_backing_protect(struct fa_allocator *allocator, void *p, size_t bytes, bool accessible);
bool fai_backing_decommit(struct fa_allocator *allocator, void *p, size_t bytes);
bool fai_backing_advise(struct fa_allocator *allocator, void *p, size_t bytes, fa_advice advice);

#endif
