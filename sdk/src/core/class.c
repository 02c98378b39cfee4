/* class.c - blocks of one size on pages of 64 KiB.
 *
 * Sizes: multiples of 16 up to 128, then four to a doubling up to 32 KiB, so that at most a fifth is lost to
 * rounding. A class takes blocks from its current page in address order; pages with room wait on `partial`,
 * exhausted ones on `full`. One empty page per class is kept, the others go back. */
#include <string.h>

#include "core/allocator.h"
#include "core/context.h"
#include "core/lifecycle.h"
#include "debug/poison.h"

/* A word without bits, where a class points while it has no page. Never written: only a word with a bit is.
 */
static const fai_word no_word;

/* ---- sizes --------------------------------------------------------------------------------------------- */

static const uint16_t class_bytes[FAI_CLASS_COUNT] = {
    16,   32,   48,   64,   80,    96,    112,   128,   160,   192,   224,   256,   320,  384,
    448,  512,  640,  768,  896,   1024,  1280,  1536,  1792,  2048,  2560,  3072,  3584, 4096,
    5120, 6144, 7168, 8192, 10240, 12288, 14336, 16384, 20480, 24576, 28672, 32768,
};

uint32_t fai_class_bytes(uint32_t index)
{
    return class_bytes[index];
}

static uint32_t index_for_size(size_t size)
{
    if (size <= 128) {
        return size == 0 ? 0 : (uint32_t)(size - 1) / 16;
    }
    /* The doubling it falls into, and which quarter of it. */
    uint32_t top = 63u - (uint32_t)__builtin_clzll((unsigned long long)size - 1);
    uint32_t quarter = (uint32_t)((size - 1) >> (top - 2)) & 3u;
    return 8 + (top - 7) * 4 + quarter;
}

uint32_t fai_class_index(size_t size, size_t align)
{
    if (size > class_bytes[FAI_CLASS_COUNT - 1] || align > FAI_CLASS_ALIGN_MAX) {
        return FAI_CLASS_COUNT;
    }
    uint32_t index = index_for_size(size);
    if (align > 16) {
        /* Blocks lie at multiples of their size from a page's start: the size must be a multiple of the
         * alignment. */
        while (index < FAI_CLASS_COUNT && (class_bytes[index] & (align - 1)) != 0) {
            index++;
        }
    }
    return index;
}

/* ---- words --------------------------------------------------------------------------------------------- */

static uint64_t word_free(const fai_word *word)
{
    return atomic_load_explicit(&word->free, memory_order_relaxed);
}

static uint32_t word_count(const fai_page *page)
{
    return (page->capacity + 63) / 64;
}

/* All bits a word may have: the last one of a page has fewer. */
static uint64_t word_mask(const fai_page *page, uint32_t word)
{
    uint32_t left = page->capacity - word * 64;
    return left >= 64 ? UINT64_MAX : (UINT64_C(1) << left) - 1;
}

static bool is_empty(const fai_page *page)
{
    for (uint32_t w = 0; w < word_count(page); w++) {
        if (word_free(&page->words[w]) != word_mask(page, w)) {
            return false;
        }
    }
    return true;
}

bool fai_page_is_live(const fai_page *page, uint32_t index)
{
    const fai_word *word = &page->words[index / 64];
    uint64_t taken = word_free(word) | atomic_load_explicit(&word->remote, memory_order_relaxed);
    return (taken >> (index % 64) & 1) == 0;
}

uint32_t fai_page_live_count(const fai_page *page)
{
    uint32_t live = 0;
    for (uint32_t w = 0; w < word_count(page); w++) {
        uint64_t taken =
            word_free(&page->words[w]) | atomic_load_explicit(&page->words[w].remote, memory_order_relaxed);
        live += (uint32_t)__builtin_popcountll(word_mask(page, w) & ~taken);
    }
    return live;
}

/* ---- lists of pages ------------------------------------------------------------------------------------ */

static void list_insert(fai_objects *objects, uint32_t *list, uint32_t page)
{
    fai_page *p = &objects->pages[page];
    p->prev = 0;
    p->next = *list;
    if (*list != 0) {
        objects->pages[*list].prev = page;
    }
    *list = page;
}

static void list_remove(fai_objects *objects, uint32_t *list, uint32_t page)
{
    fai_page *p = &objects->pages[page];
    if (p->prev != 0) {
        objects->pages[p->prev].next = p->next;
    } else {
        *list = p->next;
    }
    if (p->next != 0) {
        objects->pages[p->next].prev = p->prev;
    }
}

/* ---- pages --------------------------------------------------------------------------------------------- */

void fai_class_init(fai_class *cls, uint32_t block_bytes, fai_family family, fai_owner *owner)
{
    *cls = (fai_class){.word = (fai_word *)(uintptr_t)&no_word,
                       .block_bytes = block_bytes,
                       .family = (uint8_t)family,
                       .owner = owner};
}

