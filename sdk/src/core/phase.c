/* phase.c - see phase.h. A phase's bytes and ticks are differences taken where it begins and ends; a row's
 * figures of a frame start anew when the row is first touched in another frame. */
#include "core/phase.h"

#include <string.h>

#include "core/context.h"

/* ---- names --------------------------------------------------------------------------------------------- */

fa_phase fa_phase_intern(fa_allocator *allocator, const char *name)
{
    if (!fai_allocator_alive(allocator) || name == NULL || name[0] == '\0' ||
        strlen(name) > FA_PHASE_NAME_MAX) {
        return FA_PHASE_INVALID;
    }
    fai_phases *phases = &allocator->phases;
    fai_mutex_lock(&allocator->tags.lock);
    uint32_t count = atomic_load(&phases->count);
    fa_phase phase = 1;
    while (phase <= count && strcmp(phases->names[phase], name) != 0) {
        phase++;
    }
    if (phase > FA_PHASE_MAX) {
        phase = FA_PHASE_INVALID;
    } else if (phase > count) {
        memcpy(phases->names[phase], name, strlen(name) + 1);
        atomic_store_explicit(&phases->count, phase, memory_order_release);
    }
    fai_mutex_unlock(&allocator->tags.lock);
    return phase;
}

static bool is_phase(const fa_allocator *allocator, fa_phase phase)
{
    return phase != FA_PHASE_NONE &&
           phase <= atomic_load_explicit(&allocator->phases.count, memory_order_acquire);
}

const char *fa_phase_name(const fa_allocator *allocator, fa_phase phase)
{
    return fai_allocator_alive(allocator) && is_phase(allocator, phase) ? allocator->phases.names[phase]
                                                                        : NULL;
}

/* ---- begin, end ---------------------------------------------------------------------------------------- */

static fai_phase_stack *stack_of(const fai_context *ctx)
{
    return atomic_load_explicit(&ctx->phases, memory_order_relaxed);
}

static fa_result unbalanced(fai_context *ctx, fa_result result, const char *here, const char *earlier,
                            const char *text)
{
    fai_report report = {.code = FA_CODE_FA804,
                         .result = result,
                         .allocator = ctx->allocator,
                         .ctx = &ctx->head,
                         .here = here,
                         .earlier = earlier};
    return fai_context_error(ctx, fai_report_send(&report, "%s", text));
}

static FA_COLD fa_result refuse_begin(fai_context *ctx, fa_phase phase, const char *here)
{
    if (fai_frame_state_of(ctx) != FAI_FRAME_OPEN) {
        fai_frame_refuse_closed(ctx, here);
        return ctx->last_result;
    }
    fai_report report = {.code = FA_CODE_FA005,
                         .result = FA_RESULT_INVALID_ARGUMENT,
                         .allocator = ctx->allocator,
                         .ctx = &ctx->head,
                         .here = here};
    return fai_context_error(ctx,
                             fai_report_send(&report, "fa_phase_begin: %u is not a phase of allocator %s",
                                             phase, ctx->allocator->name));
}

static FA_COLD fai_phase_stack *make_stack(fai_context *ctx)
{
    fai_phase_stack *stack = fai_meta_alloc(ctx->allocator, sizeof *stack);
    if (stack == NULL) {
        (void)fai_context_error(ctx, FA_RESULT_OUT_OF_MEMORY);
        return NULL;
    }
    atomic_store_explicit(&ctx->phases, stack, memory_order_release);
    return stack;
}

fa_result fai_phase_begin(fa_context *public_ctx, fa_phase phase, const char *here)
{
    fa_result check = fai_context_check(public_ctx, "fa_phase_begin", here);
    if (check != FA_RESULT_OK) {
        return check;
    }
    fai_context *ctx = fai_ctx(public_ctx);
    if (fai_frame_state_of(ctx) != FAI_FRAME_OPEN || !is_phase(ctx->allocator, phase)) {
        return refuse_begin(ctx, phase, here);
    }
    fai_phase_stack *stack = stack_of(ctx);
    if (stack == NULL) {
        stack = make_stack(ctx);
        if (stack == NULL) {
            return FA_RESULT_OUT_OF_MEMORY;
        }
    }
    if (stack->depth == FA_PHASE_DEPTH_MAX) {
        return unbalanced(ctx, FA_RESULT_FULL, here, stack->levels[stack->depth - 1].here,
                          "phases are nested deeper than FA_PHASE_DEPTH_MAX: is one begun and never ended?");
    }
    ctx->attention |= FAI_ATTEND_PHASES;
    stack->levels[stack->depth++] = (fai_phase_level){
        .phase = phase, .here = here, .used = fai_frame_used(ctx), .ticks = fai_ticks(ctx->steady_ticks)};
    return FA_RESULT_OK;
}

