/* frame.c - the boundaries of frames, and what a frame tells of itself.
 *
 * While a frame is open, head.cursor and head.limit are the registers of the current extent; while none is,
 * they are FAI_CURSOR_CLOSED and 0, so that the inlined path fails for every size. The boundaries are written
 * for the common case, in which nothing but the cursor happened: everything else sets a bit in `attention` or
 * crosses `window_end`. */
#include <stdio.h>
#include <string.h>

#include "core/context.h"
#include "core/lifecycle.h"
#include "core/retain.h"
#include "core/scratch.h"
#include "core/task.h"
#include "core/ticket.h"
#include "core/worker.h"
#include "debug/ghost.h"
#include "debug/poison.h"
#include "debug/watch.h"

/* ---- state --------------------------------------------------------------------------------------------- */

size_t fai_frame_used(const fai_context *ctx)
{
    return fai_frame_state_of(ctx) == FAI_FRAME_CLOSED
               ? 0
               : ctx->head.cursor - ctx->extent->start + ctx->oversize_bytes;
}

size_t fai_frame_committed(const fai_context *ctx)
{
    size_t committed = 0;
    for (uint32_t i = 0; i < ctx->frames_in_flight; i++) {
        committed += fai_extent_committed(&ctx->extents[i]);
    }
    return committed;
}

static inline void open_limit(fai_context *ctx)
{
    ctx->head.limit = ctx->extent->limit & ctx->limit_mask;
    if ((ctx->attention & FAI_ATTEND_BUDGET) != 0) {
        fai_budget_limit(ctx);
    }
}

void fai_frame_reopen(fai_context *ctx)
{
    if (fai_frame_state_of(ctx) == FAI_FRAME_OPEN) {
        open_limit(ctx);
    }
}

void fai_frame_note_high(fai_context *ctx)
{
    size_t used = fai_frame_used(ctx);
    ctx->frame_high = used > ctx->frame_high ? used : ctx->frame_high;
    ctx->attention |= FAI_ATTEND_HIGH;
}

FA_COLD fa_result fai_frame_refuse_boundary(fai_context *ctx, const char *here, const char *call)
{
    fai_report report = {.code = FA_CODE_FA603, .allocator = ctx->allocator, .ctx = &ctx->head, .here = here};
    if (ctx->budgets.telling && fai_frame_state_of(ctx) == FAI_FRAME_OPEN) {
        report.code = FA_CODE_FA105;
        report.result = FA_RESULT_REENTRANT;
        fai_context_error(ctx, report.result);
        return fai_report_send(&report, "%s: called from inside a budget's hook or handler", call);
    }
    if (fai_frame_state_of(ctx) == FAI_FRAME_ENDING) {
        report.code = FA_CODE_FA105;
        report.result = FA_RESULT_REENTRANT;
        report.earlier = ctx->begin_here;
        fai_context_error(ctx, report.result);
        return fai_report_send(&report, "%s: called from inside an on-end call of frame %llu", call,
                               (unsigned long long)ctx->frame_index);
    }
    if (fai_frame_state_of(ctx) == FAI_FRAME_OPEN) {
        report.result = FA_RESULT_FRAME_OPEN;
        report.earlier = ctx->begin_here;
        fai_context_error(ctx, report.result);
        return fai_report_send(&report, "%s: frame %llu is open already", call,
                               (unsigned long long)ctx->frame_index);
    }
    report.result = FA_RESULT_NO_FRAME;
    fai_context_error(ctx, report.result);
    return fai_report_send(&report, "%s: no frame is open", call);
}

/* ---- begin --------------------------------------------------------------------------------------------- */

static inline bool is_owner(const fai_context *ctx)
{
    return atomic_load_explicit(&ctx->owner, memory_order_relaxed) == fai_thread_self();
}

static inline void open_frame(fai_context *ctx, const char *here)
{
    ctx->frame_index++;
    ctx->begin_here = here;
    ctx->head.cursor = ctx->extent->start;
    open_limit(ctx);
}

/* The memory of the n-th frame before this one is dead now. */
static FA_COLD void bury_old_frame(fai_context *ctx)
{
    size_t used = ctx->in_flight_bytes[ctx->extent - ctx->extents];
    size_t committed = fai_extent_committed(ctx->extent); /* less where pages went back */
    fai_poison_dead((void *)ctx->extent->base, used < committed ? used : committed, FA_PATTERN_ENDED);
}

