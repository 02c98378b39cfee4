/* run.c - running one system, and one schedule.
 *
 * Around each system: its tag is pushed, its scratch memory marked; afterwards both are put back, whatever
 * the system did, and what it took is read off the cursors. One look at the clock per system: the end of one
 * is the beginning of the next. Nothing here allocates.
 *
 * A schedule is run batch by batch (plan.c); after each the commands are applied. */
#include "app/app.h"

/* ---- measuring ----------------------------------------------------------------------------------------- */

static size_t larger_of(size_t a, size_t b)
{
    return a > b ? a : b;
}

static FA_COLD void count_over(fa_app *app, fai_system *system, bool bytes)
{
    if (!bytes) {
        system->over_ns++;
        return;
    }
    if (system->over_frame == app->time.frame) {
        return;
    }
    system->over_frame = app->time.frame;
    if (system->over_bytes++ == 0) {
        fai_layer_log(app->allocator, FA_LOG_SYSTEM_OVER_BUDGET,
                      "'%s' took %zu bytes of frame memory in frame %llu; its budget is %zu (%s)",
                      system->path, system->frame_bytes, (unsigned long long)app->time.frame,
                      system->budget_bytes, system->here);
    }
}

static inline void count_run(fa_app *app, fai_system *system, uint64_t ticks, size_t frame_bytes,
                             uint32_t thread)
{
    system->runs++;
    system->last_ticks = ticks;
    system->total_ticks += ticks;
    system->max_ticks = ticks > system->max_ticks ? ticks : system->max_ticks;
    system->thread = thread;
    if (system->frame != app->time.frame) {
        system->frame = app->time.frame;
        system->frame_bytes = 0;
    }
    if (FA_UNLIKELY(system->piece_bytes != 0)) {
        frame_bytes += system->piece_bytes;
        system->piece_bytes = 0;
    }
    system->run_ticks = ticks | 1; /* 0: it did not run */
    if (frame_bytes > 0) {
        system->run_bytes = frame_bytes;
        system->frame_bytes += frame_bytes;
        system->frame_peak_bytes = larger_of(system->frame_peak_bytes, system->frame_bytes);
        if (system->budget_bytes != 0 && system->frame_bytes > system->budget_bytes) {
            count_over(app, system, true);
        }
    }
    if (system->budget_ns != 0 && fai_layer_ticks_to_ns(app->allocator, ticks) > system->budget_ns) {
        count_over(app, system, false);
    }
}

/* ---- scopes -------------------------------------------------------------------------------------------- */

void fai_tags_close(fa_app *app, fa_context *ctx, uint32_t depth, bool pushed, fa_tag tag, const char *who,
                    const char *here)
{
    uint32_t expected = depth + (pushed ? 1 : 0);
    uint32_t now = fai_layer_tag_depth(ctx);
    bool tidy = now == expected && (!pushed || fa_tag_current(ctx) == tag);
    if (FA_LIKELY(tidy)) {
        if (pushed) {
            (void)fa_tag_pop(ctx);
        }
        return;
    }
    if (now > expected) {
        (void)fai_app_report(app, FA_CODE_FA804, FA_RESULT_UNBALANCED, here, NULL,
                             "'%s' returned with %u tag scopes still open; they are closed now", who,
                             now - expected);
    } else {
        (void)fai_app_report(app, FA_CODE_FA804, FA_RESULT_UNBALANCED, here, NULL,
                             "'%s' closed a tag scope that it had not opened", who);
    }
    while (fai_layer_tag_depth(ctx) > depth) {
        (void)fa_tag_pop(ctx);
    }
}

void fai_pad_open(fa_arena *scratch, bool nested, fai_pad *pad)
{
    pad->cursor = scratch->cursor;
    pad->nested = nested;
    if (nested) {
        pad->mark = fa_arena_mark_get(scratch);
    }
}

