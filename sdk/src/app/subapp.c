/* subapp.c - apps that run a frame at the end of another app's frame. */
#include "framealloc/app/subapp.h"

#include <stdio.h>
#include <string.h>

#include "app/app.h"

typedef struct subapp {
    fa_app *app;
    uint32_t owner; /* plugin that added it */
    fa_extract_fn extract;
    void *user;
    char name[FA_NAME_MAX + 1];
} subapp;

static subapp *find(const fa_app *app, const char *name)
{
    for (uint32_t i = 0; name != NULL && i < app->subapps.count; i++) {
        subapp *sub = app->subapps.items[i];
        if (strcmp(sub->name, name) == 0) {
            return sub;
        }
    }
    return NULL;
}

/* Why it cannot be a sub-app of this one; NULL: it can. */
static const char *problem_of(const fa_app *app, const fa_app *sub)
{
    if (sub == NULL || sub->thread != app->thread) {
        return "is no app, or one of another thread";
    }
    if (sub->master != NULL) {
        return "is the sub-app of an app already";
    }
    for (const fa_app *above = app; above != NULL; above = above->master) {
        if (above == sub) {
            return "is the app itself, or one that the app is a sub-app of";
        }
    }
    bool busy = sub->in_frame || sub->where != 0 || sub->stage == FAI_STAGE_DOWN;
    return busy ? "has an open frame, is in the middle of a call, or was taken down" : NULL;
}

fa_result fai_app_add_subapp(fa_app *app, const char *name, fa_app *sub, fa_extract_fn extract, void *user,
                             const char *here)
{
    fa_result result =
        fai_app_enter(app, FAI_IN_SYSTEM | FAI_IN_HOOK | FAI_IN_CONDITION, true, "fa_app_add_subapp", here);
    if (result != FA_RESULT_OK) {
        return result;
    }
    const char *wrong = problem_of(app, sub);
    if (wrong != NULL || !fai_name_is_valid(name)) {
        return fai_app_report(app, FA_CODE_FA005, FA_RESULT_INVALID_ARGUMENT, here, NULL,
                              "fa_app_add_subapp: '%s' %s", name != NULL ? name : "NULL",
                              wrong != NULL ? wrong : "is no name");
    }
    if (find(app, name) != NULL) {
        return fai_app_report(app, FA_CODE_FA106, FA_RESULT_EXISTS, here, NULL,
                              "app '%s' has a sub-app '%s' already", app->name, name);
    }
    subapp *entry = NULL;
    if (!fai_ptrs_reserve(app, &app->subapps, 1) ||
        (entry = fai_app_alloc(app, app->tag, sizeof *entry, 0)) == NULL) {
        return fai_app_why(app);
    }
    *entry = (subapp){.app = sub, .owner = app->current, .extract = extract, .user = user};
    (void)snprintf(entry->name, sizeof entry->name, "%s", name);
    sub->master = app;
    app->subapps.items[app->subapps.count++] = entry;
    return FA_RESULT_OK;
}

fa_app *fa_app_subapp(const fa_app *app, const char *name)
{
    const subapp *sub = find(app, name);
    return sub != NULL ? sub->app : NULL;
}

static fa_result run_one(fa_app *app, const subapp *sub, const char *here)
{
    fa_result result = fai_app_start(sub->app, here);
    if (result == FA_RESULT_OK && sub->extract != NULL) {
        sub->extract(app, sub->app, sub->user);
    }
    return result == FA_RESULT_OK ? fai_app_update_ns(sub->app, app->time.real_delta_ns, here) : result;
}

fa_result fai_subapps_run(fa_app *app, const char *here)
{
    fa_result worst = FA_RESULT_OK;
    if (app->subapps.count == 0 || app->subapps_ran == app->time.frame) {
        return worst;
    }
    uint32_t where = app->where;
    app->subapps_ran = app->time.frame;
    app->where |= FAI_IN_SUBAPP;
    for (uint32_t i = 0; i < app->subapps.count; i++) {
        fa_result result = run_one(app, app->subapps.items[i], here);
        worst = worst == FA_RESULT_OK ? result : worst;
    }
    app->where = where;
    return worst;
}

fa_result fai_subapps_destroy(fa_app *app, uint32_t owner)
{
    while (app->subapps.count > 0) {
        subapp *sub = app->subapps.items[app->subapps.count - 1];
        if (sub->owner < owner) {
            break;
        }
        sub->app->master = NULL;
        fa_result result = fai_app_destroy(sub->app, app->call_here);
        if (result != FA_RESULT_OK) {
            sub->app->master = app;
            return result;
        }
        fai_app_free(app, sub);
        app->subapps.count--;
    }
    return FA_RESULT_OK;
}

void fai_subapps_free(fa_app *app)
{
    fai_app_free(app, app->subapps.items);
    app->subapps = (fai_ptrs){0};
}
