/* frame_alloc.c - the out-of-line half of frame allocation: what the one compare of bump.h sends here. */
#include <stdio.h>
#include <string.h>

#include "core/context.h"
#include "core/retain.h"
#include "core/task.h"
#include "debug/ghost.h"
#include "debug/poison.h"
#include "debug/watch.h"

FA_COLD void *fai_frame_refuse_closed(fai_context *ctx, const char *here)
{
    fai_report report = {.code = FA_CODE_FA001,
                         .result = FA_RESULT_NO_FRAME,
                         .allocator = ctx->allocator,
                         .ctx = &ctx->head,
                         .here = here};
    if (fai_frame_state_of(ctx) == FAI_FRAME_ENDING) {
        report.code = FA_CODE_FA105;
        report.result = FA_RESULT_REENTRANT;
        fai_context_fail(ctx, report.result);
        fai_report_send(&report, "frame memory asked for inside an on-end call of frame %llu",
                        (unsigned long long)ctx->frame_index);
        return NULL;
    }
    fai_context_fail(ctx, report.result);
    fai_report_send(&report, "frame memory asked for while no frame is open in context %s", ctx->name);
    return NULL;
}

/* The arena is at its maximum: from the heap, when the desc allows it, freed with the frame. */
static FA_COLD void *alloc_oversize(fai_context *ctx, size_t size, size_t align, bool promoted,
                                    const char *here, const void *caller)
{
    if (!promoted) {
        size_t wanted = fai_frame_used(ctx) + size;
        ctx->frame_overflows++;
        ctx->frame_wanted_bytes = wanted > ctx->frame_wanted_bytes ? wanted : ctx->frame_wanted_bytes;
    }
    fa_allocator *allocator = ctx->allocator;
    if (!allocator->desc.oversize_to_heap && !promoted) {
        return fai_context_fail(ctx, FA_RESULT_FULL);
    }
    fai_list *list = fai_oversize_of(ctx);
    if (!fai_list_reserve(allocator, list, list->count + 1, sizeof(fai_oversize)) ||
        (ctx->marks.count > 0 && !fai_tag_reserve_spans(ctx, ctx->tag_depth + 2))) {
        return fai_context_fail(ctx, FA_RESULT_OUT_OF_MEMORY);
    }
    bool budgeted = (ctx->attention & FAI_ATTEND_BUDGET) != 0;
    if (budgeted && !fai_budget_oversize(ctx, size, here)) {
        return NULL;
    }
    fa_result why;
    fai_steady_set_site(allocator, here);
    fai_steady_note(allocator, FAI_STEADY_HEAP, 1);
    void *p = fai_large_alloc(allocator, FAI_FAMILY_FRAME, size, align, ctx->tag, here, &why);
    if (p == NULL) {
        return fai_context_fail(ctx, why);
    }
    ctx->budgets.promoted_bytes += promoted ? size : 0;
    fai_tag_flush(ctx);
    ((fai_oversize *)list->items)[list->count++] = (fai_oversize){p, size};
    ctx->oversize_bytes += size;
    ctx->attention |= FAI_ATTEND_OVERSIZE;
    ctx->frame_oversize_count++;
    fai_tag_charge_frame(ctx, size);
    if (ctx->watch != NULL) {
        fai_watch_alloc(ctx, FA_LIFETIME_FRAME, ctx->tag, p, size, align, here, caller);
    }
    return p;
}

/* Memory for the open frame up to @p end. False: refused. */
static FA_COLD bool grow_to(fai_context *ctx, uintptr_t end, const char *here)
{
    fai_steady_set_site(ctx->allocator, here);
    bool grows = end > ctx->extent->committed_end;
    bool done = !grows || fai_extent_commit_to(ctx->extent, ctx->allocator, end);
    ctx->frame_grows += done && grows ? 1 : 0;
    if (done && ctx->extent->soft_end != 0) { /* the first use of pages, under the contract of steady.h */
        size_t page = ctx->allocator->page_bytes;
        uintptr_t touched = fai_round_up(end, page);
        fai_steady_note(ctx->allocator, FAI_STEADY_FRESH, (touched - ctx->extent->soft_end) / page);
        fai_extent_limit(ctx->extent, touched - ctx->extent->base);
    }
    fai_steady_set_site(ctx->allocator, NULL);
    fai_frame_reopen(ctx);
    return done;
}

