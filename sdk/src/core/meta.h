/* meta.h - memory for the SDK's own records, out of line of user memory.
 *
 * One extent per allocator; blocks are powers of two from 64 bytes, reused from a free list per size and
 * never given back before the allocator ends. Metadata is bounded by the peak of what it describes.
 * Thread-safe. */
#ifndef FAI_META_H
#define FAI_META_H

#include "core/extent.h"
#include "platform/platform.h"

#define FAI_META_BINS 34 /* 64 bytes << bin */

typedef struct fai_meta {
    fai_mutex lock;
    fai_extent extent;
    uintptr_t cursor;
    void *bins[FAI_META_BINS];
    size_t used_bytes;      /* in blocks that are out */
    size_t requested_bytes; /* of them, as asked for */
} fai_meta;

/* A growing array of metadata. */
typedef struct fai_list {
    void *items;
    uint32_t count;
    uint32_t capacity;
} fai_list;

/* Zeroed memory aligned to 64 bytes, or NULL. */
void *fai_meta_alloc(struct fa_allocator *allocator, size_t bytes);
/* The same, contents undefined. */
void *fai_meta_alloc_raw(struct fa_allocator *allocator, size_t bytes);
/* @p bytes as it was allocated with. NULL is fine. */
void fai_meta_free(struct fa_allocator *allocator, void *p, size_t bytes);
/* A larger array with the old contents, the rest zero; frees the old one. NULL: refused, the old one is as it
 * was. */
void *fai_meta_grow(struct fa_allocator *allocator, void *p, size_t old_bytes, size_t new_bytes);

#endif
