/* plugin_group.c - a list of plugins that is edited before it is added. */
#include "framealloc/app/plugin_group.h"

#include <string.h>

#include "app/app.h"
#include "framealloc/app/monitor.h"

typedef struct entry {
    fa_plugin plugin;
    bool disabled;
} entry;

struct fa_plugin_group {
    fa_app *app;
    fa_result worst; /* first mistake */
    bool adding;     /* its plugins are being built */
    uint32_t count;
    entry entries[FA_PLUGIN_GROUP_MAX];
};

static fa_result fail(fa_plugin_group *g, fa_diagnostic_code code, fa_result result, const char *here,
                      const char *name, const char *why)
{
    g->worst = g->worst == FA_RESULT_OK ? result : g->worst;
    return fai_app_report(g->app, code, result, here, NULL, "plugin group: '%s' %s",
                          name != NULL ? name : "NULL", why);
}

static uint32_t find(const fa_plugin_group *g, const char *name)
{
    uint32_t at = 0;
    while (at < g->count && (name == NULL || strcmp(g->entries[at].plugin.name, name) != 0)) {
        at++;
    }
    return at;
}

/* A plugin's build may not edit the list that it is in. */
static fa_result check_still(fa_plugin_group *g, const char *here)
{
    return !g->adding ? FA_RESULT_OK
                      : fai_app_report(g->app, FA_CODE_FA105, FA_RESULT_REENTRANT, here, NULL,
                                       "a plugin group is edited while it is being added");
}

static fa_result insert(fa_plugin_group *g, uint32_t at, const fa_plugin *plugin, const char *here)
{
    if (check_still(g, here) != FA_RESULT_OK) {
        return FA_RESULT_REENTRANT;
    }
    if (plugin == NULL || !fai_name_is_valid(plugin->name)) {
        return fail(g, FA_CODE_FA005, FA_RESULT_INVALID_ARGUMENT, here, NULL, "is no plugin");
    }
    if (find(g, plugin->name) < g->count && !plugin->many) {
        return fail(g, FA_CODE_FA101, FA_RESULT_EXISTS, here, plugin->name, "is in the group already");
    }
    if (g->count == FA_PLUGIN_GROUP_MAX) {
        g->worst = g->worst == FA_RESULT_OK ? FA_RESULT_FULL : g->worst;
        return FA_RESULT_FULL;
    }
    memmove(&g->entries[at + 1], &g->entries[at], (g->count - at) * sizeof g->entries[0]);
    g->entries[at] = (entry){.plugin = *plugin};
    g->count++;
    return FA_RESULT_OK;
}

fa_plugin_group *fai_plugin_group_create(fa_app *app, const char *here)
{
    const uint32_t forbidden = FAI_IN_SYSTEM | FAI_IN_HOOK | FAI_IN_CONDITION;
    if (fai_app_enter(app, forbidden, true, "fa_plugin_group_create", here) != FA_RESULT_OK) {
        return NULL;
    }
    fa_plugin_group *g = NULL;
    if (!fai_ptrs_reserve(app, &app->groups, 1) ||
        (g = fai_app_alloc(app, app->tag, sizeof *g, FA_ALIGN_DEFAULT)) == NULL) {
        return NULL;
    }
    g->app = app;
    app->groups.items[app->groups.count++] = g;
    return g;
}

fa_plugin_group *fai_plugin_group_default(fa_app *app, const char *here)
{
    fa_plugin_group *g = fai_plugin_group_create(app, here);
    (void)fai_plugin_group_add(g, fa_framealloc_plugin(), here);
    (void)fai_plugin_group_add(g, fa_monitor_plugin(), here);
    return g;
}

fa_result fai_plugin_group_add(fa_plugin_group *group, const fa_plugin *plugin, const char *here)
{
    return group != NULL ? insert(group, group->count, plugin, here) : FA_RESULT_OUT_OF_MEMORY;
}

