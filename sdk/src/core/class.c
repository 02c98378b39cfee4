/* class.c - blocks of one size on pages of 64 KiB.
 *
 * Sizes: multiples of 16 up to 128, then four to a doubling up to 32 KiB, so that at most a fifth is lost to
 * rounding. A class takes blocks from its current page; pages with room wait on `partial`, exhausted ones on
 * `full`. A few empty pages per class are kept, the others go back. A page's blocks come to its stack in
 * portions, in address order, so that a page that is used in part costs its part only.
 *
 * Records are never anything but records: their memory goes from page to page through bins of its own. So a
 * thread that frees a block a second time while its page is given back finds a record, not somebody's data.
 */
#include "core/allocator.h"
#include "core/harden.h"
#include "core/pool.h"
#include "debug/poison.h"
#include "debug/steady.h"

/* Empty pages that a class keeps. Frees that come home in one go empty several, which are soon wanted again.
 */
#define KEEP_EMPTY 4u

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

/* ---- records ------------------------------------------------------------------------------------------- */

/* How many records a page needs: one more where the blocks leave a rest, so that every multiple of the size
 * that lies on the page has one. It stays "never handed out". */
static uint32_t record_count(uint32_t block_bytes)
{
    return (uint32_t)((FAI_PAGE_BYTES + block_bytes - 1) / block_bytes);
}

static uint32_t record_bin(uint32_t count)
{
    uint32_t bin = 0;
    while ((1u << bin) < count) {
        bin++;
    }
    return bin;
}

static fai_record *records_alloc(fa_allocator *allocator, uint32_t block_bytes)
{
    fai_objects *objects = &allocator->objects;
    uint32_t count = record_count(block_bytes);
    uint32_t bin = record_bin(count);
    fai_mutex_lock(&objects->lock);
    fai_record *records = objects->records[bin];
    if (records != NULL) {
        objects->records[bin] = (fai_record *)(uintptr_t)atomic_load(&records->alloc_here_tag);
    }
    fai_mutex_unlock(&objects->lock);
    if (records == NULL) {
        records = fai_meta_alloc(allocator, sizeof *records << bin);
    }
    for (uint32_t i = 0; records != NULL && i < count; i++) {
        fai_state_set(&records[i], FAI_STATE_NEVER);
    }
    return records;
}

/* Precondition: none of them is live. NULL is fine. */
static void records_free(fa_allocator *allocator, fai_record *records, uint32_t block_bytes)
{
    if (records == NULL) {
        return;
    }
    fai_objects *objects = &allocator->objects;
    uint32_t bin = record_bin(record_count(block_bytes));
    fai_mutex_lock(&objects->lock);
    atomic_store(&records->alloc_here_tag, (uintptr_t)objects->records[bin]);
    objects->records[bin] = records;
    fai_mutex_unlock(&objects->lock);
}

/* ---- pages --------------------------------------------------------------------------------------------- */

const fai_page fai_absent_page;

static fai_page *no_page(void)
{
    return (fai_page *)(uintptr_t)&fai_absent_page;
}

void fai_class_init(fai_class *cls, uint32_t block_bytes, fai_family family, fai_owner *owner)
{
    *cls =
        (fai_class){.page = no_page(), .block_bytes = block_bytes, .family = (uint8_t)family, .owner = owner};
}

static void set_page(fai_class *cls, fai_page *page)
{
    cls->page = page;
    for (uint32_t i = 0; i < cls->direct_count; i++) {
        cls->direct[i] = page;
    }
}

void fai_class_keep_direct(fai_class *cls, fai_page **direct, uint32_t count)
{
    cls->direct = direct;
    cls->direct_count = count;
    set_page(cls, cls->page);
}

static uint32_t index_of(const fai_objects *objects, const fai_page *page)
{
    return (uint32_t)(page - objects->pages);
}

static bool is_empty(const fai_page *page)
{
    return page->free_count == page->fresh;
}

static uint32_t page_create(fa_allocator *allocator, fai_class *cls, fa_result *why)
{
    uint32_t capacity = (uint32_t)(FAI_PAGE_BYTES / cls->block_bytes);
    fai_record *records = records_alloc(allocator, cls->block_bytes);
    uint16_t *stack = fai_meta_alloc_raw(allocator, capacity * sizeof *stack);
    *why = FA_RESULT_OUT_OF_MEMORY;
    uint32_t index = records != NULL && stack != NULL ? fai_span_alloc(allocator, 1, why) : 0;
    if (index == 0) {
        records_free(allocator, records, cls->block_bytes);
        fai_meta_free(allocator, stack, capacity * sizeof *stack);
        return 0;
    }
    fai_page *page = &allocator->objects.pages[index];
    page->family = cls->family;
    page->in_full_list = false;
    page->address = fai_page_address(&allocator->objects, page);
    page->block_bytes = cls->block_bytes;
    page->reciprocal = (uint32_t)(((UINT64_C(1) << 32) + cls->block_bytes - 1) / cls->block_bytes);
    page->capacity = (uint16_t)capacity;
    page->stack = stack;
    page->free_count = page->fresh = 0;
    page->watch_count = 0;
    page->records = records;
    page->owner = cls;
    page->pool_ctx = cls->family == FAI_FAMILY_POOL ? cls->owner->ctx : NULL;
    atomic_store_explicit(&page->free_here, NULL, memory_order_relaxed);
    atomic_store_explicit(&page->kind, FAI_PAGE_CLASS, memory_order_release);
    return index;
}

