/* steady.c - see steady.h, and the public header for what is judged.
 *
 * Frame memory that was never used is seen by lowering the extent's limit to what has been used: the same
 * compare that sees the end of committed memory then sees the first use of a page. */
#include "debug/steady.h"

#include <stdio.h>
#include <string.h>

#include "core/context.h"
#include "platform/probe.h"

/* ---- causes --------------------------------------------------------------------------------------------- */

static bool is_on(const fa_allocator *allocator)
{
    return atomic_load_explicit(&allocator->steady.on, memory_order_acquire) != 0;
}

static fai_steady_thread *slot_of_thread(fa_allocator *allocator)
{
    fai_steady_thread *threads = allocator->steady.threads;
    uintptr_t self = fai_thread_self();
    uint32_t first = (uint32_t)(self >> 6) % FAI_STEADY_THREADS;
    for (uint32_t i = 0; i < FAI_STEADY_THREADS; i++) {
        fai_steady_thread *slot = &threads[(first + i) % FAI_STEADY_THREADS];
        uintptr_t owner = atomic_load_explicit(&slot->thread, memory_order_relaxed);
        if (owner == self || (owner == 0 && atomic_compare_exchange_strong(&slot->thread, &owner, self))) {
            return slot;
        }
    }
    return NULL; /* more threads than that caused something: their causes are not kept apart, and not told */
}

void fai_steady_set_site(fa_allocator *allocator, const char *here)
{
    if (!is_on(allocator)) {
        return;
    }
    fai_steady_thread *slot = slot_of_thread(allocator);
    if (slot != NULL) {
        slot->site = here;
    }
}

void fai_steady_note(fa_allocator *allocator, fai_steady_kind kind, uint64_t amount)
{
    fai_steady_thread *slot = is_on(allocator) ? slot_of_thread(allocator) : NULL;
    if (slot == NULL) {
        return;
    }
    uint32_t i = 0;
    while (i < slot->cause_count && slot->causes[i].here != slot->site) {
        i++;
    }
    if (i == slot->cause_count && i < FAI_STEADY_CAUSES) {
        slot->causes[slot->cause_count++] = (fai_steady_cause){.here = slot->site};
    }
    slot->causes[i < FAI_STEADY_CAUSES ? i : FAI_STEADY_CAUSES - 1].amounts[kind] += amount;
}

/* ---- frames --------------------------------------------------------------------------------------------- */

void fai_steady_frame_begin(fai_context *ctx)
{
    fai_steady_context *steady = &ctx->steady;
    /* Ghost frames go to the system by their nature: while they are on, nothing is judged. */
    bool judges = is_on(ctx->allocator) && ctx->ghosts == NULL;
    fai_steady_thread *slot = judges ? slot_of_thread(ctx->allocator) : NULL;
    steady->judging = slot != NULL;
    if (slot != NULL) {
        slot->cause_count = 0; /* what came between frames */
        steady->faults = 0;
        (void)fai_thread_page_faults(&steady->faults);
    }
}

static void add_words(char *text, size_t capacity, uint64_t amount, const char *what)
{
    size_t length = strlen(text);
    if (amount > 0 && length < capacity) {
        (void)snprintf(text + length, capacity - length, "%s%llu %s%s", length > 0 ? ", " : "",
                       (unsigned long long)amount, what, amount == 1 ? "" : "s");
    }
}

static void tell(fai_context *ctx, const fai_steady_cause *cause, const char *here)
{
    char what[128] = "";
    add_words(what, sizeof what, cause->amounts[FAI_STEADY_BACKING], "call");
    if (what[0] != '\0') {
        (void)snprintf(what + strlen(what), sizeof what - strlen(what), " of the backing");
    }
    add_words(what, sizeof what, cause->amounts[FAI_STEADY_FRESH], "page");
    if (cause->amounts[FAI_STEADY_FRESH] > 0) {
        (void)snprintf(what + strlen(what), sizeof what - strlen(what), " used for the first time");
    }
    add_words(what, sizeof what, cause->amounts[FAI_STEADY_HEAP], "fall-back");
    if (cause->amounts[FAI_STEADY_HEAP] > 0) {
        (void)snprintf(what + strlen(what), sizeof what - strlen(what), " to the heap");
    }
    fai_report report = {.code = FA_CODE_FA540,
                         .result = FA_RESULT_OK,
                         .allocator = ctx->allocator,
                         .ctx = &ctx->head,
                         .here = cause->here != NULL ? cause->here : here,
                         .earlier = ctx->begin_here};
    fai_report_send(
        &report, "frame %llu of context %s should be steady: %s%s", (unsigned long long)ctx->frame_index,
        ctx->name, what,
        cause->here != NULL
            ? ""
            : ", for which no line asked: records of the SDK grew, or memory kept for speed went back");
}

