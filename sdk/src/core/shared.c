/* shared.c - see shared.h. */
#include "core/shared.h"

#include <stdlib.h>

#include "core/context.h"
#include "debug/watch.h"

/* ---- the list ------------------------------------------------------------------------------------------ */

void fai_shared_init(fai_shared *shared, fai_context *ctx, uint64_t magic, const char *kind, const char *name,
                     fa_tag tag)
{
    shared->magic = magic;
    shared->allocator = ctx->allocator;
    shared->kind = kind;
    shared->tag = tag != FA_TAG_NONE ? tag : ctx->tag;
    fai_mutex_init(&shared->lock);
    fai_name_copy(shared->name, name, kind);
}

void fai_shared_link(fai_shared *shared)
{
    fa_allocator *allocator = shared->allocator;
    fai_mutex_lock(&allocator->contexts_lock);
    shared->prev = NULL;
    shared->next = allocator->shared;
    if (shared->next != NULL) {
        shared->next->prev = shared;
    }
    allocator->shared = shared;
    fai_mutex_unlock(&allocator->contexts_lock);
}

void fai_shared_destroy(fai_shared *shared)
{
    fa_allocator *allocator = shared->allocator;
    fai_mutex_lock(&allocator->contexts_lock);
    if (shared->prev != NULL) {
        shared->prev->next = shared->next;
    } else {
        allocator->shared = shared->next;
    }
    if (shared->next != NULL) {
        shared->next->prev = shared->prev;
    }
    fai_mutex_unlock(&allocator->contexts_lock);
    shared->magic = 0;
    fai_mutex_destroy(&shared->lock);
    shared->dispose(shared);
}

size_t fai_shared_arena_bytes(fa_allocator *allocator, fa_tag root)
{
    size_t bytes = 0;
    fai_mutex_lock(&allocator->contexts_lock);
    for (const fai_shared *shared = allocator->shared; shared != NULL; shared = shared->next) {
        fa_tag tag = shared->tag;
        while (tag != FA_TAG_NONE && tag != root) {
            tag = fai_tags_entry(allocator, tag)->parent;
        }
        bool counts = root == FA_TAG_INVALID || tag == root;
        bytes += counts && shared->arena_bytes != NULL ? shared->arena_bytes(shared) : 0;
    }
    fai_mutex_unlock(&allocator->contexts_lock);
    return bytes;
}

void fai_shared_destroy_all(fa_allocator *allocator)
{
    while (allocator->shared != NULL) {
        fai_shared_destroy(allocator->shared);
    }
}

fa_result fai_shared_refuse(const fa_context *ctx, const fai_shared *shared, const char *kind,
                            const char *call, const char *here)
{
    fa_result check = fai_context_check(ctx, call, here);
    if (check != FA_RESULT_OK) {
        return check;
    }
    fa_allocator *allocator = fai_ctx(ctx)->allocator;
    fai_report report = {.code = FA_CODE_FA005,
                         .result = FA_RESULT_INVALID_ARGUMENT,
                         .allocator = allocator,
                         .ctx = (fa_context *)(uintptr_t)ctx,
                         .here = here,
                         .address = shared};
    fai_context_fail(fai_ctx(ctx), FA_RESULT_INVALID_ARGUMENT);
    return fai_report_send(&report, "%s: %p is not a %s of allocator %s", call, (const void *)shared, kind,
                           allocator->name);
}

void fai_shared_charge(fai_context *ctx, fa_tag tag, size_t bytes, size_t objects)
{
    fai_tag_charge_heap(ctx, tag, bytes);
    atomic_fetch_add_explicit(&ctx->allocator->objects.heap_live, objects, memory_order_relaxed);
}

void fai_shared_damaged(fai_shared *shared, const char *what)
{
    fai_mutex_unlock(&shared->lock); /* a handler may look around once more */
    fai_report report = {.code = FA_CODE_FA901,
                         .result = FA_RESULT_INVALID_ARGUMENT,
                         .allocator = shared->allocator,
                         .here = "framealloc",
                         .address = shared};
    fai_report_send(&report, "allocator %s: %s: the program stops", shared->allocator->name, what);
    abort();
}

/* ---- depot --------------------------------------------------------------------------------------------- */