/* frame_keep_bytes in the desc: pages above it go back as soon as the memory of this slot is dead. */
static FA_COLD void trim_to_limit(fai_context *ctx)
{
    ctx->frame_shrinks += fai_extent_trim(ctx->extent, ctx->allocator, ctx->keep_limit) ? 1 : 0;
}

/* Everything that a begin may have to do. */
static FA_COLD fa_result begin_with_care(fa_context *public_ctx, const char *here)
{
    fa_result check = fai_context_check(public_ctx, "fa_frame_begin", here);
    if (check != FA_RESULT_OK) {
        return check;
    }
    fai_context *ctx = fai_ctx(public_ctx);
    if (fai_frame_state_of(ctx) != FAI_FRAME_CLOSED) {
        return fai_frame_refuse_boundary(ctx, here, "fa_frame_begin");
    }
    if ((ctx->attention & FAI_ATTEND_WORKERS) != 0) {
        check = fai_workers_cross(ctx, false, here);
        if (check != FA_RESULT_OK) {
            return check;
        }
    }
    fai_extent *next = ctx->extent + 1;
    ctx->extent = next < ctx->extents + ctx->frames_in_flight ? next : ctx->extents;
    fai_frame_free_oversize(ctx, 0);
    ctx->oversize_bytes = 0;
    if (ctx->ghosts != NULL) {
        fai_ghost_frame_begin(ctx);
    }
    ctx->tag_mark = ctx->extent->start;
    if (fai_is_budgeted(ctx)) {
        fai_budget_frame_begins(ctx);
    }
    if (ctx->frames_in_flight > 1 && ctx->keep_limit != FA_NO_LIMIT) {
        trim_to_limit(ctx);
    }
    open_frame(ctx, here);
    if (fai_always_slow(ctx) && ctx->frames_in_flight > 1) {
        bury_old_frame(ctx);
    }
    if (ctx->watch != NULL) {
        fai_watch_frame_begin(ctx);
    }
    fai_steady_look(ctx);
    if (ctx->steady.serial != 0) {
        fai_steady_frame_begin(ctx);
    }
    (void)fai_outbox_flush(ctx);
    fai_inbox_collect_at(ctx, FA_DEFERRED_AT_BEGIN);
    if ((ctx->attention & FAI_ATTEND_WORKERS) != 0) {
        fai_workers_crossed(ctx, false, here);
    }
    fai_lifecycle_tell(ctx, FA_LIFECYCLE_FRAME_BEGIN, 0, 0, here);
    return FA_RESULT_OK;
}

fa_result fai_frame_begin(fa_context *public_ctx, const char *here)
{
    fai_context *ctx = fai_ctx(public_ctx);
    if (FA_LIKELY(ctx != NULL && is_owner(ctx) && ctx->head.cursor == FAI_CURSOR_CLOSED &&
                  ctx->attention == 0 && !fai_is_budgeted(ctx) && !fai_inbox_has_mail(&ctx->inbox))) {
        open_frame(ctx, here);
        return FA_RESULT_OK;
    }
    return begin_with_care(public_ctx, here);
}

/* ---- end ----------------------------------------------------------------------------------------------- */

void fai_frame_run_calls(fai_context *ctx, uint32_t down_to)
{
    ctx->ending = true;
    ctx->head.limit = 0;
    while (ctx->calls.count > down_to) {
        fai_end_call call = ((fai_end_call *)ctx->calls.items)[--ctx->calls.count];
        call.fn(call.user);
    }
    ctx->ending = false;
    open_limit(ctx);
}

void fai_frame_free_oversize(fai_context *ctx, uint32_t down_to)
{
    fai_list *list = fai_oversize_of(ctx);
    while (list->count > down_to) {
        fai_oversize block = ((fai_oversize *)list->items)[--list->count];
        fai_large_free(ctx->allocator, fai_page_of(&ctx->allocator->objects, block.p), "fa_frame_end");
    }
}