static fa_result add_at(fa_plugin_group *group, const char *name, uint32_t offset, const fa_plugin *plugin,
                        const char *here)
{
    if (group == NULL) {
        return FA_RESULT_OUT_OF_MEMORY;
    }
    uint32_t at = find(group, name);
    return at < group->count
               ? insert(group, at + offset, plugin, here)
               : fail(group, FA_CODE_FA101, FA_RESULT_NOT_FOUND, here, name, "is not in the group");
}

fa_result fai_plugin_group_add_before(fa_plugin_group *group, const char *name, const fa_plugin *plugin,
                                      const char *here)
{
    return add_at(group, name, 0, plugin, here);
}

fa_result fai_plugin_group_add_after(fa_plugin_group *group, const char *name, const fa_plugin *plugin,
                                     const char *here)
{
    return add_at(group, name, 1, plugin, here);
}

fa_result fai_plugin_group_set(fa_plugin_group *group, const fa_plugin *plugin, const char *here)
{
    if (group == NULL) {
        return FA_RESULT_OUT_OF_MEMORY;
    }
    uint32_t at = find(group, plugin != NULL ? plugin->name : NULL);
    if (at == group->count) {
        return fail(group, FA_CODE_FA101, FA_RESULT_NOT_FOUND, here, plugin != NULL ? plugin->name : NULL,
                    "is not in the group");
    }
    if (check_still(group, here) != FA_RESULT_OK) {
        return FA_RESULT_REENTRANT;
    }
    group->entries[at].plugin = *plugin;
    return FA_RESULT_OK;
}

static fa_result set_disabled(fa_plugin_group *group, const char *name, bool disabled, const char *here)
{
    if (group == NULL) {
        return FA_RESULT_OUT_OF_MEMORY;
    }
    uint32_t at = find(group, name);
    if (at == group->count) {
        return fail(group, FA_CODE_FA101, FA_RESULT_NOT_FOUND, here, name, "is not in the group");
    }
    if (check_still(group, here) != FA_RESULT_OK) {
        return FA_RESULT_REENTRANT;
    }
    group->entries[at].disabled = disabled;
    return FA_RESULT_OK;
}

fa_result fai_plugin_group_disable(fa_plugin_group *group, const char *name, const char *here)
{
    return set_disabled(group, name, true, here);
}

fa_result fai_plugin_group_enable(fa_plugin_group *group, const char *name, const char *here)
{
    return set_disabled(group, name, false, here);
}

static void forget(fa_app *app, const fa_plugin_group *group)
{
    for (uint32_t i = 0; i < app->groups.count; i++) {
        if (app->groups.items[i] == group) {
            fai_app_free(app, app->groups.items[i]);
            app->groups.items[i] = app->groups.items[--app->groups.count];
        }
    }
}

fa_result fai_app_add_plugin_group(fa_app *app, fa_plugin_group *group, const char *here)
{
    if (app == NULL || group == NULL) {
        return app == NULL ? FA_RESULT_INVALID_ARGUMENT : FA_RESULT_OUT_OF_MEMORY;
    }
    bool known = false;
    for (uint32_t i = 0; i < app->groups.count; i++) {
        known = known || app->groups.items[i] == group;
    }
    if (!known) { /* nothing of it is looked at: it may be gone */
        return fai_app_report(app, FA_CODE_FA005, FA_RESULT_INVALID_ARGUMENT, here, NULL,
                              "fa_app_add_plugin_group: no group of app '%s', or added already", app->name);
    }
    if (check_still(group, here) != FA_RESULT_OK) {
        return FA_RESULT_REENTRANT;
    }
    fa_result result = group->worst;
    group->adding = true;
    for (uint32_t i = 0; i < group->count && result == FA_RESULT_OK; i++) {
        if (!group->entries[i].disabled) {
            result = fai_app_add_plugin(app, here, &group->entries[i].plugin);
        }
    }
    forget(app, group);
    return result;
}

void fai_groups_free(fa_app *app)
{
    while (app->groups.count > 0) {
        fai_app_free(app, app->groups.items[--app->groups.count]);
    }
    fai_app_free(app, app->groups.items);
    app->groups = (fai_ptrs){0};
}
