/* pool.c - objects of any size, freed one by one.
 *
 * The good cases of allocation and free are in line here, for sizes up to 1 KiB and ordinary alignments: the
 * hot block (pool.h), else the first block of the class's current page; and for a free, the page's
 * description found by a shift, the block's number by a multiplication, and its state, which says whether it
 * is out. Whatever does not fit goes out of line, where fai_block_refuse finds out at leisure what the
 * pointer is. */
#include "core/pool.h"

#include <string.h>

#include "core/harden.h"
#include "core/lifecycle.h"
#include "core/typed_pool.h"
#include "debug/poison.h"
#include "debug/watch.h"

/* A pair of calls is some fifty instructions: where they begin is worth a seventh of the time. */
#if defined(__GNUC__)
#define FAI_POOL_ALIGNED __attribute__((aligned(64)))
#else
#define FAI_POOL_ALIGNED
#endif

/* ---- the hot block ------------------------------------------------------------------------------------- */

void fai_pool_charge_any(fai_context *ctx, fa_tag tag, size_t bytes, size_t objects)
{
    (void)fai_tag_row_make(ctx, tag);
    fai_pool_charge(ctx, tag, bytes, objects);
}

static inline size_t inline_sizes(const fai_context *ctx)
{
    return atomic_load_explicit(&ctx->pool_inline, memory_order_relaxed);
}

static inline void set_inline_sizes(fai_context *ctx, size_t below)
{
    atomic_store_explicit(&ctx->pool_inline, below, memory_order_relaxed);
}

static inline uint64_t hot_live(const fai_context *ctx)
{
    return atomic_load_explicit(&ctx->hot_live, memory_order_relaxed);
}

static inline void set_hot_live(fai_context *ctx, uint64_t state)
{
    atomic_store_explicit(&ctx->hot_live, state, memory_order_relaxed);
}

static inline bool hot_waits(const fai_context *ctx)
{
    return inline_sizes(ctx) == 0 && hot_live(ctx) != 0;
}

size_t fai_pool_waiting_bytes(const fai_context *ctx, fa_tag tag, bool all_tags)
{
    uint64_t live = hot_live(ctx);
    return hot_waits(ctx) && (all_tags || fai_state_tag(live) == tag) ? fai_state_size(live) : 0;
}

size_t fai_pool_objects(const fai_context *ctx)
{
    return fai_figure(&ctx->pool_taken) - fai_figure(&ctx->pool_given_back) - (hot_waits(ctx) ? 1 : 0);
}

/* Budgets know it as free already: figures of the row, no more. */
static FA_COLD void put_hot_back(fai_context *ctx)
{
    fai_page *page = fai_page_of(&ctx->allocator->objects, ctx->hot);
    uint32_t index = (uint32_t)(ctx->hot_record - page->records);
    fai_tag_row *row = fai_tag_row_find(ctx, fai_state_tag(hot_live(ctx)));
    fai_figure_add(&row->pool_freed_bytes, fai_state_size(hot_live(ctx)));
    fai_figure_add(&ctx->pool_given_back, 1);
    set_inline_sizes(ctx, FAI_POOL_INLINE_SIZES);
    fai_class_free(ctx->allocator, page, index, fai_packed_site(fai_state_of(ctx->hot_record)));
}

void fai_pool_forget_hot(fai_context *ctx)
{
    static fai_record none = {.state = FAI_STATE_NEVER}; /* never written: it is not live */
    ctx->hot = ctx;                                      /* an address that is no block */
    ctx->hot_record = &none;
}

void fai_pool_flush(fai_context *ctx)
{
    if (hot_waits(ctx)) {
        put_hot_back(ctx);
    }
    fai_pool_forget_hot(ctx);
}

void fai_pool_init(fai_context *ctx)
{
    uint32_t unit = 0;
    for (uint32_t i = 0; unit < FAI_POOL_UNITS; i++) {
        uint32_t first = unit;
        unit = fai_class_bytes(i) / 16 + 1;
        fai_class_keep_direct(&ctx->pool[i], &ctx->pool_pages[first], unit - first);
    }
}

void fai_pool_open(fai_context *ctx)
{
    if (ctx->pool_is_open) {
        return;
    }
    ctx->objects_base = ctx->allocator->objects.base;
    ctx->pages = ctx->allocator->objects.pages;
    ctx->pool_is_open = true;
    set_inline_sizes(ctx, FAI_POOL_INLINE_SIZES);
    fai_pool_forget_hot(ctx);
    fai_pool_refresh(ctx);
}

