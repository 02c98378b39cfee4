/* pool.c - objects of any size, freed one by one.
 *
 * The good cases of allocation and free are in line here, for sizes up to 1 KiB and ordinary alignments: the
 * hot block (pool.h), else the first block of the class's current page; and for a free, the page's
 * description found by a shift, the block's number by a multiplication, and its state, which says whether it
 * is out. Whatever does not fit goes out of line, where fai_block_refuse finds out at leisure what the
 * pointer is. */
#include "core/pool.h"

#include <string.h>

#include "core/lifecycle.h"
#include "core/typed_pool.h"
#include "debug/poison.h"
#include "debug/watch.h"

/* ---- the hot block ------------------------------------------------------------------------------------- */

void fai_pool_charge_any(fai_context *ctx, fa_tag tag, size_t bytes, size_t objects)
{
    (void)fai_tag_row_make(ctx, tag);
    fai_pool_charge(ctx, tag, bytes, objects);
}

static FA_COLD void put_hot_back(fai_context *ctx)
{
    fai_page *page = fai_page_of(&ctx->allocator->objects, ctx->hot);
    uint32_t index = (uint32_t)(ctx->hot_record - page->records);
    ctx->hot_size = FAI_HOT_OUT;
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
    if (ctx->hot_size != FAI_HOT_OUT) {
        put_hot_back(ctx);
    }
    fai_pool_forget_hot(ctx);
}

void fai_pool_open(fai_context *ctx)
{
    if (ctx->pool_inline != 0) {
        return;
    }
    ctx->objects_base = ctx->allocator->objects.base;
    ctx->pages = ctx->allocator->objects.pages;
    ctx->pool_inline = FAI_POOL_INLINE_SIZES;
    ctx->hot_size = FAI_HOT_OUT;
    fai_pool_forget_hot(ctx);
}

void fai_pool_shut(fai_context *ctx)
{
    fai_pool_flush(ctx);
    ctx->pool_inline = 0;
    ctx->pool_reach = 0;
}

/* ---- alloc --------------------------------------------------------------------------------------------- */

/* Class of (size + 15) / 16. */
static const uint8_t class_of_units[] = {
    0,  0,  1,  2,  3,  4,  5,  6,  7,  8,  8,  9,  9,  10, 10, 11, 11, 12, 12, 12, 12, 13,
    13, 13, 13, 14, 14, 14, 14, 15, 15, 15, 15, 16, 16, 16, 16, 16, 16, 16, 16, 17, 17, 17,
    17, 17, 17, 17, 17, 18, 18, 18, 18, 18, 18, 18, 18, 19, 19, 19, 19, 19, 19, 19, 19,
};
_Static_assert(sizeof class_of_units == (FAI_POOL_INLINE_SIZES - 1) / 16 + 1, "one class for each");

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
    if (budgeted) {
        fai_budget_tell(ctx, here);
    }
    return p;
}

static FA_NOINLINE void *alloc_past_hot(fai_context *ctx, size_t size, const char *here)
{
    put_hot_back(ctx);
    return fai_pool_alloc_plain(&ctx->head, size, here);
}

/* From a size class. */
static FA_NOINLINE void *alloc_inline_size(fai_context *ctx, size_t size, const char *here)
{
    if (FA_UNLIKELY(ctx->hot_size != FAI_HOT_OUT)) {
        return alloc_past_hot(ctx, size, here);
    }
    fai_class *cls = &ctx->pool[class_of_units[(size + 15) / 16]];
    fai_record *record;
    void *p;
    if (!FA_LIKELY(fai_class_pop(cls, &record, &p))) {
        return alloc_otherwise(&ctx->head, size, 0, here);
    }
    atomic_store_explicit(&record->alloc_here_tag, fai_pack(here, ctx->tag), memory_order_relaxed);
    fai_state_set(record, FAI_STATE_LIVE ^ size);
    fai_figure_add(&ctx->row->pool_bytes, size);
    fai_figure_add(&ctx->pool_taken, 1);
    if (!FAI_WATCHED) { /* else freed blocks rest as long as they can */
        ctx->hot = p;
        ctx->hot_record = record;
    }
    fai_poison_fresh(p, size);
    return p;
}

static inline bool is_owner(const fai_context *ctx)
{
    return atomic_load_explicit(&ctx->owner, memory_order_relaxed) == fai_thread_self();
}