static void mark_all_free(fai_page *page)
{
    for (uint32_t w = 0; w < word_count(page); w++) {
        atomic_store_explicit(&page->words[w].free, word_mask(page, w), memory_order_relaxed);
        atomic_store_explicit(&page->words[w].remote, 0, memory_order_relaxed);
    }
}

static uint32_t page_create(fa_allocator *allocator, fai_class *cls, fa_result *why)
{
    uint32_t capacity = (uint32_t)(FAI_PAGE_BYTES / cls->block_bytes);
    size_t words_bytes = (size_t)(capacity + 63) / 64 * sizeof(fai_word);
    size_t records_bytes = capacity * sizeof(fai_record);
    fai_word *words = fai_meta_alloc(allocator, words_bytes);
    fai_record *records = fai_meta_alloc(allocator, records_bytes);
    uint32_t index = 0;
    *why = FA_RESULT_OUT_OF_MEMORY;
    if (words == NULL || records == NULL || (index = fai_span_alloc(allocator, 1, why)) == 0) {
        fai_meta_free(allocator, words, words_bytes);
        fai_meta_free(allocator, records, records_bytes);
        return 0;
    }
    fai_page *page = &allocator->objects.pages[index];
    page->family = cls->family;
    page->in_full_list = false;
    page->block_bytes = cls->block_bytes;
    page->reciprocal = (uint32_t)(((UINT64_C(1) << 32) + cls->block_bytes - 1) / cls->block_bytes);
    page->capacity = capacity;
    page->words = words;
    page->records = records;
    page->owner = cls;
    atomic_store_explicit(&page->free_here, NULL, memory_order_relaxed);
    atomic_store_explicit(&page->remote_words, 0, memory_order_relaxed);
    mark_all_free(page);
    atomic_store_explicit(&page->kind, FAI_PAGE_CLASS, memory_order_relaxed);
    return index;
}

/* Precondition: on no list. The description of its blocks stays, so that a late double free is known as one.
 */
static void page_release(fa_allocator *allocator, uint32_t index)
{
    fai_page *page = &allocator->objects.pages[index];
    fai_word *words = page->words;
    fai_record *records = page->records;
    /* Another thread may own the page as soon as the span is free. */
    size_t words_bytes = word_count(page) * sizeof *words;
    size_t records_bytes = page->capacity * sizeof *records;
    page->words = NULL;
    page->records = NULL;
    fai_span_free(allocator, index, 1);
    fai_meta_free(allocator, words, words_bytes);
    fai_meta_free(allocator, records, records_bytes);
}

static void point_at(fai_class *cls, const fai_objects *objects, uint32_t word)
{
    const fai_page *page = &objects->pages[cls->page];
    cls->word_index = word;
    cls->word = &page->words[word];
    cls->records = &page->records[word * 64];
    cls->base = fai_page_address(objects, page) + (uintptr_t)word * 64 * page->block_bytes;
}

/* Move on to a word of the current page that has a block to take. */
static bool next_word(const fai_objects *objects, fai_class *cls)
{
    const fai_page *page = &objects->pages[cls->page];
    uint32_t count = word_count(page);
    for (uint32_t i = 1; i <= count; i++) {
        uint32_t w = (cls->word_index + i) % count;
        if ((word_free(&page->words[w]) &
             ~atomic_load_explicit(&page->words[w].remote, memory_order_relaxed)) != 0) {
            point_at(cls, objects, w);
            return true;
        }
    }
    return false;
}

static void retire_current(fai_objects *objects, fai_class *cls)
{
    if (cls->page != 0) {
        objects->pages[cls->page].in_full_list = true;
        list_insert(objects, &cls->full, cls->page);
        cls->page = 0;
        cls->word = (fai_word *)(uintptr_t)&no_word;
    }
}

/* Find a page with room: what others gave back, then what waits, then a new one. */
static FA_COLD bool refill(fa_allocator *allocator, fai_class *cls, fa_result *why)
{
    fai_objects *objects = &allocator->objects;
    if (cls->page != 0 && next_word(objects, cls)) {
        return true;
    }
    retire_current(objects, cls);
    fai_owner_collect(allocator, cls->owner);
    for (;;) {
        uint32_t page = cls->partial;
        if (page != 0) {
            list_remove(objects, &cls->partial, page);
            cls->empty_count -= is_empty(&objects->pages[page]) ? 1 : 0;
        } else {
            page = page_create(allocator, cls, why);
            if (page == 0) {
                return false;
            }
        }
        cls->page = page;
        point_at(cls, objects, 0);
        cls->word_index = word_count(&objects->pages[page]) - 1; /* next_word looks at word 0 first */
        if (next_word(objects, cls)) {
            return true;
        }
        retire_current(objects, cls); /* every free block of it has a mark: a racing double free */
    }
}

