/* heap.c - blocks for third-party code and large ones, from any thread: the classes of object.h under one
 * lock. */
#include "framealloc/heap.h"

#include <string.h>

#include "core/context.h"
#include "core/harden.h"
#include "debug/poison.h"
#include "debug/watch.h"

static void charge(fai_context *ctx, fa_tag tag, size_t bytes, size_t objects)
{
    fai_tag_charge_heap(ctx, tag, bytes);
    atomic_fetch_add_explicit(&ctx->allocator->objects.heap_live, objects, memory_order_relaxed);
}

static void *take(fai_context *ctx, size_t size, size_t align, fa_tag tag, const char *here, fa_result *why)
{
    fa_allocator *allocator = ctx->allocator;
    uint32_t index = fai_class_index(size, align);
    if (index >= FAI_CLASS_COUNT) {
        return fai_large_alloc(allocator, FAI_FAMILY_HEAP, size, align, tag, here, why);
    }
    fai_mutex_lock(&allocator->objects.heap_lock);
    void *p = fai_class_alloc(allocator, &allocator->objects.heap[index], size, tag, here, why);
    fai_mutex_unlock(&allocator->objects.heap_lock);
    return p;
}

/* Memory for a block that the budgets know of already. */
static void *alloc_charged(fai_context *ctx, size_t size, size_t align, fa_tag tag, const char *here)
{
    if (size > FA_REQUEST_MAX) {
        return fai_context_fail(ctx, FA_RESULT_FULL);
    }
    fa_result why;
    void *p = take(ctx, size, align, tag, here, &why);
    if (p == NULL) {
        fai_context_relieve(ctx);
        p = take(ctx, size, align, tag, here, &why);
    }
    if (p == NULL) {
        return fai_context_fail(ctx, why);
    }
    ctx->heap_allocs++;
    charge(ctx, tag, size, 1);
    if (ctx->watch != NULL) {
        fai_watch_alloc(ctx, FA_LIFETIME_HEAP, tag, p, size, align, here, FAI_CALLER);
    }
    fai_harden_tell(ctx, here);
    return p;
}

static void *alloc_block(fai_context *ctx, size_t size, size_t align, fa_tag tag, const char *here)
{
    if (FA_LIKELY(!fai_is_budgeted(ctx)) || size > FA_REQUEST_MAX) {
        return alloc_charged(ctx, size, align, tag, here);
    }
    if (!fai_budget_take(ctx, tag, size, false, here)) {
        return NULL;
    }
    void *p = alloc_charged(ctx, size, align, tag, here);
    if (p == NULL) {
        fai_budget_give(ctx->allocator, tag, size);
    }
    fai_budget_tell(ctx, here);
    return p;
}

void *fai_heap_alloc(fa_context *public_ctx, size_t size, size_t align, const char *here)
{
    if (fai_context_check(public_ctx, "fa_heap_alloc", here) != FA_RESULT_OK) {
        return NULL;
    }
    fai_context *ctx = fai_ctx(public_ctx);
    align = fai_align_check(ctx, align, "fa_heap_alloc", here);
    return align != 0 ? alloc_block(ctx, size, align, ctx->tag, here) : NULL;
}

void *fai_heap_alloc_zeroed(fa_context *ctx, size_t size, size_t align, const char *here)
{
    void *p = fai_heap_alloc(ctx, size, align, here);
    return p != NULL ? memset(p, 0, size) : NULL;
}

/* ---- free ---------------------------------------------------------------------------------------------- */

/* Find a live heap block; heap_lock is held, so that a class block cannot be freed in between. */
static bool find_live(const fa_allocator *allocator, const void *p, fai_block *block)
{
    *block = fai_block_find(allocator, p);
    return block->where == FAI_WHERE_BLOCK && block->live && block->family == FAI_FAMILY_HEAP;
}

/* Free a block, and say what it was. False: it is no live heap block of @p size (or of any size,
 * FA_NO_LIMIT). */
