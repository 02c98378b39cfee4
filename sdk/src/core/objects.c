/* objects.c - the object range of an allocator: reserving it and letting it go. */
#include "core/allocator.h"
#include "core/harden.h"
#include "core/object.h"
#include "debug/poison.h"

bool fai_objects_create(fa_allocator *allocator, size_t max_bytes)
{
    fai_objects *objects = &allocator->objects;
    uint32_t page_count = (uint32_t)(max_bytes >> FAI_PAGE_SHIFT);
    if (!fai_extent_reserve(&objects->descs, allocator, page_count * sizeof(fai_page))) {
        return false;
    }
    void *range = fai_backing_reserve(allocator, (size_t)page_count << FAI_PAGE_SHIFT, FAI_PAGE_BYTES);
    if (range == NULL ||
        !fai_extent_commit_to(&objects->descs, allocator, objects->descs.base + sizeof(fai_page))) {
        if (range != NULL) {
            fai_backing_release(allocator, range, (size_t)page_count << FAI_PAGE_SHIFT);
        }
        fai_extent_release(&objects->descs, allocator);
        return false;
    }
    fai_unpoison((void *)objects->descs.base, fai_extent_committed(&objects->descs));
    objects->base = (uintptr_t)range;
    objects->bytes = (size_t)page_count << FAI_PAGE_SHIFT;
    objects->pages = (fai_page *)objects->descs.base;
    objects->page_count = page_count;
    objects->keep_pages = FAI_KEEP_FREE_PAGES;
    objects->key = fai_harden_key(allocator);
    atomic_store(&objects->frontier, 1); /* page 0 means "none" in every list */
    fai_mutex_init(&objects->lock);
    fai_mutex_init(&objects->heap_lock);
    for (uint32_t i = 0; i < FAI_CLASS_COUNT; i++) {
        fai_class_init(&objects->heap[i], fai_class_bytes(i), FAI_FAMILY_HEAP, &objects->heap_owner);
    }
    return true;
}

void fai_objects_destroy(fa_allocator *allocator)
{
    fai_objects *objects = &allocator->objects;
    if (objects->base == 0) {
        return;
    }
    for (uint32_t page = 1; page < atomic_load(&objects->frontier); page++) {
        if (objects->pages[page].committed) {
            fai_unpoison((void *)fai_page_address(objects, &objects->pages[page]), FAI_PAGE_BYTES);
            atomic_fetch_sub_explicit(&allocator->committed_bytes, FAI_PAGE_BYTES, memory_order_relaxed);
        }
    }
    fai_mutex_destroy(&objects->lock);
    fai_mutex_destroy(&objects->heap_lock);
    fai_backing_release(allocator, (void *)objects->base, objects->bytes);
    fai_extent_release(&objects->descs, allocator);
    objects->base = 0;
}
