/* span.c - runs of pages: who gets which part of the object range.
 *
 * Free runs carry their length at both ends, so that a run finds its neighbours in constant time, and hang in
 * bins by the logarithm of their length. A search looks at its own bin's runs and then takes the first of any
 * higher bin. Pages that were never used come last, so that the range stays dense. All under objects.lock;
 * single pages, the common case, come from bin 0. */
#include <string.h>

#include "core/allocator.h"
#include "debug/poison.h"

static void set_kind(fai_page *page, fai_page_kind kind)
{
    atomic_store_explicit(&page->kind, (uint8_t)kind, memory_order_relaxed);
}

/* ---- bins ---------------------------------------------------------------------------------------------- */

static uint32_t bin_of(uint32_t page_count)
{
    uint32_t bin = 0;
    while (page_count > 1) {
        page_count >>= 1;
        bin++;
    }
    return bin;
}

static void insert_run(fai_objects *objects, uint32_t page, uint32_t page_count)
{
    fai_page *head = &objects->pages[page];
    fai_page *tail = head + page_count - 1;
    set_kind(head, FAI_PAGE_FREE);
    set_kind(tail, FAI_PAGE_FREE);
    head->span_pages = tail->span_pages = page_count;
    uint32_t bin = bin_of(page_count);
    head->prev = 0;
    head->next = objects->bins[bin];
    if (head->next != 0) {
        objects->pages[head->next].prev = page;
    }
    objects->bins[bin] = page;
}

static void remove_run(fai_objects *objects, uint32_t page)
{
    fai_page *head = &objects->pages[page];
    if (head->prev != 0) {
        objects->pages[head->prev].next = head->next;
    } else {
        objects->bins[bin_of(head->span_pages)] = head->next;
    }
    if (head->next != 0) {
        objects->pages[head->next].prev = head->prev;
    }
}

static uint32_t find_run(const fai_objects *objects, uint32_t page_count)
{
    uint32_t bin = bin_of(page_count);
    for (uint32_t page = objects->bins[bin]; page != 0; page = objects->pages[page].next) {
        if (objects->pages[page].span_pages >= page_count) {
            return page;
        }
    }
    for (bin++; bin < FAI_RUN_BINS; bin++) {
        if (objects->bins[bin] != 0) {
            return objects->bins[bin];
        }
    }
    return 0;
}

/* ---- pages --------------------------------------------------------------------------------------------- */

/* Give memory to all pages of a span. On failure the pages that got some keep it and count as kept. */
static bool commit_span(fa_allocator *allocator, uint32_t page, uint32_t page_count)
{
    fai_objects *objects = &allocator->objects;
    for (uint32_t i = 0; i < page_count;) {
        uint32_t end = i;
        while (end < page_count && !objects->pages[page + end].committed) {
            end++;
        }
        if (end > i) {
            void *p = (void *)(objects->base + ((uintptr_t)(page + i) << FAI_PAGE_SHIFT));
            if (!fai_backing_commit(allocator, p, (size_t)(end - i) << FAI_PAGE_SHIFT)) {
                return false;
            }
            fai_poison(p, (size_t)(end - i) << FAI_PAGE_SHIFT);
            objects->kept_pages += end - i;
            for (; i < end; i++) {
                objects->pages[page + i].committed = true;
            }
        }
        i = end + 1;
    }
    return true;
}

/* Pages that were never used, at the frontier. */
static uint32_t take_frontier(fa_allocator *allocator, uint32_t page_count, fa_result *why)
{
    fai_objects *objects = &allocator->objects;
    if (page_count > objects->page_count - objects->frontier) {
        *why = FA_RESULT_FULL;
        return 0;
    }
    uintptr_t descs_end = (uintptr_t)(objects->pages + objects->frontier + page_count);
    uintptr_t before = objects->descs.committed_end;
    if (!fai_extent_commit_to(&objects->descs, allocator, descs_end)) {
        *why = FA_RESULT_OUT_OF_MEMORY;
        return 0;
    }
    fai_unpoison((void *)before, objects->descs.committed_end - before);
    uint32_t page = objects->frontier;
    atomic_store_explicit(&objects->frontier, page + page_count, memory_order_release);
    return page;
}

static uint32_t take_pages(fa_allocator *allocator, uint32_t page_count, fa_result *why)
{
    fai_objects *objects = &allocator->objects;
    uint32_t page = find_run(objects, page_count);
    if (page == 0) {
        return take_frontier(allocator, page_count, why);
    }
    uint32_t length = objects->pages[page].span_pages;
    remove_run(objects, page);
    if (length > page_count) {
        insert_run(objects, page + page_count, length - page_count);
    }
    return page;
}

/* Put pages back among the free runs, merged with their neighbours. */
static void give_pages(fai_objects *objects, uint32_t page, uint32_t page_count)
{
    for (uint32_t i = 0; i < page_count; i++) {
        set_kind(&objects->pages[page + i], FAI_PAGE_FREE);
    }
    uint32_t after = page + page_count;
    if (after < objects->frontier && fai_page_kind_of(&objects->pages[after]) == FAI_PAGE_FREE) {
        page_count += objects->pages[after].span_pages;
        remove_run(objects, after);
    }
    if (page > 1 && fai_page_kind_of(&objects->pages[page - 1]) == FAI_PAGE_FREE) {
        uint32_t before = objects->pages[page - 1].span_pages;
        remove_run(objects, page - before);
        page -= before;
        page_count += before;
    }
    insert_run(objects, page, page_count);
}