/* ---- taking and giving back ---------------------------------------------------------------------------- */

void *fai_class_alloc(fa_allocator *allocator, fai_class *cls, size_t size, fa_tag tag, const char *here,
                      fa_result *why)
{
    uint64_t free = word_free(cls->word);
    uint64_t usable = free & ~atomic_load_explicit(&cls->word->remote, memory_order_relaxed);
    if (usable == 0) {
        fai_steady_set_site(allocator, here);
        bool filled = refill(allocator, cls, why);
        fai_steady_set_site(allocator, NULL);
        if (!filled) {
            return NULL;
        }
        free = word_free(cls->word);
        usable = free & ~atomic_load_explicit(&cls->word->remote, memory_order_relaxed);
    }
    uint32_t bit = (uint32_t)__builtin_ctzll(usable);
    atomic_store_explicit(&cls->word->free, free & ~(UINT64_C(1) << bit), memory_order_relaxed);
    fai_record *record = &cls->records[bit];
    atomic_store_explicit(&record->alloc_here_tag, fai_pack(here, tag), memory_order_relaxed);
    atomic_store_explicit(&record->free_here_slack, fai_pack(NULL, cls->block_bytes - (uint32_t)size),
                          memory_order_relaxed);
    void *p = (void *)(cls->base + (uintptr_t)bit * cls->block_bytes);
    fai_unpoison(p, size);
    return p;
}

/* A page of the owner's has room again, or is empty. */
static void after_free(fa_allocator *allocator, fai_page *page, uint32_t word, uint64_t free)
{
    fai_objects *objects = &allocator->objects;
    fai_class *cls = page->owner;
    uint32_t index = (uint32_t)(page - objects->pages);
    if (page->in_full_list) {
        page->in_full_list = false;
        list_remove(objects, &cls->full, index);
        list_insert(objects, &cls->partial, index);
    }
    if (free != word_mask(page, word) || index == cls->page || !is_empty(page)) {
        return;
    }
    if (cls->empty_count >= 1) {
        list_remove(objects, &cls->partial, index);
        page_release(allocator, index);
    } else {
        cls->empty_count++;
    }
}

void fai_class_free(fa_allocator *allocator, fai_page *page, uint32_t index, const char *here)
{
    uint32_t w = index / 64;
    uint64_t free = word_free(&page->words[w]) | UINT64_C(1) << (index % 64);
    atomic_store_explicit(&page->words[w].free, free, memory_order_relaxed);
    if (here != NULL) {
        fai_record *record = &page->records[index];
        uint64_t slack =
            atomic_load_explicit(&record->free_here_slack, memory_order_relaxed) & ~FAI_SITE_MASK;
        atomic_store_explicit(&record->free_here_slack, slack | fai_pack(here, 0), memory_order_relaxed);
        atomic_store_explicit(&page->free_here, here, memory_order_relaxed);
    }
    fai_poison_dead((void *)(fai_page_address(&allocator->objects, page) +
                             (uintptr_t)index * page->block_bytes),
                    page->block_bytes);
    if (page->in_full_list || free == word_mask(page, w)) {
        after_free(allocator, page, w, free);
    }
}

bool fai_class_free_remote(fa_allocator *allocator, fai_page *page, uint32_t index, const char *here)
{
    fai_owner *owner = page->owner->owner;
    fai_word *word = &page->words[index / 64];
    uint64_t bit = UINT64_C(1) << (index % 64);
    if (((word_free(word) | atomic_load_explicit(&word->remote, memory_order_relaxed)) & bit) != 0) {
        return false;
    }
    /* Before the mark: once it is set, whoever announced this word before us may have the page collected and
     * given back. */
    fai_record *record = &page->records[index];
    uint64_t slack = atomic_load_explicit(&record->free_here_slack, memory_order_relaxed) & ~FAI_SITE_MASK;
    atomic_store_explicit(&record->free_here_slack, slack | fai_pack(here, 0), memory_order_relaxed);
    uint64_t before = atomic_fetch_or(&word->remote, bit);
    if (before != 0) {
        return (before & bit) == 0;
    }
    /* The first mark of a word announces it, the first word of a page announces the page. Nothing is
     * collected before its announcement is complete, so the page stays ours until then. If the owner freed
     * the block at the same time, the mark is dropped when it is collected. */
    bool first = (word_free(word) & bit) == 0;
    if (atomic_fetch_or(&page->remote_words, UINT64_C(1) << (index / 64)) == 0) {
        uint32_t self = (uint32_t)(page - allocator->objects.pages);
        uint32_t head = atomic_load(&owner->remote_pages);
        do {
            page->next_remote = head;
        } while (!atomic_compare_exchange_weak(&owner->remote_pages, &head, self));
    }
    return first;
}

