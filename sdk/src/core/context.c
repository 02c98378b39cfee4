/* context.c - attaching threads, handing over, and what becomes of a context whose thread is gone.
 *
 * A detached context is parked, not destroyed: its pages may hold live objects, and the next thread to attach
 * takes it over with its pages. So threads may come and go without end, and nothing is lost or piles up. */
#include "core/context.h"

#include <stdio.h>
#include <string.h>

#include "core/arena.h"
#include "core/barrier.h"
#include "core/lifecycle.h"
#include "core/pool.h"
#include "core/retain.h"
#include "core/scratch.h"
#include "core/shared.h"
#include "core/task.h"
#include "core/ticket.h"
#include "core/transfer.h"
#include "core/typed_pool.h"
#include "core/worker.h"
#include "debug/ghost.h"
#include "debug/poison.h"
#include "debug/watch.h"

/* ---- checks -------------------------------------------------------------------------------------------- */

fa_result fai_context_refuse(const fa_context *public_ctx, const char *call, const char *here)
{
    if (public_ctx == NULL) {
        return FA_RESULT_INVALID_ARGUMENT; /* no allocator to report to */
    }
    fai_context *ctx = fai_ctx(public_ctx);
    uint32_t state = atomic_load(&ctx->state);
    fai_report report = {.allocator = ctx->allocator,
                         .ctx = (fa_context *)(uintptr_t)public_ctx,
                         .here = here};
    if (!fai_allocator_alive(ctx->allocator)) {
        report.code = FA_CODE_FA005;
        report.result = FA_RESULT_INVALID_ARGUMENT;
        return fai_report_send(&report,
                               "%s: context %s was made by another copy of the SDK in this process; link one "
                               "shared library, or let each copy keep to its own contexts",
                               call, ctx->name);
    }
    if (state == FAI_CONTEXT_PARKED) {
        report.code = FA_CODE_FA005;
        report.result = FA_RESULT_INVALID_ARGUMENT;
        return fai_report_send(&report, "%s: the context is detached", call);
    }
    report.code = FA_CODE_FA206;
    report.result = FA_RESULT_WRONG_THREAD;
    char self[64];
    fai_thread_describe(self, sizeof self);
    if (state == FAI_CONTEXT_HANDED_OVER) {
        return fai_report_send(&report, "%s: context %s was handed over and not yet taken; this is thread %s",
                               call, ctx->name, self);
    }
    char owner[sizeof ctx->thread_name];
    fai_mutex_lock(&ctx->allocator->contexts_lock);
    snprintf(owner, sizeof owner, "%s", ctx->thread_name);
    fai_mutex_unlock(&ctx->allocator->contexts_lock);
    return fai_report_send(&report, "%s: context %s belongs to thread %s, and this is thread %s", call,
                           ctx->name, owner, self);
}

size_t fai_align_check(fai_context *ctx, size_t align, const char *call, const char *here)
{
    if (align == 0) {
        return FA_ALIGN_DEFAULT;
    }
    if (align <= FA_ALIGN_MAX && (align & (align - 1)) == 0) {
        return align;
    }
    fai_report report = {.code = FA_CODE_FA004,
                         .result = FA_RESULT_INVALID_ARGUMENT,
                         .allocator = ctx->allocator,
                         .ctx = &ctx->head,
                         .here = here};
    fai_context_fail(ctx, FA_RESULT_INVALID_ARGUMENT);
    fai_report_send(&report, "%s: alignment %zu is not a power of two up to %zu", call, align, FA_ALIGN_MAX);
    return 0;
}

bool fai_list_reserve(fa_allocator *allocator, fai_list *list, uint32_t capacity, size_t item_bytes)
{
    if (FA_LIKELY(capacity <= list->capacity)) {
        return true;
    }
    uint32_t larger = list->capacity * 2 > capacity ? list->capacity * 2 : capacity;
    larger = larger < 8 ? 8 : larger;
    void *items = fai_meta_grow(allocator, list->items, list->capacity * item_bytes, larger * item_bytes);
    if (items == NULL) {
        return false;
    }
    list->items = items;
    list->capacity = larger;
    return true;
}

void fai_list_free(fa_allocator *allocator, fai_list *list, size_t item_bytes)
{
    fai_meta_free(allocator, list->items, list->capacity * item_bytes);
    *list = (fai_list){0};
}

