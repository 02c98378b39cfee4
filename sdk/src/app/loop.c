/* loop.c - starting, frames, fixed steps, and the three ways to drive them. The two ways that do more are
 * written in terms of those that do less, so that all three do the same. */
#include "app/app.h"

static const uint32_t in_callbacks = FAI_IN_SYSTEM | FAI_IN_HOOK | FAI_IN_PLUGIN | FAI_IN_CONDITION;

/* ---- start --------------------------------------------------------------------------------------------- */

static fa_result start(fa_app *app, const char *here)
{
    static const fa_schedule startup[] = {FA_PRE_STARTUP, FA_STARTUP, FA_POST_STARTUP};
    app->call_here = here;
    if (app->stage == FAI_STAGE_STARTED) {
        return FA_RESULT_OK;
    }
    fa_result result = fai_plugins_finish(app);
    if (result == FA_RESULT_OK) {
        result = fai_schedules_order(app, here);
    }
    while (result == FA_RESULT_OK && app->startup_done < 3) {
        result = fai_schedule_run(app, fai_schedule_at(app, startup[app->startup_done]), here);
        app->startup_done += result == FA_RESULT_OK;
    }
    if (result == FA_RESULT_OK) {
        app->stage = FAI_STAGE_STARTED;
    }
    return result;
}

fa_result fai_app_start(fa_app *app, const char *here)
{
    fa_result result = fai_app_enter(app, in_callbacks, false, "fa_app_start", here);
    if (result == FA_RESULT_OK && (app->world->walks > 0 || app->world->hooks > 0)) {
        result = fai_world_shut(app->world, "fa_app_start", here);
    }
    return result == FA_RESULT_OK ? start(app, here) : result;
}

/* ---- fixed steps --------------------------------------------------------------------------------------- */

bool fai_app_step_begin(fa_app *app, const char *here)
{
    if (fai_app_enter(app, in_callbacks, false, "fa_app_step_begin", here) != FA_RESULT_OK) {
        return false;
    }
    if (!app->in_frame || app->in_step) {
        (void)fai_app_report(app, FA_CODE_FA603, app->in_frame ? FA_RESULT_FRAME_OPEN : FA_RESULT_NO_FRAME,
                             here, app->in_frame ? app->step_here : NULL, "fa_app_step_begin: %s",
                             app->in_frame ? "a fixed step is open" : "no frame is open");
        return false;
    }
    if (!fai_time_step(app)) {
        return false;
    }
    app->in_step = true;
    fai_events_flip(app, true);
    app->call_here = app->step_here = here;
    fai_time_publish(app);
    fai_hooks_call(app, FA_HOOK_STEP_BEGIN, NULL, NULL);
    return true;
}

static void end_step(fa_app *app)
{
    fai_hooks_call(app, FA_HOOK_STEP_END, NULL, NULL);
    (void)fa_arena_reset(app->step);
    app->in_step = false;
    fai_time_publish(app);
}

fa_result fai_app_step_end(fa_app *app, const char *here)
{
    fa_result result = fai_app_enter(app, in_callbacks, false, "fa_app_step_end", here);
    if (result != FA_RESULT_OK) {
        return result;
    }
    if (!app->in_step) {
        return fai_app_report(app, FA_CODE_FA603, FA_RESULT_NO_FRAME, here, NULL,
                              "fa_app_step_end: no fixed step is open");
    }
    app->call_here = here;
    end_step(app);
    return FA_RESULT_OK;
}

/* ---- frames -------------------------------------------------------------------------------------------- */

/* All that can keep a frame from beginning. */
static fa_result prepare_frame(fa_app *app, const char *call, const char *here)
{
    fa_result result = fai_app_enter(app, in_callbacks, false, call, here);
    if (result != FA_RESULT_OK) {
        return result;
    }
    if (app->in_frame) {
        return fai_app_report(app, FA_CODE_FA603, FA_RESULT_FRAME_OPEN, here, app->frame_here,
                              "%s: frame %llu of app '%s' is open", call, (unsigned long long)app->time.frame,
                              app->name);
    }
    if (app->world->walks > 0 || app->world->hooks > 0) { /* commands would move what is being looked at */
        return fai_world_shut(app->world, call, here);
    }
    result = start(app, here);
    return result == FA_RESULT_OK ? fai_schedules_order(app, here) : result;
}