size_t fai_pad_close(fa_arena *scratch, const fai_pad *pad)
{
    uintptr_t cursor = scratch->cursor;
    if (cursor == pad->cursor) {
        return 0;
    }
    if (!pad->nested) {
        (void)fa_arena_reset(scratch);
    } else if (pad->mark.serial != 0) {
        (void)fa_arena_rewind(scratch, pad->mark);
    }
    return cursor > pad->cursor ? cursor - pad->cursor : 0;
}

/* ---- conditions ---------------------------------------------------------------------------------------- */

static bool holds(fa_app *app, fai_lane *lane, const fai_condition *condition, fai_system *system,
                  const char *name)
{
    fai_sys s = {
        .head = {.ctx = lane->ctx, .scratch = lane->scratch, .step = app->in_step ? lane->step : NULL},
        .app = app,
        .system = system,
        .name = name,
        .terms = condition->terms,
        .term_count = condition->term_count,
        .lane = lane,
        .active = true,
        .condition = true};
    fai_pad pad;
    fai_pad_open(lane->scratch, lane->depth > 0, &pad);
    uint32_t where = 0;
    if (lane->index == 0) {
        where = app->where;
        app->where |= FAI_IN_CONDITION;
    }
    lane->depth++;
    bool result = condition->fn(&s.head, condition->arg) != condition->negate;
    lane->depth--;
    if (lane->index == 0) {
        app->where = where;
    }
    (void)fai_pad_close(lane->scratch, &pad);
    return result;
}

static bool ask_gate(fa_app *app, fai_lane *lane, const fai_order *order, const fai_gate *gate)
{
    bool open = true;
    uint32_t depth = fai_layer_tag_depth(lane->ctx);
    bool pushed = fa_tag_push(lane->ctx, app->tag) == FA_RESULT_OK;
    for (uint32_t i = 0; i < gate->condition_count && open; i++) {
        open = holds(app, lane, order->conditions[gate->first_condition + i], NULL, gate->set);
    }
    fai_tags_close(app, lane->ctx, depth, pushed, app->tag, gate->set, gate->here);
    return open;
}

/* Asked once per run; who comes meanwhile waits for the answer. */
static bool gate_is_open(fa_app *app, fai_lane *lane, const fai_order *order, fai_gate *gate, uint64_t run)
{
    uint64_t seen = atomic_load_explicit(&gate->asked, memory_order_acquire);
    for (;;) {
        if (seen / 4 == run && seen % 4 != 1) {
            return seen % 4 == 3;
        }
        if (seen / 4 != run && atomic_compare_exchange_strong(&gate->asked, &seen, 4 * run + 1)) {
            bool open = ask_gate(app, lane, order, gate);
            atomic_store_explicit(&gate->asked, 4 * run + (open ? 3 : 2), memory_order_release);
            return open;
        }
        seen = atomic_load_explicit(&gate->asked, memory_order_acquire);
    }
}

static bool may_run(fa_app *app, fai_lane *lane, const fai_order *order, const fai_slot *slot, uint64_t run)
{
    for (uint32_t i = 0; i < slot->gate_count; i++) {
        if (!gate_is_open(app, lane, order, &order->gates[order->gate_indices[slot->first_gate + i]], run)) {
            return false;
        }
    }
    fai_system *system = slot->system;
    bool open = true;
    if (system->place.run_if_count > 0) {
        uint32_t depth = fai_layer_tag_depth(lane->ctx);
        bool pushed = fa_tag_push(lane->ctx, system->tag) == FA_RESULT_OK;
        for (uint32_t i = 0; i < system->place.run_if_count && open; i++) {
            open = holds(app, lane, &system->place.run_if[i], system, system->path);
        }
        fai_tags_close(app, lane->ctx, depth, pushed, system->tag, system->path, system->here);
    }
    return open;
}

/* ---- one system ---------------------------------------------------------------------------------------- */

/* The tag stack is not as it was: told, and put right. */
static FA_COLD void close_untidy(fa_app *app, fa_context *ctx, const fai_system *system,
                                 const fai_layer_scope *scope)
{
    uint32_t depth = scope->pushed ? scope->depth - 1 : scope->depth;
    fai_tags_close(app, ctx, depth, scope->pushed, system->tag, system->path, system->here);
}