/* Give back what lies above the recent peak: the larger one of this window and the one before. */
static void close_window(fai_context *ctx)
{
    const fa_allocator_desc *desc = &ctx->allocator->desc;
    ctx->window_close = ctx->frame_index + desc->keep_window_frames;
    size_t keep = ctx->window_peak > ctx->window_peak_before ? ctx->window_peak : ctx->window_peak_before;
    ctx->window_peak_before = ctx->window_peak;
    ctx->window_peak = 0;
    if (desc->frame_keep_bytes == FA_NO_LIMIT) {
        return;
    }
    fai_scratch_look_after_pages(ctx, FA_NO_LIMIT);
    keep = keep > desc->frame_prefault_bytes ? keep : desc->frame_prefault_bytes;
    keep = fai_round_up(keep, FAI_GROW_MIN);
    for (uint32_t i = 0; i < ctx->frames_in_flight; i++) {
        size_t used = ctx->in_flight_bytes[i]; /* a short window may not cover the frames in flight */
        ctx->frame_shrinks +=
            fai_extent_trim(&ctx->extents[i], ctx->allocator, keep > used ? keep : used) ? 1 : 0;
    }
}

static FA_COLD void look_after_pages(fai_context *ctx, const char *here)
{
    fai_steady_set_site(ctx->allocator, here);
    if (ctx->keep_limit != FA_NO_LIMIT) {
        if (ctx->frames_in_flight == 1) { /* else its bytes are still to be read: see begin_with_care */
            trim_to_limit(ctx);
        }
        fai_scratch_look_after_pages(ctx, ctx->keep_limit);
    } else if (ctx->frame_index >= ctx->window_close) {
        close_window(ctx);
    }
    ctx->window_end = ctx->window_close;
    fai_ticket_frame_ended(ctx);
    if (ctx->ghosts != NULL) {
        fai_ghost_schedule(ctx);
    }
    fai_steady_set_site(ctx->allocator, NULL);
    if (!ctx->steady.judging) {
        fai_steady_look(ctx);
    }
}

/* The parts of a frame's end that most frames do not need. */
static FA_COLD void attend(fai_context *ctx, const char *here, bool report_scopes)
{
    if ((ctx->attention & FAI_ATTEND_CALLS) != 0) {
        fai_frame_run_calls(ctx, 0);
    }
    if ((ctx->attention & FAI_ATTEND_RETAINED) != 0) {
        fai_retain_frame_ended(ctx, report_scopes);
    }
    if ((ctx->attention & FAI_ATTEND_PHASES) != 0) {
        fai_phase_unwind(ctx, here, report_scopes);
    }
    if ((ctx->attention & FAI_ATTEND_TAGS) != 0 && ctx->tag_depth > ctx->frame_tag_depth) {
        uint32_t depth = ctx->tag_depth;
        const char *pushed = ctx->tag_stack[depth].here;
        const char *path = fai_tags_path(ctx->allocator, ctx->tag);
        fai_tag_unwind(ctx, ctx->frame_tag_depth);
        if (report_scopes) {
            fai_report report = {.code = FA_CODE_FA804,
                                 .result = FA_RESULT_UNBALANCED,
                                 .allocator = ctx->allocator,
                                 .ctx = &ctx->head,
                                 .here = here,
                                 .earlier = pushed,
                                 .tag = path};
            fai_report_send(
                &report,
                "frame %llu ends with %u tag scopes open that were pushed in it; they are closed now",
                (unsigned long long)ctx->frame_index, depth - ctx->frame_tag_depth);
        }
    }
    if ((ctx->attention & FAI_ATTEND_SCRATCH) != 0) {
        fai_scratch_frame_ended(ctx, here, report_scopes);
    }
    fai_tag_flush(ctx);
    if (ctx->frames_in_flight == 1) {
        fai_frame_free_oversize(ctx, 0); /* otherwise when the n-th frame after this one begins */
    }
    fai_tag_frame_ended(ctx);
    (void)fai_outbox_flush(ctx);
    ctx->marks.count = 0;
    ctx->frame_high = 0;
    ctx->oversize_bytes = 0;
    ctx->attention &= FAI_ATTEND_LASTING;
    fai_scopes_refresh(ctx);
    ctx->tag_mark = ctx->extent->start;
}

/* The open frame's figures become those of the last one. */
static inline void close_frame(fai_context *ctx, size_t used)
{
    atomic_store_explicit(&ctx->last_frame_bytes, used, memory_order_relaxed);
    atomic_store_explicit(&ctx->frames_ended, ctx->frame_index, memory_order_relaxed);
    ctx->head.cursor = FAI_CURSOR_CLOSED;
    ctx->head.limit = 0;
}

