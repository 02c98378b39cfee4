/* extent.c - see extent.h. Growth asks for more than is needed first and for exactly what is needed second,
 * so that a tight system is not refused for the sake of a margin. */
#include "core/extent.h"

#include "core/allocator.h"
#include "core/diagnostic.h"
#include "debug/poison.h"

#define HUGE_PAGE_BYTES ((size_t)2 * 1024 * 1024)

/* ---- calls of the backing ------------------------------------------------------------------------------ */

static const fa_backing *called(fa_allocator *allocator)
{
    atomic_fetch_add_explicit(&allocator->backing_calls, 1, memory_order_relaxed);
    fai_steady_note(allocator, FAI_STEADY_BACKING, 1);
    return &allocator->desc.backing;
}

void *fai_backing_reserve(fa_allocator *allocator, size_t bytes, size_t align)
{
    const fa_backing *backing = called(allocator);
    void *p = backing->reserve(backing->user, bytes, align);
    if (p != NULL) {
        atomic_fetch_add_explicit(&allocator->reserved_bytes, bytes, memory_order_relaxed);
    }
    return p;
}

void fai_backing_release(fa_allocator *allocator, void *p, size_t bytes)
{
    const fa_backing *backing = called(allocator);
    atomic_fetch_sub_explicit(&allocator->reserved_bytes, bytes, memory_order_relaxed);
    backing->release(backing->user, p, bytes);
}

bool fai_backing_commit(fa_allocator *allocator, void *p, size_t bytes)
{
    const fa_backing *backing = called(allocator);
    if (!backing->commit(backing->user, p, bytes)) {
        return false;
    }
    atomic_fetch_add_explicit(&allocator->committed_bytes, bytes, memory_order_relaxed);
    return true;
}

bool fai_backing_decommit(fa_allocator *allocator, void *p, size_t bytes)
{
    const fa_backing *backing = called(allocator);
    if (!backing->decommit(backing->user, p, bytes)) {
        fai_log(allocator, FA_LOG_DECOMMIT_REFUSED, "%zu bytes at %p stay committed", bytes, p);
        return false;
    }
    atomic_fetch_sub_explicit(&allocator->committed_bytes, bytes, memory_order_relaxed);
    return true;
}

bool fai_backing_protect(fa_allocator *allocator, void *p, size_t bytes, bool accessible)
{
    if (allocator->desc.backing.protect == NULL) {
        return false;
    }
    const fa_backing *backing = called(allocator);
    return backing->protect(backing->user, p, bytes, accessible);
}

bool fai_backing_advise(fa_allocator *allocator, void *p, size_t bytes, fa_advice advice)
{
    if (allocator->desc.backing.advise == NULL) {
        return false;
    }
    const fa_backing *backing = called(allocator);
    return backing->advise(backing->user, p, bytes, advice);
}

static void set_committed_end(fai_extent *extent, uintptr_t end)
{
    extent->committed_end = end;
    end = end < extent->end ? end : extent->end;
    if (extent->soft_end != 0) {
        /* what was given back is used for the first time again */
        extent->soft_end =
            extent->soft_end < extent->committed_end ? extent->soft_end : extent->committed_end;
        end = end < extent->soft_end ? end : extent->soft_end;
    }
    extent->limit = end - 1;
}

/* ---- extent -------------------------------------------------------------------------------------------- */

bool fai_extent_reserve(fai_extent *extent, fa_allocator *allocator, size_t max_bytes)
{
    size_t bytes = fai_round_up(max_bytes, allocator->page_bytes);
    /* Aligned so that the largest alignment costs nothing at the front, and huge pages fit where they can
     * help. */
    size_t align = bytes >= HUGE_PAGE_BYTES ? HUGE_PAGE_BYTES : FA_ALIGN_MAX;
    void *p = fai_backing_reserve(allocator, bytes, align);
    if (p == NULL) {
        *extent = (fai_extent){0};
        return false;
    }
    extent->base = (uintptr_t)p;
    extent->start = extent->base - 1;
    extent->end = extent->base + max_bytes;
    extent->soft_end = 0;
    set_committed_end(extent, extent->base);
    extent->reserved_bytes = bytes;
    return true;
}

void fai_extent_limit(fai_extent *extent, size_t bytes)
{
    extent->soft_end = bytes <= extent->reserved_bytes ? extent->base + bytes : 0;
    set_committed_end(extent, extent->committed_end);
}

void fai_extent_release(fai_extent *extent, fa_allocator *allocator)
{
    if (extent->reserved_bytes == 0) {
        return;
    }
    size_t committed = fai_extent_committed(extent);
    fai_unpoison((void *)extent->base, committed);
    atomic_fetch_sub_explicit(&allocator->committed_bytes, committed, memory_order_relaxed);
    fai_backing_release(allocator, (void *)extent->base, extent->reserved_bytes);
    *extent = (fai_extent){0};
}

static bool commit_more(fai_extent *extent, fa_allocator *allocator, size_t bytes)
{
    void *p = (void *)extent->committed_end;
    if (!fai_backing_commit(allocator, p, bytes)) {
        return false;
    }
    fai_poison(p, bytes);
    set_committed_end(extent, extent->committed_end + bytes);
    return true;
}

bool fai_extent_commit_to(fai_extent *extent, fa_allocator *allocator, uintptr_t end)
{
    if (end <= extent->committed_end) {
        return true;
    }
    size_t needed = fai_round_up(end, allocator->page_bytes) - extent->committed_end;
    size_t wanted = fai_extent_committed(extent) / 2;
    wanted = fai_round_up(wanted < FAI_GROW_MIN ? FAI_GROW_MIN : wanted, allocator->page_bytes);
    size_t left = extent->reserved_bytes - fai_extent_committed(extent);
    wanted = wanted < needed ? needed : wanted > left ? left : wanted;
    return commit_more(extent, allocator, wanted) ||
           (wanted > needed && commit_more(extent, allocator, needed));
}

bool fai_extent_trim(fai_extent *extent, fa_allocator *allocator, size_t keep_bytes)
{
    size_t committed = fai_extent_committed(extent);
    if (keep_bytes >= committed) {
        return false;
    }
    size_t keep = fai_round_up(keep_bytes, allocator->page_bytes);
    if (keep >= committed) {
        return false;
    }
    void *p = (void *)(extent->base + keep);
    fai_unpoison(p, committed - keep);
    if (!fai_backing_decommit(allocator, p, committed - keep)) {
        fai_poison(p, committed - keep);
        return false;
    }
    set_committed_end(extent, extent->base + keep);
    return true;
}

bool fai_extent_prefault(fai_extent *extent, fa_allocator *allocator, size_t bytes)
{
    uintptr_t end = extent->base + bytes;
    size_t rounded = fai_round_up(bytes, allocator->page_bytes);
    if (bytes == 0) {
        return true;
    }
    if (end > extent->committed_end &&
        !commit_more(extent, allocator, extent->base + rounded - extent->committed_end)) {
        return false;
    }
    void *p = (void *)extent->base;
    if (rounded >= HUGE_PAGE_BYTES && !fai_backing_advise(allocator, p, rounded, FA_ADVICE_HUGE_PAGES)) {
        fai_log(allocator, FA_LOG_HUGE_PAGES_REFUSED, "for %zu bytes", rounded);
    }
    if (!fai_backing_advise(allocator, p, rounded, FA_ADVICE_PREFAULT)) {
        fai_unpoison(p, rounded);
        for (size_t at = 0; at < rounded; at += allocator->page_bytes) {
            *(volatile char *)((char *)p + at) = 0;
        }
        fai_poison(p, rounded);
    }
    return true;
}
