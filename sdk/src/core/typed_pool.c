/* typed_pool.c - see typed_pool.h. The slot follows the block that was handed out last, so that a program
 * that takes and gives back never leaves the inlined path. */
#include "core/typed_pool.h"

#include "core/harden.h"
#include "core/pool.h"
#include "debug/poison.h"
#include "debug/steady.h"
#include "debug/watch.h"

#define TYPED_MAGIC UINT64_C(0x7E9EDB001CAFE515)

static fai_typed *impl(const fa_typed_pool *pool)
{
    return (fai_typed *)(uintptr_t)pool;
}

static fa_result check_pool(const fa_typed_pool *pool, const char *call, const char *here)
{
    if (pool == NULL || impl(pool)->magic != TYPED_MAGIC) {
        return FA_RESULT_INVALID_ARGUMENT;
    }
    return fai_context_check(&impl(pool)->ctx->head, call, here);
}

static void charge(fai_typed *pool, size_t objects)
{
    size_t bytes = objects * pool->object_bytes;
    fai_pool_charge(pool->ctx, pool->tag, bytes, objects);
    if (bytes > SIZE_MAX / 2 && FA_UNLIKELY(fai_is_budgeted(pool->ctx))) {
        fai_budget_give_pool(pool->ctx, (size_t)0 - bytes);
    }
}

/* ---- the slot ------------------------------------------------------------------------------------------ */

static bool slot_is_free(const fai_typed *pool)
{
    return pool->head.slot_free_here != NULL;
}

/* Nothing waits, and no address a program frees is in it: an odd one inside of the pool itself. */
static void clear_slot(fai_typed *pool)
{
    pool->head = (fa_typed_pool){.slot = (uintptr_t)&pool->magic + 3};
    pool->slot_record = NULL;
}

/* What the inlined path noted about the block goes to its record. */
static void note_slot(const fai_typed *pool)
{
    if (pool->slot_record != NULL && pool->head.slot_alloc_here != NULL) {
        atomic_store_explicit(&pool->slot_record->alloc_here_tag,
                              fai_pack(pool->head.slot_alloc_here, pool->tag), memory_order_relaxed);
    }
}

/* Take the block out of the slot: a waiting one goes back to the class. */
static void empty_slot(fai_typed *pool)
{
    note_slot(pool);
    if (slot_is_free(pool)) {
        fai_page *page = fai_page_of(&pool->ctx->allocator->objects, (void *)pool->head.slot);
        fai_class_free(pool->ctx->allocator, page, (uint32_t)(pool->slot_record - page->records),
                       pool->head.slot_free_here);
        pool->live--;
        charge(pool, (size_t)0 - 1);
    }
    clear_slot(pool);
}

/* Precondition: nothing waits in it. */
static void fill_slot(fai_typed *pool, void *p, fai_record *record)
{
    note_slot(pool);
    pool->head.slot = (uintptr_t)p;
    pool->head.slot_alloc_here = NULL; /* the record has it */
    pool->slot_record = record;
}

bool fai_typed_holds_free(const fai_block *block)
{
    const fai_typed *pool = block->page->owner->owner->typed;
    return slot_is_free(pool) && pool->head.slot == (uintptr_t)block->p;
}

const char *fai_typed_free_here(const fai_block *block)
{
    return block->page->owner->owner->typed->head.slot_free_here;
}

size_t fai_typed_waiting_bytes(const fai_context *ctx, fa_tag tag, bool all_tags, size_t *objects)
{
    size_t bytes = 0;
    for (const fai_typed *pool = ctx->typed_pools; pool != NULL; pool = pool->next) {
        if ((all_tags || pool->tag == tag) && slot_is_free(pool)) {
            bytes += pool->object_bytes;
            *objects += 1;
        }
    }
    return bytes;
}

uint64_t fai_typed_refills(const fai_context *ctx)
{
    uint64_t refills = 0;
    for (const fai_typed *pool = ctx->typed_pools; pool != NULL; pool = pool->next) {
        refills += pool->owner.refills;
    }
    return refills;
}

void fai_typed_flush_all(fai_context *ctx)
{
    for (fai_typed *pool = ctx->typed_pools; pool != NULL; pool = pool->next) {
        empty_slot(pool);
        fai_class_trim(ctx->allocator, &pool->cls);
    }
}