void fai_pool_shut(fai_context *ctx)
{
    fai_pool_flush(ctx);
    ctx->pool_is_open = false;
    set_inline_sizes(ctx, 0);
    set_hot_live(ctx, 0);
    ctx->pool_reach = 0;
    fai_pool_refresh(ctx);
}

/* ---- alloc --------------------------------------------------------------------------------------------- */

static inline void *take(fai_context *ctx, size_t size, size_t align, const char *here, fa_result *why)
{
    uint32_t index = fai_class_index(size, align);
    if (index < FAI_CLASS_COUNT) {
        return fai_class_alloc(ctx->allocator, &ctx->pool[index], size, ctx->tag, here, why);
    }
    void *p = fai_large_alloc(ctx->allocator, FAI_FAMILY_POOL, size, align, ctx->tag, here, why);
    if (p != NULL) {
        fai_page_of(&ctx->allocator->objects, p)->large_ctx = ctx;
        ctx->pool_oversize++;
    }
    return p;
}

static FA_NOINLINE void *alloc_otherwise(fa_context *public_ctx, size_t size, size_t align, const char *here)
{
    if (fai_context_check(public_ctx, "fa_pool_alloc", here) != FA_RESULT_OK) {
        return NULL;
    }
    fai_context *ctx = fai_ctx(public_ctx);
    align = fai_align_check(ctx, align, "fa_pool_alloc", here);
    if (align == 0) {
        return NULL;
    }
    if (size > FA_REQUEST_MAX) {
        return fai_context_fail(ctx, FA_RESULT_FULL);
    }
    (void)fai_inbox_take(ctx, ctx->deferred.per_alloc_count);
    bool budgeted = fai_is_budgeted(ctx);
    if (budgeted && !fai_budget_take(ctx, ctx->tag, size, true, here)) {
        return NULL;
    }
    fa_result why;
    void *p = take(ctx, size, align, here, &why);
    if (p == NULL) {
        fai_context_relieve(ctx);
        p = take(ctx, size, align, here, &why);
    }
    if (p == NULL) {
        if (budgeted) {
            fai_budget_give(ctx->allocator, ctx->tag, size);
            fai_budget_give_pool(ctx, size);
        }
        return fai_context_fail(ctx, why);
    }
    fai_pool_charge(ctx, ctx->tag, size, 1);
    if (!FA_LIKELY(ctx->watch == NULL)) {
        fai_watch_alloc(ctx, FA_LIFETIME_POOL, ctx->tag, p, size, align, here, FAI_CALLER);
    }
    fai_harden_tell(ctx, here);
    if (budgeted) {
        fai_budget_tell(ctx, here);
    }
    return p;
}

/* The hot block waits, or the request is not served in line. */
static FA_NOINLINE void *alloc_past_hot(fai_context *ctx, size_t size, const char *here)
{
    if (size >= FAI_POOL_INLINE_SIZES) {
        return alloc_otherwise(&ctx->head, size, 0, here);
    }
    put_hot_back(ctx);
    return fai_pool_alloc_plain(&ctx->head, size, here);
}

/* @p live_tag: see fai_context. */
static inline void write_record(uint64_t live_tag, fai_record *record, size_t size, const char *here)
{
    atomic_store_explicit(&record->alloc_here_tag, (uint64_t)(uintptr_t)here | live_tag << 16,
                          memory_order_relaxed);
    fai_state_set(record, live_tag + size);
}

/* The waiting block is still charged: it serves a request of its size and tag. */
static inline void *alloc_hot(fai_context *ctx, size_t size, const char *here)
{
#if defined(__GNUC__)
    __asm__(""
            : "+r"(ctx)); /* nothing of this is to be done beforehand: the other path is short of registers */
#endif
    /* A size that is no size could make up for a difference of tags. */
    if (!FA_LIKELY(size < FAI_POOL_INLINE_SIZES && ctx->live_tag + size == hot_live(ctx))) {
        return alloc_past_hot(ctx, size, here);
    }
    set_inline_sizes(ctx, FAI_POOL_INLINE_SIZES);
    write_record(ctx->live_tag, ctx->hot_record, size, here);
    return ctx->hot;
}