/* Precondition: on no list, and no block is out. The size of its blocks stays, so that a late double free is
 * known as one. */
static void page_release(fa_allocator *allocator, uint32_t index)
{
    fai_page *page = &allocator->objects.pages[index];
    fai_record *records = page->records;
    uint32_t block_bytes = page->block_bytes;
    /* Another thread may own the page as soon as the span is free. */
    if (page->free_count > 0) { /* of the block that was freed last */
        const fai_record *last = &records[page->stack[page->free_count - 1]];
        atomic_store_explicit(&page->free_here, fai_packed_site(fai_state_of(last)), memory_order_relaxed);
    }
    fai_meta_free(allocator, page->stack, page->capacity * sizeof *page->stack);
    if (page->pool_ctx != NULL && (uintptr_t)page->pool_ctx->hot - page->address < FAI_PAGE_BYTES) {
        fai_pool_forget_hot(page->pool_ctx); /* it was freed by another thread: its record goes */
    }
    page->pool_ctx = NULL;
    fai_span_free(allocator, index, 1);
    records_free(allocator, records, block_bytes);
}

/* Put the next blocks that were never handed out on the stack, the first on top. */
static bool freshen(fai_page *page)
{
    uint32_t first = page->fresh;
    uint32_t portion = page->capacity / 8u > 16 ? page->capacity / 8u : 16;
    uint32_t end = page->capacity - first > portion ? first + portion : page->capacity;
    for (uint32_t i = end; i-- > first;) {
        fai_state_set(&page->records[i], FAI_SITE_MASK); /* waits on its page, never handed out */
        page->stack[page->free_count++] = (uint16_t)i;
    }
    page->fresh = (uint16_t)end;
    return first < end;
}

/* The first free of a page on the full list must be seen. */
static void insert_full(fai_objects *objects, fai_class *cls, fai_page *page)
{
    page->watch_count = 1;
    page->in_full_list = true;
    list_insert(objects, &cls->full, index_of(objects, page));
}

static void insert_partial(fai_objects *objects, fai_class *cls, fai_page *page)
{
    page->watch_count = page->fresh;
    page->in_full_list = false;
    list_insert(objects, &cls->partial, index_of(objects, page));
}

/* To a list, by whether it has room. */
static void shelve(fai_objects *objects, fai_class *cls, fai_page *page)
{
    bool room = page->free_count != 0 || page->fresh < page->capacity;
    (room ? insert_partial : insert_full)(objects, cls, page);
}

/* The current page is never looked after: its last block may come and go. */
static void make_current(fai_class *cls, fai_page *page)
{
    page->watch_count = 0;
    set_page(cls, page);
}

/* Precondition: its stack is empty. */
static void retire_current(fai_objects *objects, fai_class *cls)
{
    if (cls->page != no_page()) {
        insert_full(objects, cls, cls->page);
        set_page(cls, no_page());
    }
}

/* The top of the stack is no block, or one that is out: our records were overwritten. What is on the stack is
 * not used any more. */
static FA_COLD void give_stack_up(fa_allocator *allocator, fai_page *page)
{
    uint32_t lost = page->free_count;
    page->free_count = 0;
    fai_report report = {.code = FA_CODE_FA901,
                         .result = FA_RESULT_INVALID_ARGUMENT,
                         .allocator = allocator,
                         .here = FA_HERE,
                         .address = (void *)page->address};
    fai_report_send(
        &report,
        "allocator %s: the records of the %s page at %p are damaged; %u free blocks of it are not "
        "used any more",
        allocator->name, fai_family_name((fai_family)page->family), (void *)page->address, lost);
}

