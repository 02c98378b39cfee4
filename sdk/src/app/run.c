/* run.c - running the systems of a schedule, one after the other.
 *
 * Around each system: its tag is pushed, its scratch memory marked; afterwards both are put back, whatever
 * the system did, and what it took is read off the cursors. One look at the clock per system: the end of one
 * is the beginning of the next. Nothing here allocates. */
#include "app/app.h"

/* ---- measuring ----------------------------------------------------------------------------------------- */

typedef struct spot {
    bool open;
    uint64_t frame;
    uintptr_t cursor;
} spot;

static spot spot_of(const fa_context *ctx)
{
    return (spot){.open = fa_frame_is_open(ctx), .frame = fa_frame_index(ctx), .cursor = ctx->cursor};
}

/* Frame bytes taken since then, also when a frame was begun since. */
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

static size_t larger_of(size_t a, size_t b)
{
    return a > b ? a : b;
}

static void count_run(const fa_app *app, fai_system *system, int64_t ns, size_t frame_bytes)
{
    system->runs++;
    system->last_ns = ns;
    system->total_ns += ns;
    system->max_ns = ns > system->max_ns ? ns : system->max_ns;
    if (system->frame != app->time.frame) {
        system->frame = app->time.frame;
        system->frame_bytes = 0;
    }
    system->frame_bytes += frame_bytes;
    system->frame_peak_bytes = larger_of(system->frame_peak_bytes, system->frame_bytes);
}

/* ---- scopes -------------------------------------------------------------------------------------------- */

