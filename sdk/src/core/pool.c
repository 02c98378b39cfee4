/* pool.c - objects of any size, freed one by one.
 *
 * The good case of a free is judged in line: the page's description is found by a shift, the block's number
 * by a multiplication, and the bit says whether it is out. Whatever does not fit goes to fai_block_refuse,
 * which finds out at leisure what the pointer is. */
#include "framealloc/pool.h"
#include "core/lifecycle.h"
#include "core/typed_pool.h"
#include "debug/poison.h"
#include "debug/watch.h"

#include <string.h>

static void charge(fai_context *ctx, fa_tag tag, size_t bytes, size_t objects)
{
    fai_tag_charge_pool(ctx, tag, bytes);
    fai_figure_add(&ctx->pool_live, objects);
}

static inline void *take(fai_context *ctx, size_t size, size_t align, const char *here, fa_result *why)
{
    uint32_t index = fai_class_index(size, align);
    if (index < FAI_CLASS_COUNT) {
        return fai_class_alloc(ctx->allocator, &ctx->pool[index], size, ctx->tag, here, why);
    }
    void *p = fai_large_alloc(ctx->allocator, FAI_FAMILY_POOL, size, align, ctx->tag, here, why);
    if (p != NULL) {
        fai_page_of(&ctx->allocator->objects, p)->pool_ctx = ctx;
    }
    return p;
}

void *fai_pool_alloc(fa_context *public_ctx, size_t size, size_t align, const char *here)
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
    charge(ctx, ctx->tag, size, 1);
    if (!FA_LIKELY(ctx->watch == NULL)) {
        fai_watch_alloc(ctx, FA_LIFETIME_POOL, ctx->tag, p, size, align, here, FAI_CALLER);
    }
    if (budgeted) {
        fai_budget_tell(ctx, here);
    }
    return p;
}

void *fai_pool_alloc_zeroed(fa_context *ctx, size_t size, size_t align, const char *here)
{
    void *p = fai_pool_alloc(ctx, size, align, here);
    return p != NULL ? memset(p, 0, size) : NULL;
}

/* ---- free ---------------------------------------------------------------------------------------------- */

/* The owner may have gone: then nobody collects what we marked, unless we do. */
static void collect_for_parked(fai_context *owner)
{
    if (atomic_load(&owner->state) != FAI_CONTEXT_PARKED) {
        return;
    }
    fai_mutex_lock(&owner->allocator->contexts_lock);
    if (atomic_load(&owner->state) == FAI_CONTEXT_PARKED) {
        fai_owner_collect(owner->allocator, &owner->owner_of_pool);
    }
    fai_mutex_unlock(&owner->allocator->contexts_lock);
}

static bool is_own_page(const fai_context *ctx, const fai_page *page)
{
    return (uintptr_t)page->owner - (uintptr_t)ctx->pool < sizeof ctx->pool;
}

/* A block of a class page; @p index is known to be one. False: it is free already. */
static bool free_in_class(fai_context *ctx, fai_page *page, uint32_t index, const char *here)
{
    if (!fai_page_is_live(page, index)) {
        return false;
    }
    fai_record *record = &page->records[index];
    fa_tag tag = fai_packed_figure(atomic_load_explicit(&record->alloc_here_tag, memory_order_relaxed));
    size_t size = page->block_bytes -
                  fai_packed_figure(atomic_load_explicit(&record->free_here_slack, memory_order_relaxed));
    fai_context *owner = page->owner->owner->ctx;
    if (is_own_page(ctx, page)) {
        fai_class_free(ctx->allocator, page, index, here);
    } else {
        if (!fai_class_free_remote(ctx->allocator, page, index, here)) {
            return false;
        }
        collect_for_parked(owner);
        fai_lifecycle_tell(ctx, FA_LIFECYCLE_FREE_QUEUED, size, 1, here);
    }
    charge(ctx, tag, (size_t)0 - size, (size_t)0 - 1);
    if (fai_is_budgeted(ctx)) {
        fai_budget_give_pool(owner, size);
    }
    if (!FA_LIKELY(ctx->watch == NULL)) {
        fai_watch_free(ctx, FA_LIFETIME_POOL, tag,
                       (void *)(fai_page_address(&ctx->allocator->objects, page) +
                                index * page->block_bytes));
    }
    return true;
}

static bool free_large(fai_context *ctx, const fai_block *block, const char *here)
{
    fa_tag tag = fai_block_tag(block);
    size_t size = fai_block_size(block);
    fai_context *owner = block->page->pool_ctx;
    if (!fai_large_free(ctx->allocator, block->page, here)) {
        return false;
    }
    charge(ctx, tag, (size_t)0 - size, (size_t)0 - 1);
    if (fai_is_budgeted(ctx) && owner != NULL) {
        fai_budget_give_pool(owner, size);
    }
    if (ctx->watch != NULL) {
        fai_watch_free(ctx, FA_LIFETIME_POOL, tag, block->p);
    }
    return true;
}

static FA_COLD fa_result free_otherwise(fai_context *ctx, void *p, const char *here)
{
    fai_block block = fai_block_find(ctx->allocator, p);
    bool large = block.where == FAI_WHERE_BLOCK && block.live && block.family == FAI_FAMILY_POOL &&
                 fai_page_kind_of(block.page) == FAI_PAGE_LARGE;
    if (large && free_large(ctx, &block, here)) {
        return FA_RESULT_OK;
    }
    block.live = block.live && !large; /* another thread freed it in between */
    return fai_block_refuse(&ctx->head, &block, FAI_FAMILY_POOL, "fa_pool_free", here);
}

fa_result fai_pool_free(fa_context *public_ctx, void *p, const char *here)
{
    fa_result check = fai_context_check(public_ctx, "fa_pool_free", here);
    if (check != FA_RESULT_OK || p == NULL) {
        return check;
    }
    fai_context *ctx = fai_ctx(public_ctx);
    fai_page *page = fai_page_of(&ctx->allocator->objects, p);
    if (page == NULL || fai_page_kind_of(page) != FAI_PAGE_CLASS || page->family != FAI_FAMILY_POOL) {
        return free_otherwise(ctx, p, here);
    }
    uint32_t offset = (uint32_t)((uintptr_t)p & (FAI_PAGE_BYTES - 1));
    uint32_t index = (uint32_t)((uint64_t)offset * page->reciprocal >> 32);
    if (index < page->capacity && index * page->block_bytes == offset &&
        free_in_class(ctx, page, index, here)) {
        return FA_RESULT_OK;
    }
    return free_otherwise(ctx, p, here);
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

size_t fa_pool_size_bytes(const fa_context *ctx, const void *p)
{
    fai_block block = fai_block_find(fai_ctx(ctx)->allocator, p);
    bool live = block.where == FAI_WHERE_BLOCK && block.live && block.family == FAI_FAMILY_POOL;
    return live ? fai_block_size(&block) : 0;
}
