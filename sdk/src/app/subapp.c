/* subapp.c - apps that run a frame at the end of another app's frame. */
#include "framealloc/app/subapp.h"

#include <stdio.h>
#include <string.h>

#include "app/app.h"

typedef struct subapp {
    fa_app *app;
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

fa_result fai_app_add_subapp(fa_app *app, const char *name, fa_app *sub, fa_extract_fn extract, void *user,
                             const char *here)
{
    fa_result result =
        fai_app_enter(app, FAI_IN_SYSTEM | FAI_IN_HOOK | FAI_IN_CONDITION, true, "fa_app_add_subapp", here);
    if (result != FA_RESULT_OK) {
        return result;
    }
    if (sub == NULL || sub == app || sub->thread != app->thread || sub->master || !fai_name_is_valid(name)) {
        return fai_app_report(app, FA_CODE_FA005, FA_RESULT_INVALID_ARGUMENT, here, NULL,
                              "fa_app_add_subapp: '%s': no app, or the app itself, or another's",
                              name != NULL ? name : "NULL");
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
    *entry = (subapp){.app = sub, .extract = extract, .user = user};
    (void)snprintf(entry->name, sizeof entry->name, "%s", name);
    sub->master = true;
    app->subapps.items[app->subapps.count++] = entry;
    return FA_RESULT_OK;
}

fa_app *fa_app_subapp(const fa_app *app, const char *name)
{
    const subapp *sub = find(app, name);
    return sub != NULL ? sub->app : NULL;
}

fa_result fai_subapps_run(fa_app *app, const char *here)
{
    fa_result worst = FA_RESULT_OK;
    for (uint32_t i = 0; i < app->subapps.count; i++) {
        const subapp *sub = app->subapps.items[i];
        fa_result result = fai_app_start(sub->app, here);
        if (result == FA_RESULT_OK && sub->extract != NULL) {
            sub->extract(app, sub->app, sub->user);
        }
        if (result == FA_RESULT_OK) {
            result = fai_app_update_ns(sub->app, app->time.real_delta_ns, here);
        }
        worst = worst == FA_RESULT_OK ? result : worst;
    }
    return worst;
}

void fai_subapps_free(fa_app *app)
{
    while (app->subapps.count > 0) {
        subapp *sub = app->subapps.items[--app->subapps.count];
        (void)fai_app_destroy(sub->app, app->call_here);
        fai_app_free(app, sub);
    }
    fai_app_free(app, app->subapps.items);
    app->subapps = (fai_ptrs){0};
}