/* Ask the budgets. A handler that was asked may have allocated: then @p p is another. */
static fai_verdict judge(fai_context *ctx, size_t size, size_t align, uintptr_t *p, const char *here)
{
    fa_budget_policy answer = FA_BUDGET_CUSTOM;
    fai_verdict verdict;
    do {
        *p = fai_round_up(ctx->head.cursor + 1, align);
        if (*p > ctx->extent->end || size > ctx->extent->end - *p) {
            (void)fai_context_fail(ctx, FA_RESULT_FULL);
            return FAI_VERDICT_REFUSE;
        }
        verdict = fai_budget_frame(ctx, *p + size - 1, &answer, here);
    } while (verdict == FAI_VERDICT_AGAIN);
    return verdict;
}

void *fai_frame_alloc_slow(fa_context *public_ctx, size_t size, size_t align, const char *here)
{
    if (fai_context_check(public_ctx, "fa_frame_alloc", here) != FA_RESULT_OK) {
        return NULL;
    }
    fai_context *ctx = fai_ctx(public_ctx);
    align = fai_align_check(ctx, align, "fa_frame_alloc", here);
    if (align == 0) {
        return NULL;
    }
    if (fai_frame_state_of(ctx) != FAI_FRAME_OPEN) {
        return fai_frame_refuse_closed(ctx, here);
    }
    if (ctx->task != NULL && fai_task_forbids_frame(ctx)) {
        return fai_task_refuse_frame(ctx, here);
    }
    if (size > FA_REQUEST_MAX) {
        return fai_context_fail(ctx, FA_RESULT_FULL);
    }
    uintptr_t p = fai_round_up(ctx->head.cursor + 1, align);
    if (p > ctx->extent->end || size > ctx->extent->end - p) {
        return alloc_oversize(ctx, size, align, false, here, FAI_CALLER);
    }
    bool budgeted = (ctx->attention & FAI_ATTEND_BUDGET) != 0;
    if (budgeted) {
        fai_verdict verdict = judge(ctx, size, align, &p, here);
        if (verdict == FAI_VERDICT_PROMOTE) {
            return alloc_oversize(ctx, size, align, true, here, FAI_CALLER);
        }
        if (verdict == FAI_VERDICT_REFUSE) {
            return NULL;
        }
    }
    /* A limit is exact to the byte: then nothing is left between blocks. */
    uintptr_t end = p + size + (budgeted ? 0 : fai_red_zone(ctx->extent->end - p - size));
    if (end - 1 > ctx->extent->limit && !grow_to(ctx, end, here)) {
        return fai_ghost_give_up(ctx) ? fai_frame_alloc_slow(public_ctx, size, align, here)
                                      : fai_context_fail(ctx, FA_RESULT_OUT_OF_MEMORY);
    }
    ctx->head.cursor = end - 1;
    ctx->last_block = p;
    fai_poison_fresh((void *)p, size);
    if (ctx->watch != NULL) {
        fai_watch_alloc(ctx, FA_LIFETIME_FRAME, ctx->tag, (void *)p, size, align, here, FAI_CALLER);
    }
    if (fai_is_ghost(ctx)) {
        fai_ghost_alloc(ctx, p, size, here);
    }
    if (budgeted) {
        fai_budget_limit(ctx);
        fai_budget_tell(ctx, here);
    }
    return (void *)p;
}