#define GET(figure) atomic_load_explicit(&(figure), memory_order_relaxed)
#define SET(figure, value) atomic_store_explicit(&(figure), (value), memory_order_relaxed)

/* Figures of another frame make room for this one's. */
static void start_frame(fai_phase_row *row, uint64_t frame)
{
    SET(row->frame, frame);
    SET(row->frames, GET(row->frames) + 1);
    SET(row->bytes, 0);
    SET(row->self_bytes, 0);
    SET(row->ticks, 0);
    SET(row->self_ticks, 0);
}

/* Is the phase entered further out as well? Then what it takes inclusively is counted there. */
static bool is_recursive(const fai_phase_stack *stack, fa_phase phase)
{
    for (uint32_t i = 0; i < stack->depth; i++) {
        if (stack->levels[i].phase == phase) {
            return true;
        }
    }
    return false;
}

static void leave(fai_context *ctx, fai_phase_stack *stack)
{
    uint64_t now = fai_ticks(ctx->steady_ticks);
    size_t used = fai_frame_used(ctx);
    const fai_phase_level level = stack->levels[--stack->depth];
    fai_phase_row *row = &stack->rows[level.phase];
    size_t bytes = used > level.used ? used - level.used : 0;
    uint64_t ticks = now > level.ticks ? now - level.ticks : 0; /* counters of two processors may differ */
    if (GET(row->frame) != ctx->frame_index) {
        start_frame(row, ctx->frame_index);
    }
    SET(row->runs, GET(row->runs) + 1);
    SET(row->self_bytes, GET(row->self_bytes) + (bytes > level.inner_bytes ? bytes - level.inner_bytes : 0));
    SET(row->self_ticks, GET(row->self_ticks) + (ticks > level.inner_ticks ? ticks - level.inner_ticks : 0));
    if (!is_recursive(stack, level.phase)) {
        SET(row->bytes, GET(row->bytes) + bytes);
        SET(row->ticks, GET(row->ticks) + ticks);
        SET(row->total_bytes, GET(row->total_bytes) + bytes);
        SET(row->total_ticks, GET(row->total_ticks) + ticks);
        if (GET(row->bytes) > GET(row->peak_bytes)) {
            SET(row->peak_bytes, GET(row->bytes));
        }
        if (GET(row->ticks) > GET(row->max_ticks)) {
            SET(row->max_ticks, GET(row->ticks));
        }
    }
    if (stack->depth > 0) {
        stack->levels[stack->depth - 1].inner_bytes += bytes;
        stack->levels[stack->depth - 1].inner_ticks += ticks;
    } else {
        ctx->attention &= ~FAI_ATTEND_PHASES;
    }
}

fa_result fai_phase_end(fa_context *public_ctx, const char *here)
{
    fa_result check = fai_context_check(public_ctx, "fa_phase_end", here);
    if (check != FA_RESULT_OK) {
        return check;
    }
    fai_context *ctx = fai_ctx(public_ctx);
    fai_phase_stack *stack = stack_of(ctx);
    if (stack == NULL || stack->depth == 0) {
        return unbalanced(ctx, FA_RESULT_UNBALANCED, here, NULL, "fa_phase_end without an open phase");
    }
    leave(ctx, stack);
    return FA_RESULT_OK;
}