static void begin_frame(fa_app *app, int64_t delta_ns, const char *here)
{
    app->in_frame = true;
    app->frame_here = here;
    fai_time_frame(app, delta_ns, here);
    fai_events_flip(app, false);
    fai_tally_frame(app);
    fai_hooks_call(app, FA_HOOK_FRAME_BEGIN, NULL, NULL);
}

static void end_frame(fa_app *app)
{
    fai_hooks_call(app, FA_HOOK_FRAME_END, NULL, NULL);
    app->in_frame = false;
}

static fa_result check_delta(const fa_app *app, int64_t delta_ns, const char *call, const char *here)
{
    if (app != NULL && delta_ns < 0 && app->thread == fa_thread_id()) {
        return fai_app_report(app, FA_CODE_FA005, FA_RESULT_INVALID_ARGUMENT, here, NULL,
                              "%s: delta_ns is %lld", call, (long long)delta_ns);
    }
    return FA_RESULT_OK;
}

fa_result fai_app_frame_begin(fa_app *app, int64_t delta_ns, const char *here)
{
    fa_result result = check_delta(app, delta_ns, "fa_app_frame_begin", here);
    if (result == FA_RESULT_OK) {
        result = prepare_frame(app, "fa_app_frame_begin", here);
    }
    if (result == FA_RESULT_OK) {
        begin_frame(app, delta_ns, here);
    }
    return result;
}

fa_result fai_app_frame_end(fa_app *app, const char *here)
{
    fa_result result = fai_app_enter(app, in_callbacks, false, "fa_app_frame_end", here);
    if (result != FA_RESULT_OK) {
        return result;
    }
    if (!app->in_frame) {
        return fai_app_report(app, FA_CODE_FA603, FA_RESULT_NO_FRAME, here, NULL,
                              "fa_app_frame_end: no frame is open");
    }
    app->call_here = here;
    if (app->in_step) {
        end_step(app);
    }
    result = fai_subapps_run(app, here);
    fai_loop_close(app);
    return result;
}

fa_result fai_app_run_subapps(fa_app *app, const char *here)
{
    fa_result result = fai_app_enter(app, in_callbacks, false, "fa_app_run_subapps", here);
    if (result != FA_RESULT_OK) {
        return result;
    }
    if (!app->in_frame || app->in_step) {
        return fai_app_report(app, FA_CODE_FA603, app->in_step ? FA_RESULT_FRAME_OPEN : FA_RESULT_NO_FRAME,
                              here, app->in_step ? app->step_here : NULL, "fa_app_run_subapps: %s",
                              app->in_step ? "a fixed step is open" : "no frame is open");
    }
    return fai_subapps_run(app, here);
}

/* ---- schedules ----------------------------------------------------------------------------------------- */

static fa_result may_run_now(const fa_app *app, const fai_schedule *schedule, const char *here)
{
    fa_schedule id = schedule->id;
    if (schedule->running) {
        return fai_app_report(app, FA_CODE_FA105, FA_RESULT_REENTRANT, here, NULL, "%s is running already",
                              schedule->name);
    }
    if (id >= FA_SCHEDULE_BUILT_IN_END) {
        return FA_RESULT_OK;
    }
    if (id <= FA_POST_STARTUP || id == FA_SHUTDOWN) {
        return fai_app_report(app, FA_CODE_FA005, FA_RESULT_INVALID_ARGUMENT, here, NULL,
                              "fa_app_run_schedule: %s is run by the app itself", schedule->name);
    }
    if (app->running != NULL || (app->where & (FAI_IN_COMMANDS | FAI_IN_SUBAPP))) {
        return fai_app_report(app, FA_CODE_FA105, FA_RESULT_REENTRANT, here, NULL,
                              "%s%s%s runs %s: systems and commands run schedules of your own only",
                              app->running != NULL ? "'" : "a command, or a sub-app",
                              app->running != NULL ? app->running->path : "", app->running != NULL ? "'" : "",
                              schedule->name);
    }
    bool fixed = id >= FA_FIXED_FIRST && id <= FA_FIXED_LAST;
    if (!app->in_frame || (fixed && !app->in_step)) {
        return fai_app_report(app, FA_CODE_FA603, FA_RESULT_NO_FRAME, here, NULL,
                              "fa_app_run_schedule: %s is run while no %s is open", schedule->name,
                              fixed ? "fixed step" : "frame");
    }
    return FA_RESULT_OK;
}