/* An exclusive system left a walk open: the world would stay shut. */
static FA_COLD void end_walks(fa_app *app, const fai_system *system, uint32_t walks)
{
    (void)fai_app_report(app, FA_CODE_FA110, FA_RESULT_UNBALANCED, app->world->walk_here, system->here,
                         "'%s' returned in the middle of a walk; it is ended now: see fa_iter_end",
                         system->path);
    app->world->walks = walks;
}

/* Allocations of a run that has ended, without those of systems that it ran itself. */
static FA_COLD void count_allocs(fai_lane *lane, fai_system *system, uint64_t before, uint64_t attributed)
{
    uint64_t now = fai_allocs_of(lane->ctx);
    uint64_t all = (now > before ? now - before : 0) + system->piece_allocs;
    uint64_t others = lane->attributed - attributed;
    system->piece_allocs = 0;
    system->last_allocs = all - (all < others ? all : others);
    system->allocs += system->last_allocs;
    system->counted_runs++;
    lane->attributed += system->last_allocs;
}

static void call_system(fa_app *app, fai_lane *lane, fai_system *system, fai_layer_scope *scope)
{
    fa_context *ctx = lane->ctx;
    (void)fai_layer_scope_open(ctx, system->tag, system->here, scope);
    fai_pad pad;
    fai_pad_open(lane->scratch, lane->depth > 0, &pad);
    uintptr_t step_cursor = lane->step->cursor;
    fai_sys *s = &system->sys;
    s->head = (fa_sys){.ctx = ctx, .scratch = lane->scratch, .step = app->in_step ? lane->step : NULL};
    s->lane = lane;
    s->active = true;
    const uint32_t walks = s->exclusive ? app->world->walks : 0;
    const bool counting = lane->counting;
    uint64_t attributed = 0;
    uint64_t allocs = 0;
    if (FA_UNLIKELY(counting)) {
        attributed = lane->attributed;
        allocs = fai_allocs_of(ctx);
    }
    lane->depth++;
    system->fn(&s->head);
    lane->depth--;
    if (FA_UNLIKELY(counting)) {
        count_allocs(lane, system, allocs, attributed);
    }
    s->active = false;
    if (FA_UNLIKELY(s->exclusive && app->world->walks != walks)) {
        end_walks(app, system, walks);
    }
    s->head.step = NULL;
    if (lane->step->cursor > step_cursor) {
        system->step_peak_bytes = larger_of(system->step_peak_bytes, lane->step->cursor - step_cursor);
    }
    system->scratch_peak_bytes = larger_of(system->scratch_peak_bytes, fai_pad_close(lane->scratch, &pad));
    if (FA_LIKELY(fai_layer_scope_close(ctx, scope, system->here))) {
        return;
    }
    close_untidy(app, ctx, system, scope);
}

/* On the main thread the app knows what is on the stack; elsewhere it is asked nothing. @return The time when
 * it ended. */
static uint64_t run_system(fa_app *app, fai_lane *lane, fai_schedule *schedule, fai_system *system,
                           uint64_t start)
{
    fai_layer_scope scope;
    if (lane->index != 0) {
        call_system(app, lane, system, &scope);
        count_run(app, system, scope.end_ticks - start, scope.frame_bytes, lane->index);
        return scope.end_ticks;
    }
    bool hooked = app->hook_count[FA_HOOK_SYSTEM_BEGIN] > 0 || app->hook_count[FA_HOOK_SYSTEM_END] > 0;
    if (hooked || system->place.run_if_count > 0) {
        fai_hooks_call(app, FA_HOOK_SYSTEM_BEGIN, schedule, system);
        start = fai_layer_ticks(app->allocator); /* neither hooks nor conditions are the system's time */
    }
    uint32_t where = app->where;
    uint32_t current = app->current;
    fai_system *outer = app->running;
    size_t nested_bytes = app->nested_bytes;
    app->where |= FAI_IN_SYSTEM;
    app->current = system->owner;
    app->running = system;
    app->nested_bytes = 0;
    call_system(app, lane, system, &scope);
    size_t bytes = scope.frame_bytes;
    bytes -= bytes < app->nested_bytes ? bytes : app->nested_bytes;
    app->where = where;
    app->current = current;
    app->running = outer;
    app->nested_bytes = nested_bytes;
    count_run(app, system, scope.end_ticks - start, bytes, 0);
    if (hooked) {
        fai_hooks_call(app, FA_HOOK_SYSTEM_END, schedule, system);
    }
    return scope.end_ticks;
}