FAI_POOL_ALIGNED void *fai_pool_alloc_plain(fa_context *public_ctx, size_t size, const char *here)
{
    fai_context *ctx = fai_ctx(public_ctx);
    if (!FA_LIKELY(ctx != NULL && fai_pool_is_open(ctx))) {
        return alloc_otherwise(public_ctx, size, 0, here);
    }
    if (!FA_LIKELY(size < inline_sizes(ctx))) {
        return alloc_hot(ctx, size, here);
    }
    fai_record *record;
    void *p;
    if (!FA_LIKELY(fai_page_pop(ctx->pool_pages[(size + 15) / 16], &record, &p))) {
        return alloc_otherwise(public_ctx, size, 0, here);
    }
    write_record(ctx->live_tag, record, size, here);
    fai_figure_add(&ctx->row->pool_bytes, size);
    fai_figure_add(&ctx->pool_taken, 1);
    if (!FAI_WATCHED) { /* else freed blocks rest as long as they can */
        ctx->hot = p;
        ctx->hot_record = record;
    }
    fai_poison_fresh(p, size);
    return p;
}

void *fai_pool_alloc_aligned(fa_context *ctx, size_t size, size_t align, const char *here)
{
    /* Every class block is aligned to 16: 0, 1, 2, 4, 8, 16. */
    bool plain = align <= 16 && (0x10117u >> align & 1) != 0;
    return plain ? fai_pool_alloc_plain(ctx, size, here) : alloc_otherwise(ctx, size, align, here);
}

void *fai_pool_alloc_zeroed(fa_context *ctx, size_t size, size_t align, const char *here)
{
    void *p = fai_pool_alloc(ctx, size, align, here);
    return p != NULL ? memset(p, 0, size) : NULL;
}

/* ---- free ---------------------------------------------------------------------------------------------- */

static bool free_large(fai_context *ctx, const fai_block *block, const char *here)
{
    fa_tag tag = fai_block_tag(block);
    size_t size = fai_block_size(block);
    fai_context *owner = block->page->large_ctx;
    if (!fai_large_free(ctx->allocator, block->page, here)) {
        return false;
    }
    fai_pool_charge_any(ctx, tag, (size_t)0 - size, (size_t)0 - 1);
    if (fai_is_budgeted(ctx) && owner != NULL) {
        fai_budget_give_pool(owner, size);
    }
    if (ctx->watch != NULL) {
        fai_watch_free(ctx, FA_LIFETIME_POOL, tag, block->p);
    }
    return true;
}

/* A block of a size class that was live a moment ago. False: it is free already. */
static bool free_in_class(fai_context *ctx, const fai_block *block, const char *here, fa_result *result)
{
    fai_page *page = block->page;
    size_t size = fai_block_size(block);
    fa_tag tag = fai_block_tag(block);
    fai_context *owner = page->pool_ctx;
    if (owner != ctx) {
        *result = fai_remote_free(ctx, page, block->index, here);
        if (*result == FA_RESULT_DOUBLE_FREE) {
            return false;
        }
        fai_lifecycle_tell(ctx, FA_LIFECYCLE_FREE_QUEUED, size, 1, here);
    } else {
        fai_class_free(ctx->allocator, page, block->index, here);
        fai_pool_charge(ctx, tag, (size_t)0 - size, (size_t)0 - 1);
    }
    if (fai_is_budgeted(ctx)) {
        fai_budget_give_pool(owner, size);
    }
    if (ctx->watch != NULL) {
        fai_watch_free(ctx, FA_LIFETIME_POOL, tag, block->p);
    }
    return true;
}

static FA_NOINLINE fa_result free_otherwise(fa_context *public_ctx, void *p, const char *here)
{
    fa_result check = fai_context_check(public_ctx, "fa_pool_free", here);
    if (check != FA_RESULT_OK || p == NULL) {
        return check;
    }
    fai_context *ctx = fai_ctx(public_ctx);
    if (ctx->pool_is_open) { /* pages may have come since we looked */
        uintptr_t reach = (uintptr_t)atomic_load(&ctx->allocator->objects.frontier) << FAI_PAGE_SHIFT;
        ctx->pool_reach = reach < FAI_PARCEL_REACH ? reach : FAI_PARCEL_REACH;
    }
    fai_block block = fai_block_find(ctx->allocator, p);
    if (block.where == FAI_WHERE_BLOCK && block.live && block.family == FAI_FAMILY_POOL) {
        bool large = fai_page_kind_of(block.page) == FAI_PAGE_LARGE;
        fa_result result = FA_RESULT_OK;
        if (large ? free_large(ctx, &block, here) : free_in_class(ctx, &block, here, &result)) {
            return result == FA_RESULT_OK ? result : fai_context_error(ctx, result);
        }
        block.live = false; /* another thread freed it in between */
    }
    return fai_block_refuse(public_ctx, &block, FAI_FAMILY_POOL, "fa_pool_free", here);
}

