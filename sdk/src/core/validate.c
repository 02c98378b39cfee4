/* validate.c - whole-structure checks, for tests and for a debugger's prompt. */
#include "core/arena.h"
#include "core/context.h"
#include "core/shared.h"
#include "core/typed_pool.h"

static const char *validate_extent(const fai_extent *extent)
{
    bool ok = extent->base <= extent->committed_end &&
              extent->committed_end <= extent->base + extent->reserved_bytes &&
              extent->end <= extent->base + extent->reserved_bytes;
    return ok ? NULL : "an extent's ends are out of order";
}

static const char *validate_frame(const fai_context *ctx)
{
    if (fai_frame_state_of(ctx) == FAI_FRAME_CLOSED) {
        return ctx->head.limit == 0 && ctx->head.cursor == FAI_CURSOR_CLOSED ? NULL
                                                                             : "a closed frame has a cursor";
    }
    bool ok = ctx->head.cursor >= ctx->extent->start && ctx->head.cursor < ctx->extent->committed_end &&
              ctx->tag_mark <= ctx->head.cursor && ctx->tag_mark >= ctx->extent->start;
    return ok ? NULL : "an open frame's cursor is outside of its memory";
}

static const char *validate_context(const fai_context *ctx)
{
    const char *problem = validate_frame(ctx);
    for (uint32_t i = 0; i < ctx->frames_in_flight && problem == NULL; i++) {
        problem = validate_extent(&ctx->extents[i]);
    }
    for (uint32_t i = 0; i < FAI_CLASS_COUNT && problem == NULL; i++) {
        problem = fai_class_validate(ctx->allocator, &ctx->pool[i]);
    }
    for (const fai_typed *pool = ctx->typed_pools; pool != NULL && problem == NULL; pool = pool->next) {
        problem = fai_class_validate(ctx->allocator, &pool->cls);
    }
    for (const fai_arena *arena = ctx->arenas; arena != NULL && problem == NULL; arena = arena->next) {
        problem = validate_extent(&arena->extent);
    }
    return problem;
}

static const char *validate_runs(const fai_objects *objects)
{
    uint32_t frontier = atomic_load(&objects->frontier);
    for (uint32_t i = 1; i < frontier;) {
        const fai_page *page = &objects->pages[i];
        fai_page_kind kind = fai_page_kind_of(page);
        uint32_t length = kind == FAI_PAGE_CLASS ? 1 : page->span_pages;
        if (kind == FAI_PAGE_UNUSED || kind == FAI_PAGE_TAIL || length == 0 || length > frontier - i) {
            return "the pages in use do not add up";
        }
        if (kind == FAI_PAGE_FREE && objects->pages[i + length - 1].span_pages != length) {
            return "the two ends of a free run disagree";
        }
        i += length;
    }
    return NULL;
}

bool fa_allocator_validate(fa_allocator *allocator)
{
    if (!fai_allocator_alive(allocator)) {
        return false;
    }
    fai_objects *objects = &allocator->objects;
    const char *problem = validate_extent(&allocator->meta.extent);
    fai_mutex_lock(&objects->heap_lock);
    for (uint32_t i = 0; i < FAI_CLASS_COUNT && problem == NULL; i++) {
        problem = fai_class_validate(allocator, &objects->heap[i]);
    }
    fai_mutex_unlock(&objects->heap_lock);
    problem = problem != NULL ? problem : fai_depot_validate(allocator, &allocator->group_blocks);
    problem = problem != NULL ? problem : fai_depot_validate(allocator, &allocator->stream_blocks);
    fai_mutex_lock(&objects->lock);
    problem = problem != NULL ? problem : validate_runs(objects);
    fai_mutex_unlock(&objects->lock);
    fai_mutex_lock(&allocator->contexts_lock);
    for (fai_context *ctx = allocator->contexts; ctx != NULL && problem == NULL; ctx = ctx->next) {
        if (atomic_load(&ctx->owner) == fai_thread_self()) {
            problem = validate_context(ctx);
        }
    }
    for (fai_shared *shared = allocator->shared; shared != NULL && problem == NULL; shared = shared->next) {
        problem = shared->validate != NULL ? shared->validate(shared) : NULL;
    }
    fai_mutex_unlock(&allocator->contexts_lock);
    if (problem != NULL) {
        fai_report report = {.code = FA_CODE_FA901,
                             .result = FA_RESULT_INVALID_ARGUMENT,
                             .allocator = allocator,
                             .here = FA_HERE};
        fai_report_send(&report, "allocator %s: %s", allocator->name, problem);
    }
    return problem == NULL;
}