uint64_t fai_slot_run(fa_app *app, fai_lane *lane, fai_schedule *schedule, const fai_order *order,
                      const fai_slot *slot, uint64_t run, uint64_t start)
{
    fai_system *system = slot->system;
    if (!may_run(app, lane, order, slot, run)) {
        system->skipped++;
        return start;
    }
    uint64_t ended = run_system(app, lane, schedule, system, start);
    system->since = system->tick;
    return ended;
}

/* ---- a row of plain systems ------------------------------------------------------------------------------ */

/* Scratch and step memory that a system has used, outermost. */
static FA_NOINLINE void tidy_lane(fai_lane *lane, fai_system *system, const fai_pad *pad,
                                  uintptr_t step_cursor)
{
    if (lane->step->cursor > step_cursor) {
        system->step_peak_bytes = larger_of(system->step_peak_bytes, lane->step->cursor - step_cursor);
    }
    system->scratch_peak_bytes = larger_of(system->scratch_peak_bytes, fai_pad_close(lane->scratch, pad));
}

/* Systems without conditions and without a say over others, one after the other on the main thread: the same
 * as fai_slot_run for each, but what is alike for all is done once, and the end of one tag scope is the
 * beginning of the next. @return The time when the last one ended. */
static uint64_t run_row(fa_app *app, fai_lane *lane, const fai_slot *slots, uint32_t count, uint64_t now)
{
    fa_context *ctx = lane->ctx;
    const fa_sys head = {.ctx = ctx, .scratch = lane->scratch, .step = app->in_step ? lane->step : NULL};
    const uint32_t where = app->where;
    const uint32_t current = app->current;
    fai_system *const outer = app->running;
    fai_pad pad;
    fai_pad_open(lane->scratch, false, &pad);
    uintptr_t step_cursor = lane->step->cursor;
    lane->depth++;
    app->where |= FAI_IN_SYSTEM;
    fai_layer_scope scope;
    (void)fai_layer_scope_open(ctx, slots[0].system->tag, slots[0].system->here, &scope);
    for (uint32_t i = 0; i < count; i++) {
        fai_system *system = slots[i].system;
        fai_sys *s = &system->sys;
        app->current = system->owner;
        app->running = system;
        s->head = head;
        s->lane = lane;
        s->active = true;
        system->fn(&s->head);
        s->active = false;
        s->head.step = NULL;
        if (FA_UNLIKELY(lane->scratch->cursor != pad.cursor || lane->step->cursor != step_cursor)) {
            tidy_lane(lane, system, &pad, step_cursor);
            step_cursor = lane->step->cursor;
        }
        const fai_system *next = i + 1 < count ? slots[i + 1].system : NULL;
        bool open = next != NULL && fai_layer_scope_next(ctx, &scope, next->tag, next->here);
        if (!open && !fai_layer_scope_close(ctx, &scope, system->here)) {
            close_untidy(app, ctx, system, &scope);
        }
        count_run(app, system, scope.end_ticks - now, scope.frame_bytes, 0);
        now = scope.end_ticks;
        system->since = system->tick;
        if (next != NULL && !open) {
            (void)fai_layer_scope_open(ctx, next->tag, next->here, &scope);
        }
    }
    lane->depth--;
    app->where = where;
    app->current = current;
    app->running = outer;
    return now;
}

/* ---- a schedule ---------------------------------------------------------------------------------------- */

/* Frame bytes of a whole schedule, for the system that runs it. */
typedef struct spot {
    bool open;
    uint64_t frame;
    uintptr_t cursor;
} spot;

static spot spot_of(const fa_context *ctx)
{
    return (spot){.open = fa_frame_is_open(ctx), .frame = fa_frame_index(ctx), .cursor = ctx->cursor};
}