void fai_typed_shut_all(fai_context *ctx, bool shut)
{
    for (fai_typed *pool = ctx->typed_pools; pool != NULL; pool = pool->next) {
        pool->slot_shut = shut;
        if (shut) {
            empty_slot(pool);
        }
    }
}

/* ---- create, destroy ----------------------------------------------------------------------------------- */

static void check_desc(const fai_context *ctx, const fa_typed_pool_desc *desc, fai_problems *problems)
{
    fai_problems_check_canaries(problems, desc->start_canary, desc->end_canary);
    if (desc->object_bytes == 0 || desc->object_bytes > FA_POOL_CLASS_MAX) {
        fai_problems_add(problems, "object_bytes is %zu, not between 1 and %zu", desc->object_bytes,
                         FA_POOL_CLASS_MAX);
    }
    if ((desc->object_align & (desc->object_align - 1)) != 0 || desc->object_align > FA_ALIGN_MAX) {
        fai_problems_add(problems, "object_align is %zu, not a power of two up to %zu", desc->object_align,
                         FA_ALIGN_MAX);
    }
    fai_problems_check_tag(problems, ctx->allocator, desc->tag);
}

fa_result fai_typed_pool_create(fa_context *public_ctx, const fa_typed_pool_desc *desc, fa_typed_pool **out,
                                const char *here)
{
    if (out == NULL) {
        return FA_RESULT_INVALID_ARGUMENT;
    }
    *out = NULL;
    fa_result check = fai_context_check(public_ctx, "fa_typed_pool_create", here);
    if (check != FA_RESULT_OK) {
        return check;
    }
    fai_context *ctx = fai_ctx(public_ctx);
    fai_problems problems = {0};
    if (desc == NULL) {
        fai_problems_add(&problems, "there is none; object_bytes has no default");
    } else {
        check_desc(ctx, desc, &problems);
    }
    if (problems.count > 0) {
        return fai_context_refuse_desc(ctx, "fa_typed_pool_desc", &problems, here);
    }
    fai_typed *pool = fai_meta_alloc(ctx->allocator, sizeof *pool);
    if (pool == NULL) {
        return fai_context_error(ctx, FA_RESULT_OUT_OF_MEMORY);
    }
    size_t align = desc->object_align != 0 ? desc->object_align : FA_ALIGN_DEFAULT;
    align = align > FA_ALIGN_DEFAULT ? align : FA_ALIGN_DEFAULT;
    *pool = (fai_typed){.magic = TYPED_MAGIC,
                        .ctx = ctx,
                        .tag = desc->tag != FA_TAG_NONE ? desc->tag : ctx->tag,
                        .object_bytes = (uint32_t)desc->object_bytes,
                        .slot_shut = fai_always_slow(ctx) || fai_is_hardened(ctx->allocator),
                        .max_objects = desc->max_objects != 0 ? desc->max_objects : FA_NO_LIMIT,
                        .next = ctx->typed_pools};
    clear_slot(pool);
    pool->owner.ctx = ctx;
    pool->owner.typed = pool;
    fai_name_copy(pool->name, desc->name, "typed pool");
    /* Blocks of exactly this type: no rounding to a size class is needed. Pages are aligned to FA_ALIGN_MAX,
     * so any multiple of the alignment is aligned, up to one object per page. */
    fai_class_init(&pool->cls, (uint32_t)fai_round_up(desc->object_bytes, align), FAI_FAMILY_TYPED,
                   &pool->owner);
    if (ctx->typed_pools != NULL) {
        ctx->typed_pools->prev = pool;
    }
    ctx->typed_pools = pool;
    *out = &pool->head;
    return FA_RESULT_OK;
}

fa_result fai_typed_pool_create_for(fa_context *ctx, const char *name, size_t object_bytes,
                                    size_t object_align, fa_typed_pool **out, const char *here)
{
    const fa_typed_pool_desc desc = {.name = name,
                                     .object_bytes = object_bytes,
                                     .object_align = object_align};
    return fai_typed_pool_create(ctx, &desc, out, here);
}

