/* schedule.c - the list of schedules: the built-in ones at their fixed numbers, then those of the program. */
#include "app/app.h"

#include <stdio.h>
#include <string.h>

fai_schedule *fai_schedule_at(const fa_app *app, fa_schedule schedule)
{
    return schedule != FA_SCHEDULE_NONE && schedule < app->schedules.count ? app->schedules.items[schedule]
                                                                           : NULL;
}

fai_schedule *fai_schedule_find(const fa_app *app, const char *name)
{
    for (uint32_t i = 1; i < app->schedules.count; i++) {
        fai_schedule *schedule = app->schedules.items[i];
        if (strcmp(schedule->name, name) == 0) {
            return schedule;
        }
    }
    return NULL;
}

static fai_schedule *add(fa_app *app, const char *name)
{
    fai_schedule *schedule = NULL;
    if (!fai_ptrs_reserve(app, &app->schedules, 1) ||
        (schedule = fai_app_alloc(app, app->tag, sizeof *schedule, 0)) == NULL) {
        return NULL;
    }
    snprintf(schedule->name, sizeof schedule->name, "%s", name);
    schedule->id = app->schedules.count;
    schedule->owner = app->current;
    schedule->dirty = true;
    app->schedules.items[app->schedules.count++] = schedule;
    return schedule;
}

fa_result fai_schedules_create(fa_app *app)
{
    static const char *const names[] = {
#define FA_X(constant, name) name,
        FA_SCHEDULE_TABLE(FA_X)
#undef FA_X
    };
    if (!fai_ptrs_reserve(app, &app->schedules, FA_SCHEDULE_BUILT_IN_END)) {
        return fai_app_why(app);
    }
    app->schedules.items[0] = NULL;
    app->schedules.count = 1;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (add(app, names[i]) == NULL) {
            return fai_app_why(app);
        }
    }
    return FA_RESULT_OK;
}

fa_schedule fai_app_schedule(fa_app *app, const char *name, const char *here)
{
    const uint32_t forbidden = FAI_IN_SYSTEM | FAI_IN_HOOK | FAI_IN_CONDITION;
    if (fai_app_enter(app, forbidden, true, "fa_app_schedule", here) != FA_RESULT_OK) {
        return FA_SCHEDULE_NONE;
    }
    if (!fai_name_is_valid(name)) {
        (void)fai_app_report(app, FA_CODE_FA005, FA_RESULT_INVALID_ARGUMENT, here, NULL,
                             "fa_app_schedule: name is NULL, empty, longer than %d bytes, or holds '/'",
                             FA_NAME_MAX);
        return FA_SCHEDULE_NONE;
    }
    fai_schedule *schedule = fai_schedule_find(app, name);
    schedule = schedule != NULL ? schedule : add(app, name);
    return schedule != NULL ? schedule->id : FA_SCHEDULE_NONE;
}

const char *fa_app_schedule_name(const fa_app *app, fa_schedule schedule)
{
    const fai_schedule *found = fai_schedule_at(app, schedule);
    return found != NULL ? found->name : NULL;
}

/* ---- undo and free ------------------------------------------------------------------------------------- */

static void pop_systems(fa_app *app, fai_schedule *schedule, uint32_t owner)
{
    while (schedule->systems.count > 0) {
        fai_system *last = schedule->systems.items[schedule->systems.count - 1];
        if (last->owner < owner) {
            return;
        }
        fai_system_free(app, last);
        schedule->systems.count--;
        schedule->dirty = true;
    }
}

static void pop_configs(fa_app *app, fai_schedule *schedule, uint32_t owner)
{
    while (schedule->configs.count > 0) {
        fai_set_config *last = schedule->configs.items[schedule->configs.count - 1];
        if (last->owner < owner) {
            return;
        }
        fai_app_free(app, last);
        schedule->configs.count--;
        schedule->dirty = true;
    }
}

static void free_schedule(fa_app *app, fai_schedule *schedule)
{
    pop_systems(app, schedule, 0);
    pop_configs(app, schedule, 0);
    fai_app_free(app, schedule->systems.items);
    fai_app_free(app, schedule->configs.items);
    fai_order_free(app, schedule->order);
    fai_app_free(app, schedule);
}

void fai_schedules_undo(fa_app *app, uint32_t owner)
{
    while (app->schedules.count > FA_SCHEDULE_BUILT_IN_END) {
        fai_schedule *last = app->schedules.items[app->schedules.count - 1];
        if (last->owner < owner) {
            break;
        }
        free_schedule(app, last);
        app->schedules.count--;
    }
    for (uint32_t i = 1; i < app->schedules.count; i++) {
        pop_systems(app, app->schedules.items[i], owner);
        pop_configs(app, app->schedules.items[i], owner);
    }
}

void fai_schedules_free(fa_app *app)
{
    for (uint32_t i = 1; i < app->schedules.count; i++) {
        free_schedule(app, app->schedules.items[i]);
    }
    fai_app_free(app, app->schedules.items);
    app->schedules = (fai_ptrs){0};
}