static bool free_block(fai_context *ctx, void *p, size_t size, const char *here, fai_block *block,
                       size_t *was)
{
    fa_allocator *allocator = ctx->allocator;
    fai_mutex_lock(&allocator->objects.heap_lock);
    bool done = find_live(allocator, p, block);
    fa_tag tag = fai_block_tag(block);
    *was = fai_block_size(block);
    done = done && (size == FA_NO_LIMIT || size == *was);
    if (done && fai_page_kind_of(block->page) == FAI_PAGE_LARGE) {
        done = fai_large_free(allocator, block->page, here);
    } else if (done) {
        fai_class_free(allocator, block->page, block->index, here);
    }
    fai_mutex_unlock(&allocator->objects.heap_lock);
    if (done) {
        charge(ctx, tag, (size_t)0 - *was, (size_t)0 - 1);
        if (ctx->watch != NULL) {
            fai_watch_free(ctx, FA_LIFETIME_HEAP, tag, p);
        }
    }
    return done;
}

static fa_result free_checked(fa_context *public_ctx, void *p, size_t size, const char *call,
                              const char *here)
{
    fa_result check = fai_context_check(public_ctx, call, here);
    if (check != FA_RESULT_OK || p == NULL) {
        return check;
    }
    fai_context *ctx = fai_ctx(public_ctx);
    fai_block block;
    size_t was;
    if (free_block(ctx, p, size, here, &block, &was)) {
        return FA_RESULT_OK;
    }
    if (block.where != FAI_WHERE_BLOCK || !block.live || block.family != FAI_FAMILY_HEAP) {
        return fai_block_refuse(public_ctx, &block, FAI_FAMILY_HEAP, call, here);
    }
    fai_report report = {.code = FA_CODE_FA607,
                         .result = FA_RESULT_WRONG_SIZE,
                         .allocator = ctx->allocator,
                         .ctx = public_ctx,
                         .here = here,
                         .earlier = fai_block_alloc_here(&block),
                         .address = p,
                         .bytes = was,
                         .tag = fai_tags_path(ctx->allocator, fai_block_tag(&block))};
    return fai_context_error(ctx, fai_report_send(&report, "%s: %p was asked for with %zu bytes, not %zu",
                                                  call, p, was, size));
}

fa_result fai_heap_free(fa_context *ctx, void *p, const char *here)
{
    return free_checked(ctx, p, FA_NO_LIMIT, "fa_heap_free", here);
}

fa_result fai_heap_free_sized(fa_context *ctx, void *p, size_t size, const char *here)
{
    return free_checked(ctx, p, size, "fa_heap_free_sized", here);
}

/* ---- realloc ------------------------------------------------------------------------------------------- */

/* The block's room and alignment: what it may become without moving. */
static size_t room_of(const fai_block *block, size_t *align)
{
    if (fai_page_kind_of(block->page) == FAI_PAGE_LARGE) {
        *align = block->page->large_align;
        return (size_t)block->page->span_pages << FAI_PAGE_SHIFT;
    }
    /* A class block is aligned to the largest power of two in its size: at least what was asked for. */
    size_t bytes = block->page->block_bytes;
    *align = bytes & (~bytes + 1);
    *align = *align > FAI_CLASS_ALIGN_MAX ? FAI_CLASS_ALIGN_MAX : *align;
    return bytes;
}

static void resize_in_place(const fai_block *block, size_t size, const char *here)
{
    bool large = fai_page_kind_of(block->page) == FAI_PAGE_LARGE;
    fai_record *record = large ? &block->page->large : &block->page->records[block->index];
    size_t old = fai_block_size(block);
    atomic_store_explicit(&record->alloc_here_tag, fai_pack(here, fai_block_tag(block)),
                          memory_order_relaxed);
    if (large) {
        block->page->large_bytes = size;
    } else {
        fai_state_set(record, fai_state_live(fai_block_tag(block)) + size);
    }
    if (size < old) {
        fai_poison_dead((char *)block->p + size, old - size, FA_PATTERN_FREED);
    } else {
        fai_poison_fresh((char *)block->p + old, size - old);
    }
}