void fai_phase_unwind(fai_context *ctx, const char *here, bool report)
{
    fai_phase_stack *stack = stack_of(ctx);
    const char *earlier = stack->levels[stack->depth - 1].here;
    while (stack->depth > 0) {
        leave(ctx, stack);
    }
    if (report) {
        (void)unbalanced(ctx, FA_RESULT_UNBALANCED, here, earlier,
                         "the frame ends with phases open that were begun in it; they are ended now");
    }
}

fa_phase fa_phase_current(const fa_context *public_ctx)
{
    if (public_ctx == NULL) {
        return FA_PHASE_NONE;
    }
    const fai_phase_stack *stack = stack_of(fai_ctx(public_ctx));
    return stack != NULL && stack->depth > 0 ? stack->levels[stack->depth - 1].phase : FA_PHASE_NONE;
}

/* ---- figures ------------------------------------------------------------------------------------------- */

static void add_row(const fai_context *ctx, fa_phase phase, fa_phase_stats *out)
{
    const fai_phase_stack *stack = atomic_load_explicit(&ctx->phases, memory_order_acquire);
    if (stack == NULL) {
        return;
    }
    const fai_phase_row *row = &stack->rows[phase];
    const fai_tick_clock *clock = &ctx->allocator->clock;
    size_t peak = GET(row->peak_bytes);
    /* Each figure is converted at a moment of its own: equal ticks may differ by a nanosecond, order may not.
     */
    uint64_t ticks = GET(row->ticks);
    uint64_t max_ticks = GET(row->max_ticks);
    int64_t frame_ns = fai_ticks_to_ns(clock, ticks);
    int64_t self_ns = fai_ticks_to_ns(clock, GET(row->self_ticks));
    int64_t max_ns = fai_ticks_to_ns(clock, max_ticks);
    int64_t total_ns = fai_ticks_to_ns(clock, GET(row->total_ticks));
    self_ns = self_ns < frame_ns ? self_ns : frame_ns;
    max_ns = max_ticks >= ticks && max_ns < frame_ns ? frame_ns : max_ns;
    total_ns = total_ns > frame_ns ? total_ns : frame_ns;
    out->runs += GET(row->runs);
    out->frames += GET(row->frames);
    out->frame_bytes += GET(row->bytes);
    out->self_frame_bytes += GET(row->self_bytes);
    out->peak_frame_bytes = peak > out->peak_frame_bytes ? peak : out->peak_frame_bytes;
    out->total_bytes += GET(row->total_bytes);
    out->frame_ns += frame_ns;
    out->self_frame_ns += self_ns;
    out->max_ns = max_ns > out->max_ns ? max_ns : out->max_ns;
    out->total_ns += total_ns;
}

fa_result fa_phase_stats_get(fa_allocator *allocator, fa_phase phase, fa_phase_stats *out)
{
    if (!fai_allocator_alive(allocator) || out == NULL) {
        return FA_RESULT_INVALID_ARGUMENT;
    }
    if (!is_phase(allocator, phase)) {
        return FA_RESULT_NOT_FOUND;
    }
    *out = (fa_phase_stats){.name = allocator->phases.names[phase]};
    fai_mutex_lock(&allocator->contexts_lock);
    for (const fai_context *ctx = allocator->contexts; ctx != NULL; ctx = ctx->next) {
        add_row(ctx, phase, out);
    }
    for (const fai_context *ctx = allocator->parked; ctx != NULL; ctx = ctx->next) {
        add_row(ctx, phase, out);
    }
    fai_mutex_unlock(&allocator->contexts_lock);
    return FA_RESULT_OK;
}

fa_result fa_context_phase_stats_get(fa_context *public_ctx, fa_phase phase, fa_phase_stats *out)
{
    fa_result check = fai_context_check(public_ctx, "fa_context_phase_stats_get", FA_HERE);
    if (check != FA_RESULT_OK || out == NULL) {
        return check != FA_RESULT_OK ? check : FA_RESULT_INVALID_ARGUMENT;
    }
    const fai_context *ctx = fai_ctx(public_ctx);
    if (!is_phase(ctx->allocator, phase)) {
        return FA_RESULT_NOT_FOUND;
    }
    *out = (fa_phase_stats){.name = ctx->allocator->phases.names[phase]};
    add_row(ctx, phase, out);
    return FA_RESULT_OK;
}