void fai_tags_close(fa_app *app, uint32_t depth, bool pushed, fa_tag tag, const char *who, const char *here)
{
    uint32_t expected = depth + (pushed ? 1 : 0);
    uint32_t now = fai_layer_tag_depth(app->ctx);
    bool tidy = now == expected && (!pushed || fa_tag_current(app->ctx) == tag);
    if (FA_LIKELY(tidy)) {
        if (pushed) {
            (void)fa_tag_pop(app->ctx);
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
    while (fai_layer_tag_depth(app->ctx) > depth) {
        (void)fa_tag_pop(app->ctx);
    }
}

void fai_pad_open(const fa_app *app, bool nested, fai_pad *pad)
{
    pad->cursor = app->scratch->cursor;
    pad->nested = nested;
    if (nested) {
        pad->mark = fa_arena_mark_get(app->scratch);
    }
}

size_t fai_pad_close(const fa_app *app, const fai_pad *pad)
{
    uintptr_t cursor = app->scratch->cursor;
    if (cursor == pad->cursor) {
        return 0;
    }
    if (!pad->nested) {
        (void)fa_arena_reset(app->scratch);
    } else if (pad->mark.serial != 0) {
        (void)fa_arena_rewind(app->scratch, pad->mark);
    }
    return cursor > pad->cursor ? cursor - pad->cursor : 0;
}

/* ---- conditions ---------------------------------------------------------------------------------------- */

static bool holds(fa_app *app, const fai_condition *condition, fai_system *system, const char *name)
{
    fai_sys *s = &app->condition_sys;
    *s =
        (fai_sys){.head = {.ctx = app->ctx, .scratch = app->scratch, .step = app->in_step ? app->step : NULL},
                  .app = app,
                  .system = system,
                  .name = name,
                  .terms = condition->terms,
                  .term_count = condition->term_count,
                  .active = true,
                  .condition = true};
    fai_pad pad;
    fai_pad_open(app, app->running != NULL, &pad);
    uint32_t where = app->where;
    app->where |= FAI_IN_CONDITION;
    bool result = condition->fn(&s->head, condition->arg) != condition->negate;
    app->where = where;
    s->active = false;
    s->head.step = NULL;
    (void)fai_pad_close(app, &pad);
    return result;
}

static bool gate_is_open(fa_app *app, const fai_order *order, fai_gate *gate, uint64_t run)
{
    if (gate->asked == run) {
        return gate->open;
    }
    gate->asked = run;
    gate->open = true;
    uint32_t depth = fai_layer_tag_depth(app->ctx);
    bool pushed = fa_tag_push(app->ctx, app->tag) == FA_RESULT_OK;
    for (uint32_t i = 0; i < gate->condition_count && gate->open; i++) {
        gate->open = holds(app, order->conditions[gate->first_condition + i], NULL, gate->set);
    }
    fai_tags_close(app, depth, pushed, app->tag, gate->set, gate->here);
    return gate->open;
}

static bool may_run(fa_app *app, const fai_order *order, const fai_slot *slot, uint64_t run)
{
    for (uint32_t i = 0; i < slot->gate_count; i++) {
        if (!gate_is_open(app, order, &order->gates[order->gate_indices[slot->first_gate + i]], run)) {
            return false;
        }
    }
    fai_system *system = slot->system;
    bool open = true;
    if (system->place.run_if_count > 0) {
        uint32_t depth = fai_layer_tag_depth(app->ctx);
        bool pushed = fa_tag_push(app->ctx, system->tag) == FA_RESULT_OK;
        for (uint32_t i = 0; i < system->place.run_if_count && open; i++) {
            open = holds(app, &system->place.run_if[i], system, system->path);
        }
        fai_tags_close(app, depth, pushed, system->tag, system->path, system->here);
    }
    return open;
}

/* ---- one system ---------------------------------------------------------------------------------------- */

static size_t call_system(fa_app *app, fai_system *system, bool nested)
{
    fa_context *ctx = app->ctx;
    uint32_t depth = fai_layer_tag_depth(ctx);
    bool pushed = fai_tag_push(ctx, system->tag, system->here) == FA_RESULT_OK;
    const spot before = spot_of(ctx);
    fai_pad pad;
    fai_pad_open(app, nested, &pad);
    uintptr_t step_cursor = app->step->cursor;
    fai_sys *s = &system->sys;
    s->head.step = app->in_step ? app->step : NULL;
    s->active = true;
    system->fn(&s->head);
    s->active = false;
    s->head.step = NULL;
    size_t frame_bytes = bytes_since(ctx, before);
    if (app->step->cursor > step_cursor) {
        system->step_peak_bytes = larger_of(system->step_peak_bytes, app->step->cursor - step_cursor);
    }
    system->scratch_peak_bytes = larger_of(system->scratch_peak_bytes, fai_pad_close(app, &pad));
    fai_tags_close(app, depth, pushed, system->tag, system->path, system->here);
    return frame_bytes;
}

/* @return The time when it ended. */
static int64_t run_system(fa_app *app, fai_schedule *schedule, fai_system *system, int64_t start)
{
    if (app->hook_count[FA_HOOK_SYSTEM_BEGIN] > 0 || app->hook_count[FA_HOOK_SYSTEM_END] > 0 ||
        system->place.run_if_count > 0) {
        fai_hooks_call(app, FA_HOOK_SYSTEM_BEGIN, schedule, system);
        start = fai_layer_now_ns(); /* neither hooks nor conditions are the system's time */
    }
    uint32_t where = app->where;
    uint32_t current = app->current;
    fai_system *outer = app->running;
    size_t nested_bytes = app->nested_bytes;
    app->where |= FAI_IN_SYSTEM;
    app->current = system->owner;
    app->running = system;
    app->nested_bytes = 0;
    size_t bytes = call_system(app, system, outer != NULL);
    bytes -= bytes < app->nested_bytes ? bytes : app->nested_bytes;
    app->where = where;
    app->current = current;
    app->running = outer;
    app->nested_bytes = nested_bytes;
    int64_t now = fai_layer_now_ns();
    count_run(app, system, now - start, bytes);
    fai_hooks_call(app, FA_HOOK_SYSTEM_END, schedule, system);
    return now;
}

/* ---- a schedule ---------------------------------------------------------------------------------------- */

fa_result fai_schedule_run(fa_app *app, fai_schedule *schedule, const char *here)
{
    fa_result result = fai_schedule_order(app, schedule, here);
    if (result != FA_RESULT_OK) {
        return result;
    }
    const spot before = spot_of(app->ctx);
    fai_hooks_call(app, FA_HOOK_SCHEDULE_BEGIN, schedule, NULL);
    const fai_order *order = schedule->order;
    uint64_t run = ++app->run_serial;
    schedule->running = true;
    int64_t now = order->slot_count > 0 ? fai_layer_now_ns() : 0;
    for (uint32_t i = 0; i < order->slot_count; i++) {
        const fai_slot *slot = &order->slots[i];
        if (may_run(app, order, slot, run)) {
            now = run_system(app, schedule, slot->system, now);
        } else {
            slot->system->skipped++;
        }
    }
    schedule->running = false;
    fai_hooks_call(app, FA_HOOK_SCHEDULE_END, schedule, NULL);
    if (app->running != NULL) {
        app->nested_bytes += bytes_since(app->ctx, before);
    }
    return FA_RESULT_OK;
}