void fai_steady_frame_end(fai_context *ctx, const char *here)
{
    fai_steady_context *steady = &ctx->steady;
    fa_allocator *allocator = ctx->allocator;
    fai_steady_thread *slot = steady->judging && is_on(allocator) ? slot_of_thread(allocator) : NULL;
    steady->judging = false;
    if (slot == NULL) {
        return;
    }
    uint64_t faults = 0;
    bool known = fai_thread_page_faults(&faults);
    fai_steady_cause causes[FAI_STEADY_CAUSES];
    uint32_t count = slot->cause_count;
    uint64_t sums[FAI_STEADY_KINDS] = {0};
    slot->cause_count = 0;
    for (uint32_t i = 0; i < count; i++) {
        causes[i] = slot->causes[i];
        for (uint32_t kind = 0; kind < FAI_STEADY_KINDS; kind++) {
            sums[kind] += causes[i].amounts[kind];
        }
    }
    for (uint32_t kind = 0; kind < FAI_STEADY_KINDS; kind++) {
        atomic_fetch_add_explicit(&allocator->steady.amounts[kind], sums[kind], memory_order_relaxed);
    }
    atomic_fetch_add_explicit(&allocator->steady.frames, 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&allocator->steady.broken, count > 0 ? 1 : 0, memory_order_relaxed);
    steady->last = (fa_steady_frame){.frame = ctx->frame_index,
                                     .backing_calls = sums[FAI_STEADY_BACKING],
                                     .fresh_pages = sums[FAI_STEADY_FRESH],
                                     .heap_fallbacks = sums[FAI_STEADY_HEAP],
                                     .page_faults = known ? faults - steady->faults : UINT64_MAX};
    for (uint32_t i = 0; i < count; i++) {
        tell(ctx, &causes[i], here);
    }
}

/* ---- joining and leaving -------------------------------------------------------------------------------- */

/* What has been used of frame memory so far has been touched: the inlined path need not come out of line for
 * it. */
static void limit_to_touched(fai_context *ctx, bool on)
{
    size_t touched = fai_figure(&ctx->peak_frame_bytes);
    size_t prefault = ctx->allocator->desc.frame_prefault_bytes;
    touched = touched > prefault ? touched : prefault;
    for (uint32_t i = 0; i < ctx->frames_in_flight; i++) {
        fai_extent_limit(&ctx->extents[i], on ? fai_round_up(touched, ctx->allocator->page_bytes) : SIZE_MAX);
    }
    fai_frame_reopen(ctx);
}

void fai_steady_look(fai_context *ctx)
{
    fai_steady_context *steady = &ctx->steady;
    uint32_t serial = is_on(ctx->allocator) ? atomic_load(&ctx->allocator->steady.serial) : 0;
    if (serial == steady->serial) {
        return;
    }
    steady->serial = serial;
    steady->judging = false;
    steady->last = (fa_steady_frame){0};
    if (serial != 0) {
        ctx->attention |= FAI_ATTEND_STEADY;
    } else {
        ctx->attention &= ~FAI_ATTEND_STEADY;
    }
    limit_to_touched(ctx, serial != 0);
}

static void look_at_own(fa_allocator *allocator)
{
    fai_mutex_lock(&allocator->contexts_lock);
    for (fai_context *ctx = allocator->contexts; ctx != NULL; ctx = ctx->next) {
        if (atomic_load(&ctx->owner) == fai_thread_self()) {
            fai_steady_look(ctx);
        }
    }
    fai_mutex_unlock(&allocator->contexts_lock);
}

fa_result fa_steady_begin(fa_allocator *allocator)
{
    if (!fai_allocator_alive(allocator)) {
        return FA_RESULT_INVALID_ARGUMENT;
    }
    fai_steady *steady = &allocator->steady;
    fai_mutex_lock(&allocator->contexts_lock);
    if (steady->threads == NULL) {
        steady->threads = fai_meta_alloc(allocator, FAI_STEADY_THREADS * sizeof *steady->threads);
    }
    bool ready = steady->threads != NULL;
    if (ready) {
        uint32_t serial = atomic_load(&steady->serial) + 1;
        atomic_store(&steady->serial, serial != 0 ? serial : 1);
        atomic_store(&steady->frames, 0);
        atomic_store(&steady->broken, 0);
        for (uint32_t kind = 0; kind < FAI_STEADY_KINDS; kind++) {
            atomic_store(&steady->amounts[kind], 0);
        }
        atomic_store_explicit(&steady->on, 1, memory_order_release);
    }
    fai_mutex_unlock(&allocator->contexts_lock);
    if (ready) {
        look_at_own(allocator);
    }
    return ready ? FA_RESULT_OK : FA_RESULT_OUT_OF_MEMORY;
}

fa_result fa_steady_end(fa_allocator *allocator)
{
    if (!fai_allocator_alive(allocator)) {
        return FA_RESULT_INVALID_ARGUMENT;
    }
    atomic_store(&allocator->steady.on, 0);
    look_at_own(allocator);
    return FA_RESULT_OK;
}

bool fa_steady_is_on(const fa_allocator *allocator)
{
    return fai_allocator_alive(allocator) && is_on(allocator);
}

/* ---- queries -------------------------------------------------------------------------------------------- */

fa_result fa_steady_frame_get(fa_context *ctx, fa_steady_frame *out)
{
    if (out == NULL) {
        return FA_RESULT_INVALID_ARGUMENT;
    }
    fa_result check = fai_context_check(ctx, "fa_steady_frame_get", FA_HERE);
    if (check == FA_RESULT_OK) {
        *out = fai_ctx(ctx)->steady.last;
    }
    return check;
}

fa_result fa_steady_stats_get(const fa_allocator *allocator, fa_steady_stats *out)
{
    if (!fai_allocator_alive(allocator) || out == NULL) {
        return FA_RESULT_INVALID_ARGUMENT;
    }
    const fai_steady *steady = &allocator->steady;
    *out = (fa_steady_stats){.frames = atomic_load(&steady->frames),
                             .broken_frames = atomic_load(&steady->broken),
                             .backing_calls = atomic_load(&steady->amounts[FAI_STEADY_BACKING]),
                             .fresh_pages = atomic_load(&steady->amounts[FAI_STEADY_FRESH]),
                             .heap_fallbacks = atomic_load(&steady->amounts[FAI_STEADY_HEAP])};
    return FA_RESULT_OK;
}