fa_result fai_app_run_schedule(fa_app *app, fa_schedule schedule, const char *here)
{
    fa_result result = fai_app_enter(app, in_callbacks, true, "fa_app_run_schedule", here);
    if (result != FA_RESULT_OK) {
        return result;
    }
    fai_schedule *found = fai_schedule_at(app, schedule);
    if (found == NULL) {
        return fai_app_report(app, FA_CODE_FA005, FA_RESULT_INVALID_ARGUMENT, here, NULL,
                              "fa_app_run_schedule: %u is not a schedule of app '%s'", schedule, app->name);
    }
    if (app->world->walks > 0) {
        return fai_world_shut(app->world, "fa_app_run_schedule", here);
    }
    result = may_run_now(app, found, here);
    if (result != FA_RESULT_OK) {
        return result;
    }
    app->call_here = here;
    return fai_schedule_run(app, found, here);
}

/* ---- whole frames -------------------------------------------------------------------------------------- */

/* Run some, remember the first error, leave none out: what was begun has to be ended. */
static void run_range(fa_app *app, fa_schedule first, fa_schedule last, fa_result *worst, const char *here)
{
    for (fa_schedule id = first; id <= last && !app->hung; id++) {
        fa_result result = fai_schedule_run(app, fai_schedule_at(app, id), here);
        *worst = *worst == FA_RESULT_OK ? result : *worst;
    }
}

static fa_result run_frame(fa_app *app, int64_t delta_ns, const char *here)
{
    fa_result worst = FA_RESULT_OK;
    begin_frame(app, delta_ns, here);
    run_range(app, FA_FIRST, FA_STATE_TRANSITION, &worst, here);
    while (!app->hung && fai_app_step_begin(app, here)) {
        run_range(app, FA_FIXED_FIRST, FA_FIXED_LAST, &worst, here);
        if (!app->hung) {
            end_step(app);
        }
    }
    run_range(app, FA_UPDATE, FA_LAST, &worst, here);
    if (!app->hung) {
        fa_result result = fai_subapps_run(app, here);
        worst = worst == FA_RESULT_OK ? result : worst;
    }
    if (!app->hung) { /* else a system still uses what the frame holds */
        end_frame(app);
    }
    return worst;
}

fa_result fai_app_update_ns(fa_app *app, int64_t delta_ns, const char *here)
{
    fa_result result = check_delta(app, delta_ns, "fa_app_update_ns", here);
    if (result == FA_RESULT_OK) {
        result = prepare_frame(app, "fa_app_update_ns", here);
    }
    return result == FA_RESULT_OK ? run_frame(app, delta_ns, here) : result;
}

fa_result fai_app_update(fa_app *app, const char *here)
{
    fa_result result = prepare_frame(app, "fa_app_update", here);
    return result == FA_RESULT_OK ? run_frame(app, fai_time_elapse(app), here) : result;
}

int fai_app_run(fa_app *app, bool (*pump)(fa_app *app, void *user), void *user, const char *here)
{
    fa_result result = fai_app_enter(app, in_callbacks | FAI_IN_LOOP, false, "fa_app_run", here);
    if (result != FA_RESULT_OK) {
        return -(int)result;
    }
    app->where |= FAI_IN_LOOP;
    while (!app->exit_requested && (pump == NULL || pump(app, user))) {
        result = fai_app_update(app, here);
        if (result != FA_RESULT_OK && result != FA_RESULT_BUSY) { /* busy: a plugin is not ready yet */
            break;
        }
    }
    app->where &= ~(uint32_t)FAI_IN_LOOP;
    bool failed = result != FA_RESULT_OK && result != FA_RESULT_BUSY;
    return failed ? -(int)result : app->exit_requested ? app->exit_code : 0;
}

/* ---- the end ------------------------------------------------------------------------------------------- */

void fai_loop_close(fa_app *app)
{
    if (app->in_step) {
        end_step(app);
    }
    if (app->in_frame) {
        end_frame(app);
    }
}

void fai_loop_shutdown(fa_app *app)
{
    if (app->stage == FAI_STAGE_STARTED) {
        (void)fai_schedule_run(app, fai_schedule_at(app, FA_SHUTDOWN), app->call_here);
    }
}