static size_t collect_page(fa_allocator *allocator, fai_page *page)
{
    size_t count = 0;
    uint64_t words = atomic_exchange(&page->remote_words, 0);
    while (words != 0) {
        uint32_t w = (uint32_t)__builtin_ctzll(words);
        words &= words - 1;
        uint64_t marks = atomic_exchange(&page->words[w].remote, 0);
        marks &= ~word_free(&page->words[w]); /* freed by the owner at the same time: once is enough */
        while (marks != 0) {
            uint32_t bit = (uint32_t)__builtin_ctzll(marks);
            marks &= marks - 1;
            fai_class_free(allocator, page, w * 64 + bit, NULL);
            count++;
        }
    }
    return count;
}

void fai_owner_collect(fa_allocator *allocator, fai_owner *owner)
{
    if (atomic_load_explicit(&owner->remote_pages, memory_order_relaxed) == 0) {
        return;
    }
    size_t count = 0;
    uint32_t page = atomic_exchange(&owner->remote_pages, 0);
    while (page != 0) {
        fai_page *p = &allocator->objects.pages[page];
        page = p->next_remote; /* before collecting: afterwards the page may be announced anew */
        count += collect_page(allocator, p);
    }
    fai_context *ctx = owner->ctx;
    if (ctx != NULL && count > 0 && atomic_load(&ctx->owner) == fai_thread_self()) {
        fai_figure_add(&ctx->frees_processed, count);
        fai_lifecycle_tell(ctx, FA_LIFECYCLE_FREES_PROCESSED, 0, count, NULL);
    }
}

/* ---- whole classes ------------------------------------------------------------------------------------- */

void fai_class_trim(fa_allocator *allocator, fai_class *cls)
{
    fai_objects *objects = &allocator->objects;
    if (cls->page != 0) { /* the current page waits like the others */
        list_insert(objects, &cls->partial, cls->page);
        cls->page = 0;
        cls->word = (fai_word *)(uintptr_t)&no_word;
    }
    uint32_t page = cls->partial;
    while (page != 0) {
        uint32_t next = objects->pages[page].next;
        if (is_empty(&objects->pages[page])) {
            list_remove(objects, &cls->partial, page);
            page_release(allocator, page);
        }
        page = next;
    }
    cls->empty_count = 0;
}

void fai_class_reset(fa_allocator *allocator, fai_class *cls)
{
    fai_objects *objects = &allocator->objects;
    retire_current(objects, cls);
    uint32_t page = cls->full;
    while (page != 0) {
        uint32_t next = objects->pages[page].next;
        objects->pages[page].in_full_list = false;
        list_remove(objects, &cls->full, page);
        list_insert(objects, &cls->partial, page);
        page = next;
    }
    cls->empty_count = 0;
    for (page = cls->partial; page != 0; page = objects->pages[page].next) {
        mark_all_free(&objects->pages[page]);
        fai_poison_dead((void *)fai_page_address(objects, &objects->pages[page]), FAI_PAGE_BYTES);
        cls->empty_count++;
    }
}

void fai_class_release(fa_allocator *allocator, fai_class *cls)
{
    fai_class_reset(allocator, cls);
    fai_class_trim(allocator, cls);
}

/* ---- validation ---------------------------------------------------------------------------------------- */

static const char *validate_list(const fai_objects *objects, const fai_class *cls, uint32_t page, bool full)
{
    uint32_t before = 0;
    for (; page != 0; before = page, page = objects->pages[page].next) {
        const fai_page *p = &objects->pages[page];
        if (page >= atomic_load(&objects->frontier) || fai_page_kind_of(p) != FAI_PAGE_CLASS ||
            p->owner != cls) {
            return "a page on a class's list belongs to somebody else";
        }
        if (p->prev != before || p->in_full_list != full || p->block_bytes != cls->block_bytes) {
            return "a page's place on its list and its description disagree";
        }
        for (uint32_t w = 0; w < word_count(p); w++) {
            if ((word_free(&p->words[w]) & ~word_mask(p, w)) != 0) {
                return "a page has a free block beyond its end";
            }
        }
    }
    return NULL;
}

const char *fai_class_validate(const fa_allocator *allocator, const fai_class *cls)
{
    const fai_objects *objects = &allocator->objects;
    const char *problem = validate_list(objects, cls, cls->partial, false);
    problem = problem != NULL ? problem : validate_list(objects, cls, cls->full, true);
    if (problem == NULL && cls->page != 0) {
        const fai_page *page = &objects->pages[cls->page];
        if (fai_page_kind_of(page) != FAI_PAGE_CLASS || page->owner != cls ||
            cls->word != &page->words[cls->word_index]) {
            problem = "a class's current page is not its own";
        }
    }
    return problem;
}