void *fai_frame_alloc_zeroed(fa_context *ctx, size_t size, size_t align, const char *here)
{
    if (fai_context_check(ctx, "fa_frame_alloc_zeroed", here) != FA_RESULT_OK) {
        return NULL;
    }
    void *p = fai_frame_alloc(ctx, size, align, here);
    return p != NULL ? memset(p, 0, size) : NULL;
}

void *fai_frame_array_zeroed(fa_context *ctx, size_t count, size_t size, size_t align, const char *here)
{
    if (fai_context_check(ctx, "fa_frame_array_zeroed", here) != FA_RESULT_OK) {
        return NULL;
    }
    void *p = fai_frame_array(ctx, count, size, align, here);
    return p != NULL ? memset(p, 0, count * size) : NULL;
}

FA_COLD void *fai_frame_refuse_argument(fa_context *public_ctx, const char *here, const char *text)
{
    fai_context *ctx = fai_ctx(public_ctx);
    fai_report report = {.code = FA_CODE_FA005,
                         .result = FA_RESULT_INVALID_ARGUMENT,
                         .allocator = ctx->allocator,
                         .ctx = public_ctx,
                         .here = here};
    fai_context_fail(ctx, report.result);
    fai_report_send(&report, "%s", text);
    return NULL;
}

bool fai_frame_batch(fa_context *ctx, size_t count, size_t size, size_t align, void **blocks,
                     const char *here)
{
    if (fai_context_check(ctx, "fa_frame_batch", here) != FA_RESULT_OK) {
        return false;
    }
    if (blocks == NULL && count > 0) {
        return fai_frame_refuse_argument(ctx, here, "fa_frame_batch: blocks is NULL") != NULL;
    }
    size_t checked = fai_align_check(fai_ctx(ctx), align, "fa_frame_batch", here);
    if (checked == 0) {
        return false;
    }
    size_t stride = size <= FA_REQUEST_MAX ? fai_round_up(size, checked) : SIZE_MAX;
    bool fits = stride == 0 || count <= FA_REQUEST_MAX / stride;
    char *first = fai_frame_alloc(ctx, fits ? count * stride : SIZE_MAX, checked, here);
    for (size_t i = 0; i < count && first != NULL; i++) {
        blocks[i] = first + i * stride;
    }
    return first != NULL;
}

void *fai_frame_copy(fa_context *ctx, const void *source, size_t size, size_t align, const char *here)
{
    if (fai_context_check(ctx, "fa_frame_copy", here) != FA_RESULT_OK) {
        return NULL;
    }
    if (source == NULL && size > 0) {
        return fai_frame_refuse_argument(ctx, here, "fa_frame_copy: source is NULL");
    }
    void *p = fai_frame_alloc(ctx, size, align, here);
    return p != NULL && size > 0 ? memcpy(p, source, size) : p;
}

char *fai_frame_strdup(fa_context *ctx, const char *text, const char *here)
{
    if (fai_context_check(ctx, "fa_frame_strdup", here) != FA_RESULT_OK) {
        return NULL;
    }
    if (text == NULL) {
        return fai_frame_refuse_argument(ctx, here, "fa_frame_strdup: text is NULL");
    }
    return fai_frame_copy(ctx, text, strlen(text) + 1, 1, here);
}

char *fai_frame_vprintf(fa_context *ctx, const char *here, const char *format, va_list args)
{
    if (fai_context_check(ctx, "fa_frame_printf", here) != FA_RESULT_OK) {
        return NULL;
    }
    if (format == NULL) {
        return fai_frame_refuse_argument(ctx, here, "fa_frame_printf: format is NULL");
    }
    va_list again;
    va_copy(again, args);
    int length = vsnprintf(NULL, 0, format, again);
    va_end(again);
    if (length < 0) {
        return fai_frame_refuse_argument(ctx, here,
                                         "fa_frame_printf: the format or an argument is not valid");
    }
    char *text = fai_frame_alloc(ctx, (size_t)length + 1, 1, here);
    if (text != NULL) {
        vsnprintf(text, (size_t)length + 1, format, args);
    }
    return text;
}