void fai_depot_create(fai_depot *depot, fai_family family)
{
    fai_mutex_init(&depot->lock);
    depot->family = family;
    for (uint32_t i = 0; i < FAI_CLASS_COUNT; i++) {
        fai_class_init(&depot->classes[i], fai_class_bytes(i), family, &depot->owner);
    }
}

void fai_depot_destroy(fai_depot *depot)
{
    fai_mutex_destroy(&depot->lock);
}

static void *take(fa_allocator *allocator, fai_depot *depot, size_t size, size_t align, fa_tag tag,
                  const char *here, fa_result *why)
{
    uint32_t index = fai_class_index(size, align);
    if (index >= FAI_CLASS_COUNT) {
        return fai_large_alloc(allocator, depot->family, size, align, tag, here, why);
    }
    fai_mutex_lock(&depot->lock);
    void *p = fai_class_alloc(allocator, &depot->classes[index], size, tag, here, why);
    fai_mutex_unlock(&depot->lock);
    return p;
}

void *fai_depot_alloc_charged(fai_context *ctx, fai_depot *depot, size_t size, size_t align, fa_tag tag,
                              const char *here)
{
    fa_result why = FA_RESULT_FULL;
    void *p = NULL;
    if (size <= FA_REQUEST_MAX) {
        p = take(ctx->allocator, depot, size, align, tag, here, &why);
        if (p == NULL) {
            fai_context_relieve(ctx);
            p = take(ctx->allocator, depot, size, align, tag, here, &why);
        }
    }
    if (p == NULL) {
        return fai_context_fail(ctx, why);
    }
    fai_shared_charge(ctx, tag, size, 1);
    if (ctx->watch != NULL) {
        fai_watch_alloc(ctx, FA_LIFETIME_HEAP, tag, p, size, align, here, NULL);
    }
    return p;
}

void *fai_depot_alloc(fai_context *ctx, fai_depot *depot, size_t size, size_t align, fa_tag tag,
                      const char *here)
{
    bool budgeted = fai_is_budgeted(ctx) && size <= FA_REQUEST_MAX;
    if (budgeted && !fai_budget_take(ctx, tag, size, false, here)) {
        return NULL;
    }
    void *p = fai_depot_alloc_charged(ctx, depot, size, align, tag, here);
    if (budgeted && p == NULL) {
        fai_budget_give(ctx->allocator, tag, size);
    }
    if (budgeted) {
        fai_budget_tell(ctx, here);
    }
    return p;
}

bool fai_depot_free(fai_context *ctx, fai_depot *depot, void *p, const char *here, fai_block *block)
{
    fa_allocator *allocator = ctx->allocator;
    fai_mutex_lock(&depot->lock);
    *block = fai_block_find(allocator, p);
    bool done = block->where == FAI_WHERE_BLOCK && block->live && block->family == depot->family;
    fa_tag tag = fai_block_tag(block);
    size_t was = fai_block_size(block);
    if (done && fai_page_kind_of(block->page) == FAI_PAGE_LARGE) {
        done = fai_large_free(allocator, block->page, here);
    } else if (done) {
        fai_class_free(allocator, block->page, block->index, here);
    }
    fai_mutex_unlock(&depot->lock);
    if (done) {
        fai_shared_charge(ctx, tag, (size_t)0 - was, (size_t)0 - 1);
        if (ctx->watch != NULL) {
            fai_watch_free(ctx, FA_LIFETIME_HEAP, tag, p);
        }
    }
    return done;
}

void fai_depot_trim(fa_allocator *allocator, fai_depot *depot)
{
    fai_mutex_lock(&depot->lock);
    for (uint32_t i = 0; i < FAI_CLASS_COUNT; i++) {
        fai_class_trim(allocator, &depot->classes[i]);
    }
    fai_mutex_unlock(&depot->lock);
}

const char *fai_depot_validate(fa_allocator *allocator, fai_depot *depot)
{
    const char *problem = NULL;
    fai_mutex_lock(&depot->lock);
    for (uint32_t i = 0; i < FAI_CLASS_COUNT && problem == NULL; i++) {
        problem = fai_class_validate(allocator, &depot->classes[i]);
    }
    fai_mutex_unlock(&depot->lock);
    return problem;
}