/* Its page must be looked after, or its tag is not the current one. */
static FA_NOINLINE fa_result free_with_care(fai_context *ctx, fai_page *page, fai_record *record,
                                            const char *here)
{
    uint64_t state = fai_state_of(record);
    if (!fai_state_is_live(state)) {
        return free_otherwise(
            &ctx->head, (void *)(page->address + page->block_bytes * (uintptr_t)(record - page->records)),
            here);
    }
    size_t size = fai_state_size(state);
    fa_tag tag = fai_packed_figure(atomic_load_explicit(&record->alloc_here_tag, memory_order_relaxed));
    fai_pool_charge(ctx, tag, (size_t)0 - size, (size_t)0 - 1);
    fai_class_free(ctx->allocator, page, (uint32_t)(record - page->records), here);
    return FA_RESULT_OK;
}

static FA_NOINLINE fa_result settle(fai_context *ctx, fai_page *page)
{
    fai_class_settle(ctx->allocator, page);
    return FA_RESULT_OK;
}

/* The block waits for the next request of its size and tag. */
static inline fa_result keep_hot(fai_context *ctx, uint64_t live, const char *here)
{
    set_hot_live(ctx, live);
    set_inline_sizes(ctx, 0);
    fai_state_set(ctx->hot_record, fai_pack(here, FAI_WAITS_HOT));
    return FA_RESULT_OK;
}

/* Size of a live block of the current tag; of anything else more than any size. */
static inline uint64_t size_of_own(const fai_context *ctx, const fai_record *record)
{
    return fai_state_of(record) - ctx->live_tag;
}

static inline void uncharge(fai_context *ctx, size_t size)
{
    fai_figure_add(&ctx->row->pool_freed_bytes, size);
    fai_figure_add(&ctx->pool_given_back, 1);
}

/* A block of the context that frees are being gathered for, which is claimed. */
static inline fa_result send_home(fai_context *ctx, const fai_page *page, uint32_t index, size_t size)
{
    fai_outbox *outbox = &ctx->outbox;
    *outbox->next++ = fai_parcel_entry((uint32_t)(page - ctx->pages), index, ctx->tag, size);
    outbox->parcel->bytes += (uint32_t)size;
    fai_figure_add(&ctx->frees_sent, 1);
    uncharge(ctx, size);
    return FA_RESULT_OK;
}

/* Another's page, or no block: the good case of fai_remote_free is a block of the context that frees are
 * being gathered for. Its owner and other threads may free it at the same time. */
static FA_NOINLINE fa_result free_of_others(fai_context *ctx, fai_page *page, uint32_t index, void *p,
                                            const char *here)
{
    if (page->pool_ctx != ctx->outbox.quick_to || index == FAI_NO_BLOCK) {
        return free_otherwise(&ctx->head, p, here);
    }
    fai_record *record = &page->records[index];
    uint64_t live = fai_state_of(record);
    uint64_t size = live - ctx->live_tag;
    if (!FA_LIKELY(size <= FA_POOL_CLASS_MAX && ctx->outbox.next != ctx->outbox.last &&
                   atomic_compare_exchange_strong(&record->state, &live, fai_pack(here, FAI_WAITS_QUEUED)))) {
        return free_otherwise(&ctx->head, p, here);
    }
    return send_home(ctx, page, index, size);
}

