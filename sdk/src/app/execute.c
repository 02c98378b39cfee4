/* execute.c - systems side by side, on the workers of the app's context.
 *
 * Each system of a batch is a job. Those that wait for nobody are submitted in the order of the schedule; a
 * system that ends submits those that waited for it last. The main thread joins, and works while it does.
 * What cannot run side by side never meets (plan.c), so nothing here decides what comes out, only how fast.
 */
#include "app/app.h"

#define PARALLEL_MIN_DEFAULT_NS INT64_C(20000)
#define SAY_AFTER_NS INT64_C(10000000000)

/* ---- lanes --------------------------------------------------------------------------------------------- */

fa_result fai_lanes_create(fa_app *app)
{
    uint32_t count = app->desc.workers + 1;
    app->lanes = fai_app_alloc(app, app->tag, count * sizeof *app->lanes, 64);
    if (app->lanes == NULL) {
        return fai_app_why(app);
    }
    app->lanes[0] = (fai_lane){.ctx = app->ctx, .scratch = app->scratch, .step = app->step};
    app->lane_count = count;
    if (app->desc.parallel_min_ns == 0) {
        app->desc.parallel_min_ns = PARALLEL_MIN_DEFAULT_NS;
    }
    if (app->desc.workers == 0) {
        return FA_RESULT_OK;
    }
    const fa_workers_desc desc = {.name = app->name, .worker_count = app->desc.workers};
    return fai_workers_start(app->ctx, &desc, &app->workers, app->call_here);
}

fa_result fai_lanes_stop(fa_app *app)
{
    int64_t timeout_ns = app->desc.hang_timeout_ns != 0 ? app->desc.hang_timeout_ns : FA_WAIT_FOREVER;
    fa_result result = fai_workers_stop(app->workers, timeout_ns, app->call_here);
    if (result == FA_RESULT_OK) {
        app->workers = NULL; /* the arenas went with their contexts */
    }
    return result;
}

fa_result fai_lanes_recover(fa_app *app, const char *here)
{
    if (!app->hung || app->thread != fa_thread_id()) {
        return FA_RESULT_OK;
    }
    fa_result result = fai_workers_join(app->workers, app->desc.hang_timeout_ns, here);
    app->hung = result == FA_RESULT_TIMEOUT;
    return app->hung ? result : FA_RESULT_OK;
}

static fa_arena *make_arena(const fa_app *app, fa_context *ctx, const char *name, const fa_arena *like,
                            size_t max_bytes)
{
    char path[FA_NAME_MAX + 16];
    int n = 0;
    for (const char *part = app->name; *part != '\0'; part++) {
        path[n++] = *part;
    }
    path[n++] = '/';
    for (; *name != '\0'; name++) {
        path[n++] = *name;
    }
    path[n] = '\0';
    (void)like;
    fa_arena *arena = NULL;
    const fa_arena_desc desc = {.name = path,
                                .max_bytes = max_bytes,
                                .tag = fa_tag_intern(app->allocator, path)};
    return fai_arena_create(ctx, &desc, &arena, app->call_here) == FA_RESULT_OK ? arena : NULL;
}

fai_lane *fai_lane_of(fa_app *app, fa_context *ctx)
{
    uint32_t index = fa_worker_index(ctx);
    fai_lane *lane = &app->lanes[index];
    if (FA_LIKELY(lane->step != NULL)) {
        return lane;
    }
    lane->ctx = ctx;
    lane->index = index;
    if (lane->scratch == NULL) {
        lane->scratch = make_arena(app, ctx, "scratch", app->scratch, app->desc.scratch_max_bytes);
    }
    if (lane->scratch != NULL) {
        lane->step = make_arena(app, ctx, "step", app->step, app->desc.step_max_bytes);
    }
    return lane->step != NULL ? lane : NULL;
}

uint64_t fai_allocs_of(fa_context *ctx)
{
    fa_diagnostics_stats d;
    if (fa_diagnostics_stats_get(ctx, &d) != FA_RESULT_OK) {
        return 0;
    }
    return d.frame_allocs + d.arena_allocs + d.pool_allocs + d.heap_allocs;
}