static bool prepay(fai_context *ctx, void *p, size_t size, size_t *prepaid, const char *here)
{
    fai_block block;
    fai_mutex_lock(&ctx->allocator->objects.heap_lock);
    bool live = find_live(ctx->allocator, p, &block);
    size_t old = live ? fai_block_size(&block) : size;
    fa_tag tag = live ? fai_block_tag(&block) : FA_TAG_NONE;
    fai_mutex_unlock(&ctx->allocator->objects.heap_lock);
    *prepaid = size > old && size <= FA_REQUEST_MAX ? size - old : 0;
    if (*prepaid > 0 && !fai_budget_take(ctx, tag, *prepaid, false, here)) {
        return false;
    }
    fai_budget_tell(ctx, here);
    return true;
}

void *fai_heap_realloc(fa_context *public_ctx, void *p, size_t size, const char *here)
{
    if (p == NULL) {
        return fai_heap_alloc(public_ctx, size, 0, here);
    }
    if (fai_context_check(public_ctx, "fa_heap_realloc", here) != FA_RESULT_OK) {
        return NULL;
    }
    fai_context *ctx = fai_ctx(public_ctx);
    fa_allocator *allocator = ctx->allocator;
    fai_block block;
    size_t prepaid = 0; /* what it grows by is charged before anything changes */
    if (fai_is_budgeted(ctx) && !prepay(ctx, p, size, &prepaid, here)) {
        return NULL;
    }
    size_t align = 0;
    size_t old = 0;
    fa_tag tag = FA_TAG_NONE;
    bool in_place = false;
    fai_mutex_lock(&allocator->objects.heap_lock);
    bool live = find_live(allocator, p, &block);
    if (live) {
        size_t room = room_of(&block, &align);
        old = fai_block_size(&block);
        tag = fai_block_tag(&block);
        in_place = size <= room && (size > room / 2 || room <= 256);
        if (in_place) {
            resize_in_place(&block, size, here);
        }
    }
    fai_mutex_unlock(&allocator->objects.heap_lock);
    if (!live) {
        (void)fai_block_refuse(public_ctx, &block, FAI_FAMILY_HEAP, "fa_heap_realloc", here);
        return NULL;
    }
    if (in_place) {
        ctx->heap_allocs++;
        fai_tag_charge_heap(ctx, tag, size - old);
        return p;
    }
    void *moved = size <= FA_REQUEST_MAX ? alloc_charged(ctx, size, align, tag, here) : NULL;
    if (moved == NULL && size > FA_REQUEST_MAX) {
        return fai_context_fail(ctx, FA_RESULT_FULL);
    }
    if (moved == NULL && size < old) { /* making a block smaller must not fail for want of memory */
        fai_mutex_lock(&allocator->objects.heap_lock);
        resize_in_place(&block, size, here);
        fai_mutex_unlock(&allocator->objects.heap_lock);
        fai_tag_charge_heap(ctx, tag, size - old);
        return p;
    }
    if (moved == NULL) {
        if (prepaid > 0) {
            fai_budget_give(allocator, tag, prepaid);
        }
        return NULL;
    }
    memcpy(moved, p, old < size ? old : size);
    ctx->budgets.moving = true; /* the old block's bytes stay charged: they are the new one's */
    (void)fai_heap_free(public_ctx, p, here);
    ctx->budgets.moving = false;
    if (size < old && fai_is_budgeted(ctx)) {
        fai_budget_give(allocator, tag, old - size);
    }
    return moved;
}

size_t fa_heap_size_bytes(const fa_context *ctx, const void *p)
{
    if (ctx == NULL) {
        return 0;
    }
    fai_block block = fai_block_find(fai_ctx(ctx)->allocator, p);
    bool live = block.where == FAI_WHERE_BLOCK && block.live && block.family == FAI_FAMILY_HEAP;
    return live ? fai_block_size(&block) : 0;
}