static size_t bytes_since(const fa_context *ctx, spot then)
{
    const spot now = spot_of(ctx);
    if (!now.open) {
        return 0;
    }
    if (!then.open || then.frame != now.frame) {
        return fa_frame_used_bytes(ctx);
    }
    return now.cursor > then.cursor ? now.cursor - then.cursor : 0;
}

/* What the systems of a batch have in common; their ticks follow from their places, whoever runs them. */
static void begin_batch(fa_app *app, fai_schedule *schedule, const fai_order *order, const fai_batch *batch,
                        uint64_t run)
{
    app->batch_serial++;
    app->batch_base = app->world->next_page;
    app->batch_first = batch->first;
    app->batch_count = batch->count;
    app->batch_order = order;
    app->batch_schedule = schedule;
    app->batch_run = run;
    fai_lane_refresh(app, &app->lanes[0]);
    uint64_t tick = app->world->tick;
    for (uint32_t i = 0; i < batch->count; i++) {
        order->slots[batch->first + i].system->tick = tick + 1 + i;
    }
    app->world->tick = tick + batch->count;
}

/* @return The slot at which a row of plain systems ends. */
static uint32_t row_end(const fai_order *order, uint32_t first, uint32_t end)
{
    while (first < end && order->slots[first].plain) {
        first++;
    }
    return first;
}

static void run_in_line(fa_app *app, fai_schedule *schedule, const fai_order *order, const fai_batch *batch,
                        uint64_t run)
{
    fai_lane *lane = &app->lanes[0];
    bool plain = lane->depth == 0 && !lane->counting && app->hook_count[FA_HOOK_SYSTEM_BEGIN] == 0 &&
                 app->hook_count[FA_HOOK_SYSTEM_END] == 0;
    uint64_t now = fai_layer_ticks(app->allocator);
    uint32_t end = batch->first + batch->count;
    for (uint32_t i = batch->first; i < end;) {
        uint32_t row = plain ? row_end(order, i, end) : i;
        if (row > i) {
            now = run_row(app, lane, &order->slots[i], row - i, now);
            i = row;
        } else {
            now = fai_slot_run(app, lane, schedule, order, &order->slots[i++], run, now);
        }
    }
}

fa_result fai_schedule_run(fa_app *app, fai_schedule *schedule, const char *here)
{
    fa_result result = app->hung ? FA_RESULT_TIMEOUT : fai_schedule_order(app, schedule, here);
    if (result == FA_RESULT_OK && schedule->id == FA_STATE_TRANSITION) {
        result = fai_states_apply(app, here);
    }
    if (result != FA_RESULT_OK) {
        return result;
    }
    const spot before = spot_of(app->ctx);
    fai_hooks_call(app, FA_HOOK_SCHEDULE_BEGIN, schedule, NULL);
    const fai_order *order = schedule->order;
    uint64_t run = ++app->run_serial;
    const uint32_t where = app->where;
    app->where |= FAI_IN_SCHEDULE;
    schedule->running = true;
    const char *shut = app->world->shut;
    for (uint32_t i = 0; i < order->plan->batch_count && !app->hung; i++) {
        const fai_batch *batch = &order->plan->batches[i];
        bool exclusive = order->slots[batch->first].system->sys.exclusive;
        begin_batch(app, schedule, order, batch, run);
        app->world->shut = exclusive ? NULL : schedule->name;
        if (fai_batch_is_wide(app, order, batch)) {
            fa_result worst = fai_batch_run(app, batch);
            result = result == FA_RESULT_OK ? worst : result;
        } else {
            run_in_line(app, schedule, order, batch, run);
        }
        app->world->shut = shut;
        fai_tally_batch(app, order, batch);
        fai_commands_apply(app, order, batch);
    }
    schedule->running = false;
    app->where = where;
    fai_hooks_call(app, FA_HOOK_SCHEDULE_END, schedule, NULL);
    if (app->running != NULL) {
        app->nested_bytes += bytes_since(app->ctx, before);
    }
    return result;
}
