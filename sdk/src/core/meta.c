/* meta.c - see meta.h. Powers of two with a free list each: constant time, and a hole is always found again.
 */
#include "core/meta.h"

#include <string.h>

#include "core/allocator.h"
#include "debug/poison.h"

#define SMALLEST_SHIFT 6u

static uint32_t bin_of(size_t bytes)
{
    uint32_t bin = 0;
    while (bin < FAI_META_BINS && ((size_t)1 << (bin + SMALLEST_SHIFT)) < bytes) {
        bin++;
    }
    return bin;
}

static void *take(fa_allocator *allocator, uint32_t bin)
{
    fai_meta *meta = &allocator->meta;
    size_t bytes = (size_t)1 << (bin + SMALLEST_SHIFT);
    void *p = meta->bins[bin];
    if (p != NULL) {
        memcpy(&meta->bins[bin], p, sizeof(void *));
        return p;
    }
    if (bytes > meta->extent.end - meta->cursor) {
        return NULL;
    }
    if (!fai_extent_commit_to(&meta->extent, allocator, meta->cursor + bytes)) {
        return NULL;
    }
    p = (void *)meta->cursor;
    meta->cursor += bytes;
    fai_unpoison(p, bytes);
    return p;
}

void *fai_meta_alloc_raw(fa_allocator *allocator, size_t bytes)
{
    fai_meta *meta = &allocator->meta;
    uint32_t bin = bin_of(bytes);
    if (bin >= FAI_META_BINS) {
        return NULL;
    }
    fai_mutex_lock(&meta->lock);
    void *p = take(allocator, bin);
    if (p != NULL) {
        meta->used_bytes += (size_t)1 << (bin + SMALLEST_SHIFT);
        meta->requested_bytes += bytes;
    }
    fai_mutex_unlock(&meta->lock);
    return p;
}

void *fai_meta_alloc(fa_allocator *allocator, size_t bytes)
{
    void *p = fai_meta_alloc_raw(allocator, bytes);
    if (p != NULL) {
        memset(p, 0, bytes);
    }
    return p;
}

void fai_meta_free(fa_allocator *allocator, void *p, size_t bytes)
{
    if (p == NULL) {
        return;
    }
    fai_meta *meta = &allocator->meta;
    uint32_t bin = bin_of(bytes);
    fai_mutex_lock(&meta->lock);
    memcpy(p, &meta->bins[bin], sizeof(void *));
    meta->bins[bin] = p;
    meta->used_bytes -= (size_t)1 << (bin + SMALLEST_SHIFT);
    meta->requested_bytes -= bytes;
    fai_mutex_unlock(&meta->lock);
}

void *fai_meta_grow(fa_allocator *allocator, void *p, size_t old_bytes, size_t new_bytes)
{
    if (p != NULL && bin_of(old_bytes) == bin_of(new_bytes)) {
        memset((char *)p + old_bytes, 0, new_bytes - old_bytes);
        fai_mutex_lock(&allocator->meta.lock);
        allocator->meta.requested_bytes += new_bytes - old_bytes;
        fai_mutex_unlock(&allocator->meta.lock);
        return p;
    }
    void *larger = fai_meta_alloc(allocator, new_bytes);
    if (larger != NULL && p != NULL) {
        memcpy(larger, p, old_bytes);
        fai_meta_free(allocator, p, old_bytes);
    }
    return larger;
}