char *fai_frame_printf(fa_context *ctx, const char *here, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *text = fai_frame_vprintf(ctx, here, format, args);
    va_end(args);
    return text;
}

bool fai_frame_resize_last(fai_context *ctx, void *p, size_t old_bytes, size_t new_bytes, const char *here)
{
    if (ctx->task != NULL && fai_task_forbids_frame(ctx)) {
        return false; /* the allocation that follows says why */
    }
    uintptr_t start = (uintptr_t)p;
    uintptr_t cursor = ctx->head.cursor + 1; /* the next free byte */
    /* A red zone may also be the next block: there are none while budgets are exact. */
    bool last = start + old_bytes == cursor ||
                (start == ctx->last_block && start + old_bytes + fai_red_zone(SIZE_MAX) == cursor);
    if (!last || start < ctx->extent->base || new_bytes > FA_REQUEST_MAX ||
        new_bytes > ctx->extent->end - start) {
        return false;
    }
    bool budgeted = (ctx->attention & FAI_ATTEND_BUDGET) != 0;
    size_t red_zone = budgeted ? 0 : fai_red_zone(ctx->extent->end - start - new_bytes);
    uintptr_t end = start + new_bytes + red_zone;
    if (budgeted && end - 1 > ctx->head.cursor && !fai_budget_fits(ctx, end - 1)) {
        return false; /* it is asked for elsewhere, where it can be refused and told */
    }
    if (end < cursor && end - 1 < ctx->tag_mark) {
        return false; /* bytes below a scope boundary are charged already: only a rewind takes them back */
    }
    if (end - 1 > ctx->extent->limit && !grow_to(ctx, end, here)) {
        return false;
    }
    if (end < cursor) {
        fai_frame_note_high(ctx);
    }
    ctx->head.cursor = end - 1;
    if (new_bytes < old_bytes && (ctx->attention & FAI_ATTEND_RETAINED) != 0) {
        fai_retain_shrunk(ctx, start + new_bytes, start + old_bytes);
    }
    if (new_bytes < old_bytes) {
        fai_poison_dead((void *)(start + new_bytes), old_bytes - new_bytes, FA_PATTERN_REWOUND);
    } else {
        fai_poison_fresh((void *)(start + old_bytes), new_bytes - old_bytes);
    }
    if (ctx->watch != NULL) {
        fai_watch_resize(ctx, p, old_bytes, new_bytes);
    }
    if (fai_is_ghost(ctx)) {
        fai_ghost_resize(ctx, start, new_bytes);
    }
    if (budgeted) {
        fai_budget_limit(ctx);
        fai_budget_tell(ctx, "fa_frame_realloc");
    }
    return true;
}

void *fai_frame_realloc(fa_context *public_ctx, void *p, size_t old_bytes, size_t new_bytes, size_t align,
                        const char *here)
{
    if (fai_context_check(public_ctx, "fa_frame_realloc", here) != FA_RESULT_OK) {
        return NULL;
    }
    if (p == NULL) {
        return fai_frame_alloc(public_ctx, new_bytes, align, here);
    }
    fai_context *ctx = fai_ctx(public_ctx);
    size_t checked = fai_align_check(ctx, align, "fa_frame_realloc", here);
    if (checked == 0) {
        return NULL;
    }
    if (fai_frame_state_of(ctx) != FAI_FRAME_OPEN) {
        return fai_frame_refuse_closed(ctx, here);
    }
    if (((uintptr_t)p & (checked - 1)) == 0 && fai_frame_resize_last(ctx, p, old_bytes, new_bytes, here)) {
        return p;
    }
    void *moved = fai_frame_alloc(public_ctx, new_bytes, checked, here);
    return moved != NULL ? memcpy(moved, p, old_bytes < new_bytes ? old_bytes : new_bytes) : NULL;
}