void fai_lane_refresh(fa_app *app, fai_lane *lane)
{
    if (lane->step_serial != app->time.step) {
        lane->step_serial = app->time.step;
        if (lane->index != 0) { /* the main thread's is emptied where the step ends */
            (void)fa_arena_reset(lane->step);
        }
    }
    lane->counting = fa_diagnostics_get(lane->ctx) != FA_DIAGNOSTICS_OFF;
}

/* ---- a batch ------------------------------------------------------------------------------------------- */

bool fai_batch_is_wide(const fa_app *app, const fai_order *order, const fai_batch *batch)
{
    if (app->workers == NULL || batch->alone || app->running != NULL ||
        app->hook_count[FA_HOOK_SYSTEM_BEGIN] > 0 || app->hook_count[FA_HOOK_SYSTEM_END] > 0) {
        return false;
    }
    uint64_t ticks = 0;
    for (uint32_t i = 0; i < batch->count; i++) {
        const fai_system *system = order->slots[batch->first + i].system;
        if (system->runs == 0) {
            return true; /* nobody knows */
        }
        ticks += system->last_ticks;
    }
    return fai_layer_ticks_to_ns(app->allocator, ticks) >= app->desc.parallel_min_ns;
}

static void submit(fa_app *app, fai_system *system)
{
    (void)fai_workers_submit(app->workers, &system->job, system->here);
}

static void release_next(fa_app *app, const fai_slot *slot)
{
    const fai_order *order = app->batch_order;
    for (uint32_t i = 0; i < slot->next_count; i++) {
        fai_system *next = order->slots[order->plan->next[slot->first_next + i]].system;
        if (atomic_fetch_sub_explicit(&next->blockers, 1, memory_order_acq_rel) == 1) {
            submit(app, next);
        }
    }
}

static void run_job(fa_context *ctx, void *user)
{
    fai_system *system = user;
    fa_app *app = system->sys.app;
    const fai_slot *slot = system->slot;
    fai_lane *lane = fai_lane_of(app, ctx);
    if (lane != NULL) { /* else the main thread runs it, after the others */
        fai_lane_refresh(app, lane);
        (void)fai_slot_run(app, lane, app->batch_schedule, app->batch_order, slot, app->batch_run,
                           fai_layer_ticks(app->allocator));
        system->done = true;
    }
    release_next(app, slot);
}

static fa_result join(fa_app *app)
{
    int64_t limit_ns = app->desc.hang_timeout_ns;
    for (;;) {
        fa_result result =
            fai_workers_join(app->workers, limit_ns != 0 ? limit_ns : SAY_AFTER_NS, app->call_here);
        if (result != FA_RESULT_TIMEOUT || limit_ns != 0) {
            return result;
        }
    }
}

fa_result fai_batch_run(fa_app *app, const fai_batch *batch)
{
    const fai_order *order = app->batch_order;
    fai_slot *slots = order->slots + batch->first;
    for (uint32_t i = 0; i < batch->count; i++) {
        fai_system *system = slots[i].system;
        system->slot = &slots[i];
        system->done = false;
        system->job =
            (fa_job){.fn = run_job, .user = system, .name = system->path, .joiner_only = system->main_thread};
        atomic_store_explicit(&system->blockers, slots[i].blockers, memory_order_relaxed);
    }
    app->side_by_side = true;
    for (uint32_t i = 0; i < batch->count; i++) {
        if (slots[i].blockers == 0) {
            submit(app, slots[i].system);
        }
    }
    fa_result result = join(app);
    app->side_by_side = false;
    if (result == FA_RESULT_TIMEOUT) {
        app->hung = true;
        return result;
    }
    /* In line: who was not run for want of memory, and who waited for a system that took its thread along. */
    for (uint32_t i = 0; i < batch->count; i++) {
        fai_system *system = slots[i].system;
        bool lost = !system->done && system->sys.active;
        if (lost) {
            system->sys.active = false;
        } else if (!system->done) {
            (void)fai_slot_run(app, &app->lanes[0], app->batch_schedule, order, &slots[i], app->batch_run,
                               fai_layer_ticks(app->allocator));
        }
        if (system->exit_asked) {
            system->exit_asked = false;
            fa_app_exit(app, system->exit_code);
        }
    }
    return result;
}