/* Find a page with room: what others gave back, then what waits, then a new one. */
static bool find_room(fa_allocator *allocator, fai_class *cls, fa_result *why)
{
    fai_objects *objects = &allocator->objects;
    if (cls->page != no_page()) {
        if (cls->page->free_count != 0) { /* not taken although there is one */
            give_stack_up(allocator, cls->page);
        }
        if (freshen(cls->page)) {
            return true;
        }
    }
    if (cls->owner->inbox != NULL) {
        fai_inbox_collect_at(cls->owner->ctx, FA_DEFERRED_WHEN_EMPTY);
        if (cls->page->free_count != 0) {
            return true;
        }
    }
    retire_current(objects, cls);
    uint32_t index = cls->partial;
    if (index != 0) {
        list_remove(objects, &cls->partial, index);
        cls->empty_count -= is_empty(&objects->pages[index]) ? 1 : 0;
    } else {
        index = page_create(allocator, cls, why);
        if (index == 0) {
            return false;
        }
    }
    fai_page *page = &objects->pages[index];
    make_current(cls, page);
    return page->free_count != 0 || freshen(page);
}

FA_COLD bool fai_class_refill(fa_allocator *allocator, fai_class *cls, fa_result *why)
{
    bool found = find_room(allocator, cls, why);
    cls->owner->refills += found ? 1 : 0;
    return found;
}

/* ---- taking and giving back ---------------------------------------------------------------------------- */

bool fai_class_take(fa_allocator *allocator, fai_class *cls, fai_record **record, void **p, const char *here,
                    fa_result *why)
{
    const bool hardened = fai_is_hardened(allocator);
    for (;;) {
        if (FA_UNLIKELY(hardened)) {
            fai_harden_choose(allocator, cls);
        }
        if (FA_LIKELY(fai_class_pop(cls, record, p))) {
            if (!hardened || fai_harden_accept(allocator, cls, *record, *p)) {
                return true;
            }
            continue;
        }
        fai_steady_set_site(allocator, here);
        bool filled = fai_class_refill(allocator, cls, why);
        fai_steady_set_site(allocator, NULL);
        if (!filled) {
            return false;
        }
    }
}

void *fai_class_alloc(fa_allocator *allocator, fai_class *cls, size_t size, fa_tag tag, const char *here,
                      fa_result *why)
{
    fai_record *record;
    void *p;
    if (!fai_class_take(allocator, cls, &record, &p, here, why)) {
        return NULL;
    }
    atomic_store_explicit(&record->alloc_here_tag, fai_pack(here, tag), memory_order_relaxed);
    fai_state_set(record, fai_state_live(tag) + size);
    fai_poison_fresh(p, size);
    return p;
}

/* The page has room again, or no block of it is out. */
void fai_class_settle(fa_allocator *allocator, fai_page *page)
{
    fai_objects *objects = &allocator->objects;
    fai_class *cls = page->owner;
    uint32_t index = index_of(objects, page);
    if (page->in_full_list) {
        list_remove(objects, &cls->full, index);
        insert_partial(objects, cls, page);
    }
    if (!is_empty(page)) {
        return;
    }
    if (cls->empty_count >= KEEP_EMPTY) {
        const fai_record *last = &page->records[page->stack[page->free_count - 1]];
        fai_steady_set_site(allocator, fai_packed_site(fai_state_of(last))); /* whose free emptied it */
        list_remove(objects, &cls->partial, index);
        page_release(allocator, index);
        fai_steady_set_site(allocator, NULL);
    } else {
        cls->empty_count++;
    }
}

void fai_class_free(fa_allocator *allocator, fai_page *page, uint32_t index, const char *here)
{
    void *p = (void *)(page->address + (uintptr_t)index * page->block_bytes);
    fai_poison_dead(p, page->block_bytes, FA_PATTERN_FREED);
    if (FA_UNLIKELY(fai_is_hardened(allocator))) {
        fai_harden_seal(allocator, p, page->block_bytes);
    }
    if (fai_class_push(page, index, &page->records[index], here != NULL ? here : "unknown")) {
        fai_class_settle(allocator, page);
    }
}

static size_t sweep_page(fa_allocator *allocator, fai_page *page)
{
    size_t found = 0;
    for (uint32_t i = 0; i < page->fresh; i++) {
        /* What the freeing thread did to the block comes before. */
        uint64_t state = atomic_load_explicit(&page->records[i].state, memory_order_acquire);
        if (fai_packed_figure(state) == FAI_WAITS_MARKED) {
            found++;
            bool last = page->free_count + 1 == page->fresh && page->watch_count != 0; /* the page may go */
            fai_class_free(allocator, page, i, fai_packed_site(state));
            if (last) {
                break;
            }
        }
    }
    return found;
}

size_t fai_class_sweep(fa_allocator *allocator, fai_class *cls)
{
    fai_objects *objects = &allocator->objects;
    size_t found = cls->page != no_page() ? sweep_page(allocator, cls->page) : 0;
    const uint32_t lists[] = {cls->full, cls->partial};
    for (int i = 0; i < 2; i++) {
        for (uint32_t page = lists[i]; page != 0;) {
            uint32_t next = objects->pages[page].next;
            found += sweep_page(allocator, &objects->pages[page]);
            page = next;
        }
    }
    return found;
}

/* ---- whole classes ------------------------------------------------------------------------------------- */