fa_result fai_context_refuse_desc(fai_context *ctx, const char *what, const fai_problems *problems,
                                  const char *here)
{
    fai_report report = {.code = FA_CODE_FA103,
                         .result = FA_RESULT_INVALID_DESC,
                         .allocator = ctx->allocator,
                         .ctx = &ctx->head,
                         .here = here};
    return fai_context_error(ctx, fai_report_send(&report, "%s: %s", what, problems->text));
}

/* ---- the allocator's lists; the contexts lock is held -------------------------------------------------- */

static void link_to(fai_context **list, fai_context *ctx)
{
    ctx->prev = NULL;
    ctx->next = *list;
    if (*list != NULL) {
        (*list)->prev = ctx;
    }
    *list = ctx;
}

static void unlink_from(fai_context **list, fai_context *ctx)
{
    if (ctx->prev != NULL) {
        ctx->prev->next = ctx->next;
    } else {
        *list = ctx->next;
    }
    if (ctx->next != NULL) {
        ctx->next->prev = ctx->prev;
    }
}

/* ---- making and unmaking ------------------------------------------------------------------------------- */

static void release_extents(fai_context *ctx)
{
    for (uint32_t i = 0; i < ctx->frames_in_flight; i++) {
        fai_extent_release(&ctx->extents[i], ctx->allocator);
    }
}

static fai_context *context_create(fa_allocator *allocator)
{
    fai_context *ctx = fai_meta_alloc(allocator, sizeof *ctx);
    if (ctx == NULL) {
        return NULL;
    }
    ctx->allocator = allocator;
    ctx->touched = ctx->reference = &ctx->rows_end;
    ctx->steady_ticks = allocator->clock.steady;
    ctx->frames_in_flight = allocator->desc.frames_in_flight;
    bool ok = true;
    for (uint32_t i = 0; i < ctx->frames_in_flight && ok; i++) {
        ok = fai_extent_reserve(&ctx->extents[i], allocator, allocator->desc.frame_max_bytes);
    }
    atomic_store(&ctx->budgets.epoch, atomic_load(&allocator->budgets.epoch));
    fai_tag_row *untagged = ok ? fai_tag_row_make(ctx, FA_TAG_NONE) : NULL;
    if (untagged == NULL) {
        release_extents(ctx);
        fai_tag_rows_free(ctx);
        fai_meta_free(allocator, ctx, sizeof *ctx);
        return NULL;
    }
    ctx->tag_stack[0] = (fai_tag_level){FA_TAG_NONE, untagged, NULL, 0};
    fai_tag_make_current(ctx, FA_TAG_NONE, untagged);
    ctx->extent = &ctx->extents[0];
    ctx->head = (fa_context){FAI_CURSOR_CLOSED, 0};
    fai_context_slow(ctx, FAI_SLOW_BUILD, fai_poison_active() || fai_debug_build());
    ctx->tag_mark = ctx->extent->start;
    ctx->owner_of_pool = (fai_owner){.ctx = ctx, .inbox = &ctx->inbox};
    fai_budget_context_create(ctx);
    for (uint32_t i = 0; i < FAI_CLASS_COUNT; i++) {
        fai_class_init(&ctx->pool[i], fai_class_bytes(i), FAI_FAMILY_POOL, &ctx->owner_of_pool);
    }
    fai_pool_init(ctx);
    size_t keep = allocator->desc.frame_keep_bytes;
    ctx->keep_limit =
        keep == 0 || keep == FA_NO_LIMIT ? FA_NO_LIMIT : fai_round_up(keep, allocator->page_bytes);
    atomic_store(&ctx->state, FAI_CONTEXT_PARKED);
    return ctx;
}