/* Only the current tag took bytes in this frame. */
static inline void charge_whole_frame(fai_context *ctx, size_t used)
{
    fai_tag_row *row = ctx->row;
    atomic_store_explicit(&row->last_frame_bytes, used, memory_order_relaxed);
    atomic_store_explicit(&row->last_stamp, ctx->frame_index, memory_order_relaxed);
    fai_figure_add(&row->total_frame_bytes, used);
}

static inline void raise_figure(atomic_size_t *figure, size_t value)
{
    if (value > fai_figure(figure)) {
        atomic_store_explicit(figure, value, memory_order_relaxed);
    }
}

/* Everything that an end may have to do. */
static FA_COLD void end_with_care(fai_context *ctx, const char *here, bool report_scopes)
{
    size_t used = ctx->head.cursor - ctx->extent->start + ctx->oversize_bytes;
    size_t high = used > ctx->frame_high ? used : ctx->frame_high;
    if ((ctx->attention & ~FAI_ATTEND_LASTING) == 0) {
        charge_whole_frame(ctx, used);
        raise_figure(&ctx->row->peak_frame_bytes, used);
        fai_tag_whole_frame(ctx, used);
    } else {
        attend(ctx, here, report_scopes);
    }
    ctx->window_peak = high > ctx->window_peak ? high : ctx->window_peak;
    raise_figure(&ctx->peak_frame_bytes, high);
    if (fai_always_slow(ctx) && ctx->frames_in_flight == 1 && !fai_is_ghost(ctx)) {
        fai_poison_dead((void *)ctx->extent->base, ctx->head.cursor - ctx->extent->start, FA_PATTERN_ENDED);
    }
    if (ctx->frames_in_flight > 1) {
        ctx->in_flight_bytes[ctx->extent - ctx->extents] = ctx->head.cursor - ctx->extent->start;
    }
    if (ctx->ghosts != NULL) {
        fai_ghost_frame_end(ctx, high);
    }
    close_frame(ctx, used);
    if (ctx->watch != NULL) {
        fai_watch_frame_end(ctx);
    }
    if ((ctx->attention & FAI_ATTEND_BUDGET) != 0) {
        fai_budget_frame_ended(ctx);
    }
    if (ctx->frame_index >= ctx->window_end || ctx->ghosts != NULL) {
        look_after_pages(ctx, here);
    }
    if ((ctx->attention & FAI_ATTEND_DEFERRED) != 0) {
        fai_inbox_collect_at(ctx, FA_DEFERRED_AT_END);
    }
    if (ctx->steady.judging) {
        fai_steady_frame_end(ctx, here);
    }
}

static FA_COLD fa_result end_otherwise(fa_context *public_ctx, const char *here)
{
    fa_result check = fai_context_check(public_ctx, "fa_frame_end", here);
    if (check != FA_RESULT_OK) {
        return check;
    }
    fai_context *ctx = fai_ctx(public_ctx);
    if (fai_frame_state_of(ctx) != FAI_FRAME_OPEN || ctx->budgets.telling) {
        return fai_frame_refuse_boundary(ctx, here, "fa_frame_end");
    }
    if ((ctx->attention & FAI_ATTEND_WORKERS) == 0) {
        end_with_care(ctx, here, true);
        fai_lifecycle_tell(ctx, FA_LIFECYCLE_FRAME_END, fai_figure(&ctx->last_frame_bytes), 0, here);
        return FA_RESULT_OK;
    }
    check = fai_workers_cross(ctx, true, here);
    if (check == FA_RESULT_OK) {
        end_with_care(ctx, here, true);
        fai_workers_crossed(ctx, true, here);
        fai_lifecycle_tell(ctx, FA_LIFECYCLE_FRAME_END, fai_figure(&ctx->last_frame_bytes), 0, here);
    }
    return check;
}

#define PLAIN (FAI_ATTEND_TAGS | FAI_ATTEND_ROWS | FAI_ATTEND_BUDGET)