FAI_POOL_ALIGNED fa_result fai_pool_free(fa_context *public_ctx, void *p, const char *here)
{
    fai_context *ctx = fai_ctx(public_ctx);
    if (!FA_LIKELY(ctx != NULL && fai_pool_is_open(ctx))) {
        return free_otherwise(public_ctx, p, here);
    }
    if (p == ctx->hot) {
        uint64_t state = fai_state_of(ctx->hot_record);
        if (FA_LIKELY(fai_state_is_live(state))) {
            return keep_hot(ctx, state, here);
        }
    }
    uintptr_t offset = (uintptr_t)p - ctx->objects_base;
    if (!FA_LIKELY(offset < ctx->pool_reach)) {
        return free_otherwise(public_ctx, p, here);
    }
    fai_page *page = &ctx->pages[offset >> FAI_PAGE_SHIFT];
    uint32_t index = fai_page_index(page, (uint32_t)((uintptr_t)p & (FAI_PAGE_BYTES - 1)));
    if (!FA_LIKELY(page->pool_ctx == ctx && index != FAI_NO_BLOCK)) {
        return free_of_others(ctx, page, index, p, here);
    }
    fai_record *record = &page->records[index];
    uint64_t size = size_of_own(ctx, record);
    if (!FA_LIKELY(size <= FA_POOL_CLASS_MAX)) {
        return free_with_care(ctx, page, record, here);
    }
    fai_poison_dead(p, page->block_bytes, FA_PATTERN_FREED);
    uncharge(ctx, size);
    return FA_UNLIKELY(fai_class_push(page, index, record, here)) ? settle(ctx, page) : FA_RESULT_OK;
}

fa_result fai_pool_free_sized(fa_context *public_ctx, void *p, size_t size, const char *here)
{
    fa_result check = fai_context_check(public_ctx, "fa_pool_free_sized", here);
    if (check != FA_RESULT_OK || p == NULL) {
        return check;
    }
    fai_context *ctx = fai_ctx(public_ctx);
    fai_block block = fai_block_find(ctx->allocator, p);
    bool live_pool = block.where == FAI_WHERE_BLOCK && block.live && block.family == FAI_FAMILY_POOL;
    if (live_pool && fai_block_size(&block) != size) {
        fai_report report = {.code = FA_CODE_FA607,
                             .result = FA_RESULT_WRONG_SIZE,
                             .allocator = ctx->allocator,
                             .ctx = public_ctx,
                             .here = here,
                             .earlier = fai_block_alloc_here(&block),
                             .address = p,
                             .bytes = fai_block_size(&block),
                             .tag = fai_tags_path(ctx->allocator, fai_block_tag(&block))};
        return fai_context_error(
            ctx, fai_report_send(&report, "fa_pool_free_sized: %p was asked for with %zu bytes, not %zu", p,
                                 report.bytes, size));
    }
    return fai_pool_free(public_ctx, p, here);
}

fa_result fai_pool_drain(fa_context *public_ctx, const char *here)
{
    fa_result check = fai_context_check(public_ctx, "fa_pool_drain", here);
    if (check == FA_RESULT_OK) {
        fai_context *ctx = fai_ctx(public_ctx);
        (void)fai_outbox_flush(ctx);
        fai_inbox_collect(&ctx->owner_of_pool);
    }
    return check;
}

static void account_reset(void *user, void *p, uint64_t live)
{
    fai_context *ctx = user;
    size_t size = fai_state_size(live);
    fai_pool_charge(ctx, fai_state_tag(live), (size_t)0 - size, (size_t)0 - 1);
    if (fai_is_budgeted(ctx)) {
        fai_budget_give_pool(ctx, size);
    }
    if (ctx->watch != NULL) {
        fai_watch_free(ctx, FA_LIFETIME_POOL, fai_state_tag(live), p);
    }
}

fa_result fai_pool_reset(fa_context *public_ctx, const char *here)
{
    fa_result check = fai_context_check(public_ctx, "fa_pool_reset", here);
    if (check != FA_RESULT_OK) {
        return check;
    }
    fai_context *ctx = fai_ctx(public_ctx);
    const fai_reset_hook hook = {account_reset, ctx};
    fai_pool_flush(ctx);
    fai_inbox_collect(&ctx->owner_of_pool);
    for (uint32_t i = 0; i < FAI_CLASS_COUNT; i++) {
        fai_class_reset(ctx->allocator, &ctx->pool[i], here, &hook);
    }
    return FA_RESULT_OK;
}

size_t fa_pool_size_bytes(const fa_context *ctx, const void *p)
{
    if (ctx == NULL) {
        return 0;
    }
    fai_block block = fai_block_find(fai_ctx(ctx)->allocator, p);
    bool live = block.where == FAI_WHERE_BLOCK && block.live && block.family == FAI_FAMILY_POOL;
    return live ? fai_block_size(&block) : 0;
}