void fai_context_slow(fai_context *ctx, uint32_t reason, bool on)
{
    ctx->slow_reasons = on ? ctx->slow_reasons | reason : ctx->slow_reasons & ~reason;
    ctx->limit_mask = ctx->slow_reasons != 0 ? 0 : UINTPTR_MAX;
    if (ctx->frames_in_flight > 1 || ctx->slow_reasons != 0) {
        ctx->attention |= FAI_ATTEND_ALWAYS;
    } else {
        ctx->attention &= ~FAI_ATTEND_ALWAYS;
    }
    fai_frame_reopen(ctx);
    fai_arena_reopen_all(ctx);
    bool hardened = ctx->allocator->desc.hardened;
    fai_typed_shut_all(ctx, ctx->slow_reasons != 0 || hardened);
    bool pool_slow =
        (ctx->slow_reasons & FAI_SLOW_WATCH) != 0 || hardened || ctx->deferred.per_alloc_count != 0;
    (pool_slow ? fai_pool_shut : fai_pool_open)(ctx);
    fai_outbox_refresh(ctx);
}

/* Frame memory asked for in advance. It is a wish: less of it is told, not an error. */
static void prefault(fai_context *ctx)
{
    size_t bytes = ctx->allocator->desc.frame_prefault_bytes;
    for (uint32_t i = 0; i < ctx->frames_in_flight && bytes > 0; i++) {
        if (!fai_extent_prefault(&ctx->extents[i], ctx->allocator, bytes)) {
            fai_log(ctx->allocator, FA_LOG_PREFAULT_INCOMPLETE, "context %s, frame slot %u of %u", ctx->name,
                    i + 1, ctx->frames_in_flight);
        }
    }
}

static void trim_pages(fai_context *ctx)
{
    fai_typed_flush_all(ctx);
    fai_pool_flush(ctx);
    (void)fai_outbox_flush(ctx);
    fai_inbox_collect(&ctx->owner_of_pool);
    fai_parcels_trim(ctx);
    for (uint32_t i = 0; i < FAI_CLASS_COUNT; i++) {
        fai_class_trim(ctx->allocator, &ctx->pool[i]);
    }
}

void fai_context_relieve(fai_context *ctx)
{
    fai_objects *objects = &ctx->allocator->objects;
    fai_lifecycle_tell(ctx, FA_LIFECYCLE_PRESSURE, 0, 0, NULL);
    trim_pages(ctx);
    fai_mutex_lock(&objects->heap_lock);
    for (uint32_t i = 0; i < FAI_CLASS_COUNT; i++) {
        fai_class_trim(ctx->allocator, &objects->heap[i]);
    }
    fai_mutex_unlock(&objects->heap_lock);
    fai_depot_trim(ctx->allocator, &ctx->allocator->group_blocks);
    fai_depot_trim(ctx->allocator, &ctx->allocator->stream_blocks);
}

/* Give up what only a living owner needs: frame memory, empty pages. */
static void give_up_memory(fai_context *ctx)
{
    fai_scratch_close_all(ctx);
    fai_arena_destroy_all(ctx);
    trim_pages(ctx);
    for (uint32_t i = 0; i < ctx->frames_in_flight; i++) {
        fai_extent_trim(&ctx->extents[i], ctx->allocator, 0);
    }
    fai_list_free(ctx->allocator, &ctx->marks, sizeof(fai_mark));
    fai_list_free(ctx->allocator, &ctx->spans, sizeof(fai_span_entry));
    fai_list_free(ctx->allocator, &ctx->calls, sizeof(fai_end_call));
    fai_scratch_give_up(ctx);
    fai_retain_give_up(ctx);
    fai_ticket_give_up(ctx);
    for (uint32_t i = 0; i < ctx->frames_in_flight; i++) {
        ctx->extent = &ctx->extents[i];
        ctx->in_flight_bytes[i] = 0;
        fai_frame_free_oversize(ctx, 0);
        fai_list_free(ctx->allocator, &ctx->oversize[i], sizeof(fai_oversize));
    }
    ctx->extent = ctx->extents;
    ctx->tag_mark = ctx->extent->start;
}