static void decommit_span(fa_allocator *allocator, uint32_t page, uint32_t page_count)
{
    fai_objects *objects = &allocator->objects;
    void *p = (void *)(objects->base + ((uintptr_t)page << FAI_PAGE_SHIFT));
    size_t bytes = (size_t)page_count << FAI_PAGE_SHIFT;
    fai_unpoison(p, bytes);
    if (!fai_backing_decommit(allocator, p, bytes)) {
        fai_poison(p, bytes);
        return;
    }
    objects->kept_pages -= page_count;
    for (uint32_t i = 0; i < page_count; i++) {
        objects->pages[page + i].committed = false;
    }
}

/* So many pages had been given back and are wanted again: a program that takes and gives around the limit
 * goes to the system a few times, and then no more. */
static void keep_more(fai_objects *objects, uint32_t page_count)
{
    uint32_t room = FAI_KEEP_FREE_PAGES_MOST - objects->keep_pages;
    objects->keep_pages += page_count < room ? page_count : room;
}

/* ---- spans --------------------------------------------------------------------------------------------- */

uint32_t fai_span_alloc(fa_allocator *allocator, uint32_t page_count, fa_result *why)
{
    fai_objects *objects = &allocator->objects;
    fai_mutex_lock(&objects->lock);
    uint32_t used_before = objects->frontier;
    uint32_t kept_before = objects->kept_pages;
    uint32_t page = take_pages(allocator, page_count, why);
    if (page != 0 && !commit_span(allocator, page, page_count)) {
        give_pages(objects, page, page_count);
        *why = FA_RESULT_OUT_OF_MEMORY;
        page = 0;
    }
    if (page != 0) {
        if (page < used_before) {
            keep_more(objects, objects->kept_pages - kept_before);
        }
        objects->kept_pages -= page_count;
        set_kind(&objects->pages[page], FAI_PAGE_LARGE);
        objects->pages[page].span_pages = page_count;
        for (uint32_t i = 1; i < page_count; i++) {
            set_kind(&objects->pages[page + i], FAI_PAGE_TAIL);
            objects->pages[page + i].span_pages = i;
        }
        atomic_fetch_add_explicit(&objects->used_pages, page_count, memory_order_relaxed);
    }
    fai_mutex_unlock(&objects->lock);
    return page;
}

void fai_span_free(fa_allocator *allocator, uint32_t page, uint32_t page_count)
{
    fai_objects *objects = &allocator->objects;
    fai_mutex_lock(&objects->lock);
    atomic_fetch_sub_explicit(&objects->used_pages, page_count, memory_order_relaxed);
    objects->kept_pages += page_count;
    if (objects->kept_pages > objects->keep_pages) {
        decommit_span(allocator, page, page_count);
    }
    give_pages(objects, page, page_count);
    fai_mutex_unlock(&objects->lock);
}

/* ---- large blocks -------------------------------------------------------------------------------------- */

void *fai_large_alloc(fa_allocator *allocator, fai_family family, size_t size, size_t align, fa_tag tag,
                      const char *here, fa_result *why)
{
    size_t page_count = (size + FAI_PAGE_BYTES - 1) >> FAI_PAGE_SHIFT;
    page_count = page_count > 0 ? page_count : 1;
    if (page_count >= allocator->objects.page_count) {
        *why = FA_RESULT_FULL;
        return NULL;
    }
    fai_steady_set_site(allocator, here);
    uint32_t index = fai_span_alloc(allocator, (uint32_t)page_count, why);
    fai_steady_set_site(allocator, NULL);
    if (index == 0) {
        return NULL;
    }
    fai_page *page = &allocator->objects.pages[index];
    page->family = (uint8_t)family;
    page->block_bytes = FAI_LARGE;
    page->large_bytes = size;
    page->large_align = (uint32_t)align;
    page->owner = NULL;
    page->pool_ctx = NULL;
    page->large_ctx = NULL;
    atomic_store_explicit(&page->large.alloc_here_tag, fai_pack(here, tag), memory_order_relaxed);
    atomic_store(&page->large_live, 1);
    void *p = (void *)fai_page_address(&allocator->objects, page);
    fai_poison_fresh(p, size);
    return p;
}

bool fai_large_free(fa_allocator *allocator, fai_page *page, const char *here)
{
    if (atomic_exchange(&page->large_live, 0) == 0) {
        return false; /* another thread was first */
    }
    /* The description stays as it is: a late double free is known as one. */
    atomic_store_explicit(&page->free_here, here, memory_order_relaxed);
    fai_poison_dead((void *)fai_page_address(&allocator->objects, page), page->large_bytes, FA_PATTERN_FREED);
    bool by_frame = page->family == FAI_FAMILY_FRAME; /* its end is told where the frame was ended */
    fai_steady_set_site(allocator, by_frame ? NULL : here);
    fai_span_free(allocator, (uint32_t)(page - allocator->objects.pages), page->span_pages);
    fai_steady_set_site(allocator, NULL);
    return true;
}