/* Every object is free afterwards, and so is the slot. */
static void forget_objects(fai_typed *pool)
{
    clear_slot(pool);
    charge(pool, (size_t)0 - pool->live);
    pool->live = 0;
}

fa_result fai_typed_pool_destroy(fa_typed_pool *public_pool, const char *here)
{
    if (public_pool == NULL) {
        return FA_RESULT_OK;
    }
    fa_result check = check_pool(public_pool, "fa_typed_pool_destroy", here);
    if (check != FA_RESULT_OK) {
        return check;
    }
    fai_typed *pool = impl(public_pool);
    fai_context *ctx = pool->ctx;
    forget_objects(pool);
    fai_class_release(ctx->allocator, &pool->cls, here);
    ctx->owner_of_pool.refills += pool->owner.refills; /* its figures stay in the context's */
    if (pool->prev != NULL) {
        pool->prev->next = pool->next;
    } else {
        ctx->typed_pools = pool->next;
    }
    if (pool->next != NULL) {
        pool->next->prev = pool->prev;
    }
    pool->magic = 0;
    fai_meta_free(ctx->allocator, pool, sizeof *pool);
    return FA_RESULT_OK;
}

fa_result fai_typed_pool_reset(fa_typed_pool *public_pool, const char *here)
{
    fa_result check = check_pool(public_pool, "fa_typed_pool_reset", here);
    if (check == FA_RESULT_OK) {
        forget_objects(impl(public_pool));
        fai_class_reset(impl(public_pool)->ctx->allocator, &impl(public_pool)->cls, here, NULL);
    }
    return check;
}

/* ---- alloc, free --------------------------------------------------------------------------------------- */

static FA_NOINLINE void *alloc_with_care(fa_typed_pool *public_pool, const char *here)
{
    if (check_pool(public_pool, "fa_typed_pool_alloc", here) != FA_RESULT_OK) {
        return NULL;
    }
    fai_typed *pool = impl(public_pool);
    fai_context *ctx = pool->ctx;
    if (pool->live >= pool->max_objects) {
        return fai_context_fail(ctx, FA_RESULT_FULL);
    }
    bool budgeted = fai_is_budgeted(ctx);
    if (FA_UNLIKELY(budgeted) && !fai_budget_take(ctx, pool->tag, pool->object_bytes, true, here)) {
        return NULL;
    }
    fai_record *record;
    void *p;
    fa_result why;
    if (FA_UNLIKELY(!fai_class_take(ctx->allocator, &pool->cls, &record, &p, here, &why))) {
        if (budgeted) {
            fai_budget_give(ctx->allocator, pool->tag, pool->object_bytes);
            fai_budget_give_pool(ctx, pool->object_bytes);
        }
        return fai_context_fail(ctx, why);
    }
    atomic_store_explicit(&record->alloc_here_tag, fai_pack(here, pool->tag), memory_order_relaxed);
    fai_state_set(record, fai_state_live(pool->tag) + pool->object_bytes);
    pool->live++;
    charge(pool, 1);
    if (!pool->slot_shut) {
        fill_slot(pool, p, record);
    } else if (ctx->watch != NULL) {
        fai_watch_alloc(ctx, FA_LIFETIME_TYPED_POOL, pool->tag, p, pool->object_bytes, 0, here, FAI_CALLER);
    }
    fai_poison_fresh(p, pool->object_bytes);
    fai_harden_tell(ctx, here);
    if (FA_UNLIKELY(budgeted)) {
        fai_budget_tell(ctx, here);
    }
    return p;
}

/* Nobody but the figures wants to see the call, and those of the current tag are at hand. */
static inline bool is_quick(const fai_typed *pool)
{
    return pool != NULL && pool->magic == TYPED_MAGIC && fai_pool_is_open(pool->ctx) && !pool->slot_shut &&
           pool->tag == pool->ctx->tag;
}