/* The owner lets go: no frame is open. */
static void park(fai_context *ctx)
{
    fa_allocator *allocator = ctx->allocator;
    fai_tag_unwind(ctx, 0);
    fai_budget_context_parked(ctx);
    ctx->inbox.taking = false; /* its thread may have ended in a handler */
    fai_advice_log(ctx);
    fai_watch_drop(ctx);
    fai_ghost_drop(ctx);
    (void)fai_task_leave_all(ctx);
    fai_transfers_forget(ctx);
    fai_mutex_lock(&allocator->contexts_lock);
    fai_barriers_forget(ctx);
    unlink_from(&allocator->contexts, ctx);
    allocator->context_count--;
    atomic_fetch_sub(&allocator->budgets.contexts, 1);
    fai_mutex_unlock(&allocator->contexts_lock);
    give_up_memory(ctx);
    fai_mutex_lock(&allocator->contexts_lock);
    atomic_store(&ctx->owner, 0);
    fai_owner_changed(ctx);
    atomic_store(&ctx->state, FAI_CONTEXT_PARKED);
    atomic_store(&ctx->inbox.parked, true);
    /* Whoever frees one of our objects from now on sees that nobody is home, and collects for us; what came
     * before is taken here. */
    fai_inbox_collect(&ctx->owner_of_pool);
    link_to(&allocator->parked, ctx);
    fai_mutex_unlock(&allocator->contexts_lock);
}

void fai_context_dispose(fai_context *ctx)
{
    fa_allocator *allocator = ctx->allocator;
    bool parked = atomic_load(&ctx->state) == FAI_CONTEXT_PARKED;
    if (!parked) {
        fai_advice_log(ctx);
    }
    fai_arena_destroy_all(ctx);
    fai_ghost_drop(ctx);
    release_extents(ctx);
    unlink_from(parked ? &allocator->parked : &allocator->contexts, ctx);
    /* Pages and metadata go with the allocator. */
}

/* ---- attach, detach ------------------------------------------------------------------------------------ */

static fai_context *take_parked(fa_allocator *allocator)
{
    fai_mutex_lock(&allocator->contexts_lock);
    fai_context *ctx = allocator->parked;
    if (ctx != NULL) {
        unlink_from(&allocator->parked, ctx);
        fai_inbox_collect(&ctx->owner_of_pool);
    }
    fai_mutex_unlock(&allocator->contexts_lock);
    return ctx;
}

static bool own(fai_context *ctx)
{
    fa_allocator *allocator = ctx->allocator;
    if (allocator->has_key && !allocator->platform->thread_key_set(allocator->key, allocator)) {
        return false;
    }
    fai_thread_describe(ctx->thread_name, sizeof ctx->thread_name);
    atomic_store(&ctx->inbox.parked, false);
    atomic_store(&ctx->state, FAI_CONTEXT_ATTACHED);
    atomic_store(&ctx->owner, fai_thread_self());
    fai_owner_changed(ctx);
    return true;
}

static void start_over(fai_context *ctx, const fa_context_desc *desc)
{
    fa_allocator *allocator = ctx->allocator;
    char fallback[FAI_NAME_BYTES];
    snprintf(fallback, sizeof fallback, "context %u", ++allocator->context_serial);
    fai_name_copy(ctx->name, desc->name, fallback);
    ctx->last_result = FA_RESULT_OK;
    fai_lifecycle_attach(ctx);
    fai_deferred_start_over(ctx);
    ctx->frame_overflows = 0;
    ctx->frame_wanted_bytes = 0;
    ctx->window_end = ctx->window_close =
        ctx->keep_limit != FA_NO_LIMIT ? 0 : ctx->frame_index + allocator->desc.keep_window_frames;
    ctx->window_peak = ctx->window_peak_before = 0;
}