void fai_class_trim(fa_allocator *allocator, fai_class *cls)
{
    fai_objects *objects = &allocator->objects;
    if (cls->page != no_page()) { /* the current page waits like the others */
        shelve(objects, cls, cls->page);
        set_page(cls, no_page());
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

/* Every block that is out is free from now on; the first one is next. Those never handed out stay so, and so
 * do those that other threads freed and that are on their way: another thread may free any of them meanwhile,
 * and one of the two succeeds. */
static void free_all(const fa_allocator *allocator, fai_page *page, const char *here,
                     const fai_reset_hook *hook)
{
    page->free_count = 0;
    for (uint32_t i = page->fresh; i-- > 0;) {
        fai_record *record = &page->records[i];
        void *p = (void *)(page->address + (uintptr_t)i * page->block_bytes);
        uint64_t state = fai_state_of(record);
        bool live = fai_state_is_live(state);
        bool withheld = fai_packed_figure(state) == FAI_WAITS_WITHHELD; /* may be tried again */
        if (live || withheld) {
            const char *site = live ? here : fai_packed_site(state);
            uint64_t before = state;
            if (!atomic_compare_exchange_strong(&record->state, &before, fai_pack(site, FAI_WAITS_ON_PAGE))) {
                continue;
            }
            fai_poison_dead(p, page->block_bytes, FA_PATTERN_FREED);
            if (fai_is_hardened(allocator)) {
                fai_harden_seal(allocator, p, page->block_bytes);
            }
            if (live && hook != NULL) {
                hook->freed(hook->user, p, state);
            }
        } else if ((int64_t)state < 0) {
            continue;
        }
        page->stack[page->free_count++] = (uint16_t)i;
    }
}

void fai_class_reset(fa_allocator *allocator, fai_class *cls, const char *here, const fai_reset_hook *hook)
{
    fai_objects *objects = &allocator->objects;
    if (cls->page != no_page()) {
        insert_partial(objects, cls, cls->page);
        set_page(cls, no_page());
    }
    while (cls->full != 0) {
        fai_page *page = &objects->pages[cls->full];
        list_remove(objects, &cls->full, cls->full);
        insert_partial(objects, cls, page);
    }
    cls->empty_count = 0;
    uint32_t list = cls->partial;
    cls->partial = 0;
    while (list != 0) {
        fai_page *page = &objects->pages[list];
        list = page->next;
        free_all(allocator, page, here, hook);
        shelve(objects, cls, page);
        cls->empty_count += is_empty(page) ? 1 : 0;
    }
}

void fai_class_release(fa_allocator *allocator, fai_class *cls, const char *here)
{
    fai_class_reset(allocator, cls, here, NULL);
    fai_class_trim(allocator, cls);
}

/* ---- validation ---------------------------------------------------------------------------------------- */

/* Every number on the stack is a block that waits there, and no other block does. */
static const char *validate_page(const fai_page *page)
{
    uint32_t waiting = 0;
    if (page->fresh > page->capacity || page->free_count > page->fresh) {
        return "a page's counts are out of order";
    }
    for (uint32_t i = 0; i < page->free_count; i++) {
        if (page->stack[i] >= page->fresh || (int64_t)fai_state_of(&page->records[page->stack[i]]) < 0) {
            return "a page's stack of free blocks is damaged";
        }
    }
    for (uint32_t i = 0; i < page->fresh; i++) {
        waiting += (int64_t)fai_state_of(&page->records[i]) >= 0 ? 1 : 0;
    }
    return waiting == page->free_count ? NULL : "a page's blocks do not add up";
}

static const char *validate_list(const fai_objects *objects, const fai_class *cls, uint32_t page, bool full)
{
    const char *problem = NULL;
    for (uint32_t before = 0; page != 0 && problem == NULL; before = page, page = objects->pages[page].next) {
        const fai_page *p = &objects->pages[page];
        if (page >= atomic_load(&objects->frontier) || fai_page_kind_of(p) != FAI_PAGE_CLASS ||
            p->owner != cls) {
            return "a page on a class's list belongs to somebody else";
        }
        if (p->prev != before || p->in_full_list != full || p->block_bytes != cls->block_bytes) {
            return "a page's place on its list and its description disagree";
        }
        problem = validate_page(p);
    }
    return problem;
}

const char *fai_class_validate(const fa_allocator *allocator, const fai_class *cls)
{
    const fai_objects *objects = &allocator->objects;
    const char *problem = validate_list(objects, cls, cls->partial, false);
    problem = problem != NULL ? problem : validate_list(objects, cls, cls->full, true);
    if (problem == NULL && cls->page != no_page()) {
        problem = fai_page_kind_of(cls->page) == FAI_PAGE_CLASS && cls->page->owner == cls
                      ? validate_page(cls->page)
                      : "a class's current page is not its own";
    }
    return problem;
}