void *fai_typed_pool_alloc_slow(fa_typed_pool *public_pool, const char *here)
{
    fai_typed *pool = impl(public_pool);
    fai_record *record;
    void *p;
    if (!FA_LIKELY(is_quick(pool) && pool->live < pool->max_objects &&
                   fai_class_pop(&pool->cls, &record, &p))) {
        return alloc_with_care(public_pool, here);
    }
    atomic_store_explicit(&record->alloc_here_tag, fai_pack(here, pool->tag), memory_order_relaxed);
    fai_state_set(record, pool->ctx->live_tag + pool->object_bytes);
    pool->live++;
    fai_figure_add(&pool->ctx->row->pool_bytes, pool->object_bytes);
    fai_figure_add(&pool->ctx->pool_taken, 1);
    fill_slot(pool, p, record);
    fai_poison_fresh(p, pool->object_bytes);
    return p;
}

/* Not a live object of this pool, or in the hot slot already. */
static FA_COLD fa_result refuse(fai_typed *pool, void *p, const char *here)
{
    fai_block block = fai_block_find(pool->ctx->allocator, p);
    return fai_block_refuse(&pool->ctx->head, &block, FAI_FAMILY_TYPED, "fa_typed_pool_free", here);
}

static FA_NOINLINE fa_result free_with_care(fa_typed_pool *public_pool, void *p, const char *here)
{
    fa_result check = check_pool(public_pool, "fa_typed_pool_free", here);
    if (check != FA_RESULT_OK || p == NULL) {
        return check;
    }
    fai_typed *pool = impl(public_pool);
    fa_allocator *allocator = pool->ctx->allocator;
    fai_page *page = fai_page_of(&allocator->objects, p);
    if (page == NULL || page->owner != &pool->cls || fai_page_kind_of(page) != FAI_PAGE_CLASS) {
        return refuse(pool, p, here);
    }
    uint32_t index = fai_page_index(page, (uint32_t)((uintptr_t)p & (FAI_PAGE_BYTES - 1)));
    if (index >= page->capacity || !fai_state_is_live(fai_state_of(&page->records[index])) ||
        (uintptr_t)p == pool->head.slot) {
        return refuse(pool, p, here);
    }
    if (FA_UNLIKELY(pool->ctx->watch != NULL)) {
        fai_watch_free(pool->ctx, FA_LIFETIME_TYPED_POOL, pool->tag, p);
    }
    pool->live--;
    charge(pool, (size_t)0 - 1);
    fai_poison_dead(p, page->block_bytes, FA_PATTERN_FREED);
    if (FA_UNLIKELY(fai_is_hardened(allocator))) {
        fai_harden_seal(allocator, p, page->block_bytes);
    }
    if (FA_UNLIKELY(fai_class_push(page, index, &page->records[index], here))) {
        fai_class_settle(allocator, page);
    }
    return FA_RESULT_OK;
}

fa_result fai_typed_pool_free_slow(fa_typed_pool *public_pool, void *p, const char *here)
{
    fai_typed *pool = impl(public_pool);
    if (!FA_LIKELY(is_quick(pool) && (uintptr_t)p != pool->head.slot)) {
        return free_with_care(public_pool, p, here);
    }
    fai_context *ctx = pool->ctx;
    fai_page *page = fai_page_of(&ctx->allocator->objects, p);
    if (!FA_LIKELY(page != NULL && page->owner == &pool->cls && fai_page_kind_of(page) == FAI_PAGE_CLASS)) {
        return free_with_care(public_pool, p, here);
    }
    uint32_t index = fai_page_index(page, (uint32_t)((uintptr_t)p & (FAI_PAGE_BYTES - 1)));
    if (!FA_LIKELY(index < page->capacity &&
                   fai_state_of(&page->records[index]) == ctx->live_tag + pool->object_bytes)) {
        return free_with_care(public_pool, p, here);
    }
    pool->live--;
    fai_figure_add(&ctx->row->pool_freed_bytes, pool->object_bytes);
    fai_figure_add(&ctx->pool_given_back, 1);
    fai_poison_dead(p, page->block_bytes, FA_PATTERN_FREED);
    if (FA_UNLIKELY(fai_class_push(page, index, &page->records[index], here))) {
        fai_class_settle(ctx->allocator, page);
    }
    return FA_RESULT_OK;
}

size_t fa_typed_pool_live_count(const fa_typed_pool *pool)
{
    if (pool == NULL) {
        return 0;
    }
    return impl(pool)->live - (slot_is_free(impl(pool)) ? 1 : 0);
}