fa_result fai_context_attach(fa_allocator *allocator, const fa_context_desc *desc, fa_context **out,
                             const char *here)
{
    static const fa_context_desc defaults = {0};
    if (out != NULL) {
        *out = NULL;
    }
    if (out == NULL || !fai_allocator_alive(allocator)) {
        return FA_RESULT_INVALID_ARGUMENT;
    }
    desc = desc != NULL ? desc : &defaults;
    if (desc->start_canary != 0 || desc->end_canary != 0) {
        fai_report report = {
            .code = FA_CODE_FA103, .result = FA_RESULT_INVALID_DESC, .allocator = allocator, .here = here};
        return fai_report_send(&report,
                               "fa_context_desc: a canary is not zero: was the desc zero-initialised?");
    }
    fai_context *ctx = take_parked(allocator);
    bool made = ctx == NULL;
    ctx = made ? context_create(allocator) : ctx;
    if (ctx == NULL) {
        return FA_RESULT_OUT_OF_MEMORY;
    }
    fai_mutex_lock(&allocator->contexts_lock);
    if (made) {
    }
    start_over(ctx, desc);
    bool owned = own(ctx);
    link_to(owned ? &allocator->contexts : &allocator->parked, ctx);
    allocator->context_count += owned ? 1 : 0;
    if (owned && atomic_fetch_add(&allocator->budgets.contexts, 1) > 0) {
        atomic_fetch_add(&allocator->budgets.pressure, 1); /* what the others hold ahead of use goes back */
    }
    bool budgets = atomic_load(&allocator->budgets.epoch) > 0 || atomic_load(&allocator->budgets.of_contexts);
    atomic_store(&ctx->budgeted, budgets);
    fai_pool_refresh(ctx);
    fai_mutex_unlock(&allocator->contexts_lock);
    if (!owned) {
        return FA_RESULT_OUT_OF_MEMORY;
    }
    prefault(ctx);
    fai_steady_look(ctx);
    if (desc->frame_budget_bytes != 0 || desc->pool_budget_bytes != 0) {
        const fa_context_budget budget = {.frame.hard_bytes = desc->frame_budget_bytes,
                                          .pool.hard_bytes = desc->pool_budget_bytes};
        (void)fai_context_budget_set(&ctx->head, &budget, here); /* nothing in it can be refused */
    }
    *out = &ctx->head;
    return FA_RESULT_OK;
}

/* The call that runs the hook would go on with a context that is not its own any more. */
static fa_result refuse_in_hook(fai_context *ctx, const char *what, const char *here)
{
    if (!fai_is_telling(ctx)) {
        return FA_RESULT_OK;
    }
    fai_report report = {.code = FA_CODE_FA105,
                         .result = FA_RESULT_REENTRANT,
                         .allocator = ctx->allocator,
                         .ctx = &ctx->head,
                         .here = here};
    ctx->last_result = FA_RESULT_REENTRANT;
    return fai_report_send(&report, "context %s cannot be %s inside of a hook that one of its calls runs",
                           ctx->name, what);
}

fa_result fai_context_detach(fa_context *public_ctx, const char *here)
{
    if (public_ctx == NULL) {
        return FA_RESULT_OK;
    }
    fa_result check = fai_context_check(public_ctx, "fa_context_detach", here);
    if (check != FA_RESULT_OK) {
        return check;
    }
    fai_context *ctx = fai_ctx(public_ctx);
    check = refuse_in_hook(ctx, "detached", here);
    if (check != FA_RESULT_OK) {
        return check;
    }
    if (fai_frame_state_of(ctx) != FAI_FRAME_CLOSED) {
        fai_report report = {.code = FA_CODE_FA104,
                             .result = FA_RESULT_FRAME_OPEN,
                             .allocator = ctx->allocator,
                             .ctx = public_ctx,
                             .here = here,
                             .earlier = ctx->begin_here};
        ctx->last_result = FA_RESULT_FRAME_OPEN;
        return fai_report_send(&report, "context %s cannot be detached: frame %llu is open", ctx->name,
                               (unsigned long long)ctx->frame_index);
    }
    if (ctx->task != NULL) {
        fai_report report = {.code = FA_CODE_FA104,
                             .result = FA_RESULT_BUSY,
                             .allocator = ctx->allocator,
                             .ctx = public_ctx,
                             .here = here};
        ctx->last_result = FA_RESULT_BUSY;
        return fai_report_send(&report, "context %s cannot be detached: it is inside task %s", ctx->name,
                               fa_task_name(ctx->task));
    }
    check = fai_workers_hold(ctx, "fa_context_detach", here);
    if (check != FA_RESULT_OK) {
        return check;
    }
    park(ctx);
    return FA_RESULT_OK;
}

static fai_context *first_of_thread(fa_allocator *allocator, uintptr_t thread)
{
    fai_context *oldest = NULL; /* contexts are linked in at the front */
    fai_mutex_lock(&allocator->contexts_lock);
    for (fai_context *ctx = allocator->contexts; ctx != NULL; ctx = ctx->next) {
        oldest = atomic_load(&ctx->owner) == thread ? ctx : oldest;
    }
    fai_mutex_unlock(&allocator->contexts_lock);
    return oldest;
}