/* A frame in which tag scopes were opened and closed, and nothing else happened. */
static FA_NOINLINE fa_result end_scopes(fai_context *ctx, const char *here)
{
    size_t used = ctx->head.cursor - ctx->extent->start;
    bool plain = (ctx->attention & ~PLAIN) == 0 && !ctx->ending && !ctx->budgets.telling &&
                 ctx->tag_depth <= ctx->frame_tag_depth && used <= ctx->window_peak;
    if (!plain) {
        return end_otherwise(&ctx->head, here);
    }
    fai_tag_end_scopes(ctx);
    ctx->attention &= FAI_ATTEND_BUDGET;
    ctx->tag_mark = ctx->extent->start;
    close_frame(ctx, used);
    if (ctx->attention != 0) {
        fai_budget_frame_ended(ctx);
    }
    return FA_RESULT_OK;
}

fa_result fai_frame_end(fa_context *public_ctx, const char *here)
{
    fai_context *ctx = fai_ctx(public_ctx);
    if (FA_LIKELY(ctx != NULL && is_owner(ctx) && ctx->head.cursor != FAI_CURSOR_CLOSED &&
                  ctx->frame_index < ctx->window_end)) {
        if (ctx->attention != 0) {
            return end_scopes(ctx, here);
        }
        /* The peak of this window is at most the peak of all frames: one compare covers both. */
        size_t used = ctx->head.cursor - ctx->extent->start;
        if (FA_LIKELY(used <= ctx->window_peak && used <= fai_figure(&ctx->row->peak_frame_bytes))) {
            if (used != 0) { /* else the row's stamp, older than this frame, says so */
                charge_whole_frame(ctx, used);
            }
            close_frame(ctx, used);
            return FA_RESULT_OK;
        }
    }
    return end_otherwise(public_ctx, here);
}

void fai_frame_abandon(fai_context *ctx)
{
    end_with_care(ctx, NULL, false);
}

/* ---- queries ------------------------------------------------------------------------------------------- */

bool fa_frame_is_open(const fa_context *ctx)
{
    if (ctx == NULL) {
        return false;
    }
    return ctx->cursor != FAI_CURSOR_CLOSED;
}

uint64_t fa_frame_index(const fa_context *ctx)
{
    if (ctx == NULL) {
        return 0;
    }
    return fai_ctx(ctx)->frame_index;
}

size_t fa_frame_used_bytes(const fa_context *ctx)
{
    if (ctx == NULL) {
        return 0;
    }
    return fai_frame_used(fai_ctx(ctx));
}

size_t fa_frame_remaining_bytes(const fa_context *ctx)
{
    if (ctx == NULL) {
        return 0;
    }
    const fai_context *c = fai_ctx(ctx);
    return fai_frame_state_of(c) == FAI_FRAME_CLOSED ? 0 : c->extent->end - 1 - ctx->cursor;
}

size_t fa_frame_peak_bytes(const fa_context *ctx)
{
    if (ctx == NULL) {
        return 0;
    }
    const fai_context *c = fai_ctx(ctx);
    size_t now = fai_frame_used(c);
    now = now > c->frame_high ? now : c->frame_high;
    size_t peak = fai_figure(&c->peak_frame_bytes);
    return now > peak ? now : peak;
}

/* ---- on-end calls --------------------------------------------------------------------------------------- */

fa_result fai_frame_on_end(fa_context *public_ctx, void (*fn)(void *user), void *user, const char *here)
{
    fa_result check = fai_context_check(public_ctx, "fa_frame_on_end", here);
    if (check != FA_RESULT_OK) {
        return check;
    }
    fai_context *ctx = fai_ctx(public_ctx);
    if (fn == NULL) {
        fai_frame_refuse_argument(public_ctx, here, "fa_frame_on_end: fn is NULL");
        return FA_RESULT_INVALID_ARGUMENT;
    }
    if (fai_frame_state_of(ctx) != FAI_FRAME_OPEN) {
        fai_frame_refuse_closed(ctx, here);
        return ctx->last_result;
    }
    fai_steady_set_site(ctx->allocator, here);
    bool room = fai_list_reserve(ctx->allocator, &ctx->calls, ctx->calls.count + 1, sizeof(fai_end_call));
    fai_steady_set_site(ctx->allocator, NULL);
    if (!room) {
        return fai_context_error(ctx, FA_RESULT_OUT_OF_MEMORY);
    }
    ((fai_end_call *)ctx->calls.items)[ctx->calls.count++] = (fai_end_call){fn, user};
    ctx->attention |= FAI_ATTEND_CALLS;
    return FA_RESULT_OK;
}