void *fai_pool_alloc_plain(fa_context *public_ctx, size_t size, const char *here)
{
    fai_context *ctx = fai_ctx(public_ctx);
    if (!FA_LIKELY(ctx != NULL && is_owner(ctx) && !fai_is_budgeted(ctx) && size < ctx->pool_inline)) {
        return alloc_otherwise(public_ctx, size, 0, here);
    }
    if (size != ctx->hot_size) {
        return alloc_inline_size(ctx, size, here);
    }
    fai_record *record = ctx->hot_record;
    ctx->hot_size = FAI_HOT_OUT;
    atomic_store_explicit(&record->alloc_here_tag, fai_pack(here, ctx->tag), memory_order_relaxed);
    fai_state_set(record, FAI_STATE_LIVE ^ size);
    fai_figure_add(&ctx->row->pool_bytes, size);
    fai_figure_add(&ctx->pool_taken, 1);
    return ctx->hot;
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
    if (ctx->pool_inline != 0) { /* pages may have come since we looked */
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

static FA_NOINLINE fa_result free_of_other_tag(fai_context *ctx, fa_tag tag, size_t size)
{
    fai_tag_charge_pool(ctx, tag, (size_t)0 - size);
    return FA_RESULT_OK;
}

static inline fa_result uncharge(fai_context *ctx, const fai_record *record, size_t size)
{
    fa_tag tag = fai_packed_figure(atomic_load_explicit(&record->alloc_here_tag, memory_order_relaxed));
    fai_figure_add(&ctx->pool_given_back, 1);
    if (FA_UNLIKELY(tag != ctx->tag)) {
        return free_of_other_tag(ctx, tag, size);
    }
    fai_figure_add(&ctx->row->pool_freed_bytes, size);
    return FA_RESULT_OK;
}

static FA_NOINLINE fa_result settle(fai_context *ctx, fai_page *page, const fai_record *record, size_t size)
{
    fa_result result = uncharge(ctx, record, size); /* the record may go with the page */
    fai_class_settle(ctx->allocator, page);
    return result;
}

/* A block of the context that frees are being gathered for: the good case of fai_remote_free. */
static inline fa_result free_queued(fai_context *ctx, fai_page *page, uint32_t index, uintptr_t offset,
                                    void *p, const char *here)
{
    fai_record *record = &page->records[index];
    fai_outbox *outbox = &ctx->outbox;
    uint64_t live = fai_state_of(record);
    fa_tag tag = fai_packed_figure(atomic_load_explicit(&record->alloc_here_tag, memory_order_relaxed));
    if (!FA_LIKELY(fai_state_is_live(live) && tag == ctx->tag && outbox->next + 1 != outbox->end)) {
        return free_otherwise(&ctx->head, p, here);
    }
    uint64_t freed = fai_pack(here, FAI_WAITS_QUEUED);
    if (!atomic_load_explicit(&ctx->contested, memory_order_relaxed)) {
        fai_state_set(record, freed);
    } else if (!atomic_compare_exchange_strong(&record->state, &live, freed)) {
        return free_otherwise(&ctx->head, p, here);
    }
    size_t size = fai_state_size(live);
    *outbox->next++ = fai_parcel_entry(offset, tag, size);
    outbox->parcel->bytes += (uint32_t)size;
    fai_figure_add(&ctx->frees_sent, 1);
    fai_figure_add(&ctx->pool_given_back, 1);
    fai_figure_add(&ctx->row->pool_freed_bytes, size);
    return FA_RESULT_OK;
}

/* Any block but the hot one. */
static FA_NOINLINE fa_result free_other(fai_context *ctx, void *p, const char *here)
{
    uintptr_t offset = (uintptr_t)p - ctx->objects_base;
    if (!FA_LIKELY(offset < ctx->pool_reach)) {
        return free_otherwise(&ctx->head, p, here);
    }
    fai_page *page = &ctx->pages[offset >> FAI_PAGE_SHIFT];
    uint32_t index = fai_page_index(page, (uint32_t)(offset & (FAI_PAGE_BYTES - 1)));
    if (!FA_LIKELY(page->pool_ctx == ctx && index != FAI_NO_BLOCK)) {
        bool queue = page->pool_ctx == ctx->outbox.quick_to && index != FAI_NO_BLOCK;
        return queue ? free_queued(ctx, page, index, offset, p, here) : free_otherwise(&ctx->head, p, here);
    }
    fai_record *record = &page->records[index];
    uint64_t state = fai_state_of(record);
    if (!FA_LIKELY(fai_state_is_live(state))) {
        return free_otherwise(&ctx->head, p, here);
    }
    size_t size = fai_state_size(state);
    fai_poison_dead(p, page->block_bytes, FA_PATTERN_FREED);
    if (FA_UNLIKELY(fai_class_push(page, index, record, here))) {
        return settle(ctx, page, record, size);
    }
    return uncharge(ctx, record, size);
}

fa_result fai_pool_free(fa_context *public_ctx, void *p, const char *here)
{
    fai_context *ctx = fai_ctx(public_ctx);
    if (!FA_LIKELY(ctx != NULL && is_owner(ctx) && !fai_is_budgeted(ctx))) {
        return free_otherwise(public_ctx, p, here);
    }
    fai_record *record = ctx->hot_record;
    uint64_t state = fai_state_of(record);
    if (p != ctx->hot || !FA_LIKELY(fai_state_is_live(state))) {
        return free_other(ctx, p, here);
    }
    /* It waits for the next request of its size. */
    size_t size = fai_state_size(state);
    ctx->hot_size = size;
    fai_state_set(record, fai_pack(here, FAI_WAITS_HOT));
    return uncharge(ctx, record, size);
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

size_t fa_pool_size_bytes(const fa_context *ctx, const void *p)
{
    fai_block block = fai_block_find(fai_ctx(ctx)->allocator, p);
    bool live = block.where == FAI_WHERE_BLOCK && block.live && block.family == FAI_FAMILY_POOL;
    return live ? fai_block_size(&block) : 0;
}