fa_context *fa_context_current(fa_allocator *allocator)
{
    if (!fai_allocator_alive(allocator)) {
        return NULL;
    }
    /* The key says cheaply that this thread has none. */
    bool may_have = !allocator->has_key || fai_thread_key_get(allocator->key) != NULL;
    fai_context *ctx = may_have ? first_of_thread(allocator, fai_thread_self()) : NULL;
    fa_context *made = NULL;
    if (ctx == NULL) {
        (void)fai_context_attach(allocator, NULL, &made, "fa_context_current");
    }
    return ctx != NULL ? &ctx->head : made;
}

/* Nobody owns it until somebody takes it over. */
static void disown(fai_context *ctx)
{
    atomic_store(&ctx->owner, 0);
    fai_owner_changed(ctx);
    atomic_store(&ctx->state, FAI_CONTEXT_HANDED_OVER); /* releases what was written so far */
}

void fai_context_thread_ended(void *value)
{
    fa_allocator *allocator = value;
    uintptr_t self = fai_thread_self();
    for (fai_context *ctx; (ctx = first_of_thread(allocator, self)) != NULL;) {
        fai_log(allocator, FA_LOG_THREAD_ENDED_ATTACHED, "context %s of thread %s%s", ctx->name,
                ctx->thread_name, fai_frame_state_of(ctx) != FAI_FRAME_CLOSED ? ", with an open frame" : "");
        if (!fai_workers_thread_ended(ctx)) {
            disown(ctx);
            continue;
        }
        if (fai_frame_state_of(ctx) != FAI_FRAME_CLOSED) {
            fai_frame_abandon(ctx);
        }
        park(ctx);
    }
}

/* ---- handing over -------------------------------------------------------------------------------------- */

fa_result fai_context_hand_over(fa_context *public_ctx, const char *here)
{
    fa_result check = fai_context_check(public_ctx, "fa_context_hand_over", here);
    if (check != FA_RESULT_OK) {
        return check;
    }
    fai_context *ctx = fai_ctx(public_ctx);
    check = refuse_in_hook(ctx, "handed over", here);
    check = check == FA_RESULT_OK ? fai_workers_hold(ctx, "fa_context_hand_over", here) : check;
    if (check != FA_RESULT_OK) {
        return check;
    }
    (void)fai_outbox_flush(ctx);
    disown(ctx);
    return FA_RESULT_OK;
}

fa_result fai_context_take_over(fa_context *public_ctx, const char *here)
{
    if (public_ctx == NULL) {
        return FA_RESULT_INVALID_ARGUMENT;
    }
    fai_context *ctx = fai_ctx(public_ctx);
    fa_allocator *allocator = ctx->allocator;
    uint32_t expected = FAI_CONTEXT_HANDED_OVER;
    fai_mutex_lock(&allocator->contexts_lock);
    bool taken = atomic_compare_exchange_strong(&ctx->state, &expected, FAI_CONTEXT_ATTACHED);
    bool owned = taken && own(ctx);
    if (taken && !owned) {
        atomic_store(&ctx->state, FAI_CONTEXT_HANDED_OVER);
    }
    fai_mutex_unlock(&allocator->contexts_lock);
    if (taken) {
        return owned ? FA_RESULT_OK : FA_RESULT_OUT_OF_MEMORY;
    }
    if (atomic_load(&ctx->owner) != fai_thread_self()) {
        return fai_context_refuse(public_ctx, "fa_context_take_over", here);
    }
    fai_report report = {.code = FA_CODE_FA206,
                         .result = FA_RESULT_WRONG_THREAD,
                         .allocator = allocator,
                         .ctx = public_ctx,
                         .here = here};
    return fai_report_send(&report, "fa_context_take_over: context %s belongs to this thread already",
                           ctx->name);
}

/* ---- queries ------------------------------------------------------------------------------------------- */

fa_result fa_context_last_result(const fa_context *ctx)
{
    return ctx != NULL ? fai_ctx(ctx)->last_result : FA_RESULT_INVALID_ARGUMENT;
}

fa_allocator *fa_context_allocator(const fa_context *ctx)
{
    if (ctx == NULL) {
        return NULL;
    }
    return fai_ctx(ctx)->allocator;
}

const char *fa_context_name(const fa_context *ctx)
{
    return fai_ctx(ctx)->name;
}
