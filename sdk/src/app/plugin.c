/* plugin.c - adding, undoing, and the steps of a plugin's life.
 *
 * Index 0 stands for the app itself: what is added outside of plugins belongs to it. */
#include "app/app.h"

#include <stdio.h>
#include <string.h>

#define ABI_PLAUSIBLE 1000u

fai_plugin *fai_plugin_at(const fa_app *app, uint32_t index)
{
    return app->plugins.items[index];
}

/* ---- calling ------------------------------------------------------------------------------------------- */

typedef struct call {
    uint32_t where;
    uint32_t current;
    uint32_t depth;
    bool pushed;
} call;

static call begin_call(fa_app *app, uint32_t index, uint32_t bits)
{
    call saved = {.where = app->where, .current = app->current, .depth = fai_layer_tag_depth(app->ctx)};
    app->where |= FAI_IN_PLUGIN | bits;
    app->current = index;
    saved.pushed = fa_tag_push(app->ctx, fai_plugin_at(app, index)->tag) == FA_RESULT_OK;
    return saved;
}

static void end_call(fa_app *app, call saved)
{
    const fai_plugin *plugin = fai_plugin_at(app, app->current);
    fai_tags_close(app, app->ctx, saved.depth, saved.pushed, plugin->tag, plugin->name, plugin->here);
    app->where = saved.where;
    app->current = saved.current;
}

/* ---- judging ------------------------------------------------------------------------------------------- */

static uint32_t count_of(const fa_app *app, const char *base)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < app->plugins.count; i++) {
        count += strcmp(fai_plugin_at(app, i)->base, base) == 0;
    }
    return count;
}

static const fai_plugin *find(const fa_app *app, const char *name)
{
    for (uint32_t i = 0; i < app->plugins.count; i++) {
        const fai_plugin *plugin = fai_plugin_at(app, i);
        if (strcmp(plugin->name, name) == 0) {
            return plugin;
        }
    }
    return NULL;
}

bool fa_app_has_plugin(const fa_app *app, const char *name)
{
    const fai_plugin *plugin = name != NULL ? find(app, name) : NULL;
    return plugin != NULL && plugin->built && plugin != fai_plugin_at(app, 0);
}

static fa_result check(const fa_app *app, const fa_plugin *plugin, const char *here)
{
    bool other_abi = plugin != NULL && plugin->abi_version != FA_ABI_VERSION;
    /* The name stays where it is in every version; a number that was never one is a struct that was never
     * filled. */
    bool has_name = plugin != NULL && plugin->abi_version < ABI_PLAUSIBLE && fai_name_is_valid(plugin->name);
    if (other_abi) {
        return fai_app_report(app, FA_CODE_FA101, FA_RESULT_INVALID_ARGUMENT, here, NULL,
                              "plugin '%s' has ABI version %u, this SDK has %d",
                              has_name ? plugin->name : "?", plugin->abi_version, FA_ABI_VERSION);
    }
    if (!has_name) {
        return fai_app_report(app, FA_CODE_FA005, FA_RESULT_INVALID_ARGUMENT, here, NULL,
                              "fa_app_add_plugin: %s",
                              plugin == NULL ? "the plugin is NULL"
                                             : "the name is empty, too long, or holds '/'");
    }
    if (plugin->budget_ns < 0) {
        return fai_app_report(app, FA_CODE_FA005, FA_RESULT_INVALID_ARGUMENT, here, NULL,
                              "fa_app_add_plugin: budget_ns of '%s' is negative", plugin->name);
    }
    if (app->stage != FAI_STAGE_NEW) {
        return fai_app_report(app, FA_CODE_FA101, FA_RESULT_BUSY, here, NULL,
                              "plugin '%s' is added after app '%s' has started", plugin->name, app->name);
    }
    for (uint32_t i = 0; i < app->plugins.count; i++) {
        const fai_plugin *other = fai_plugin_at(app, i);
        bool same = strcmp(other->base, plugin->name) == 0;
        if ((same && !(other->desc.many && plugin->many)) ||
            (!same && strcmp(other->name, plugin->name) == 0)) {
            return fai_app_report(app, FA_CODE_FA101, FA_RESULT_EXISTS, here, other->here,
                                  i == 0 ? "plugin '%s' has the name of the app"
                                         : "plugin '%s' has been added already",
                                  plugin->name);
        }
    }
    for (uint32_t i = 0; i < FA_PLUGIN_NEEDS_MAX && plugin->needs[i] != NULL; i++) {
        if (!fa_app_has_plugin(app, plugin->needs[i])) {
            return fai_app_report(app, FA_CODE_FA101, FA_RESULT_NOT_FOUND, here, NULL,
                                  "plugin '%s' needs plugin '%s', which has not been added before it",
                                  plugin->name, plugin->needs[i]);
        }
    }
    return FA_RESULT_OK;
}

/* ---- adding -------------------------------------------------------------------------------------------- */

static fa_result append(fa_app *app, const fa_plugin *desc, const char *here)
{
    fai_plugin *plugin = NULL;
    if (!fai_ptrs_reserve(app, &app->plugins, 1) ||
        (plugin = fai_app_alloc(app, app->tag, sizeof *plugin, 0)) == NULL) {
        return fai_app_why(app);
    }
    uint32_t others = count_of(app, desc->name);
    snprintf(plugin->base, sizeof plugin->base, "%s", desc->name);
    snprintf(plugin->name, sizeof plugin->name, others > 0 ? "%s#%u" : "%s", desc->name, others + 1);
    plugin->desc = *desc;
    plugin->desc.name = plugin->name;
    plugin->here = here;
    plugin->tag = fa_tag_intern(app->allocator, plugin->name);
    if (plugin->tag == FA_TAG_INVALID) {
        fai_app_free(app, plugin);
        return FA_RESULT_FULL;
    }
    app->plugins.items[app->plugins.count++] = plugin;
    return FA_RESULT_OK;
}

static void undo(fa_app *app, uint32_t index, uint32_t journal_mark, uint32_t types)
{
    uint32_t where = app->where;
    app->where |= FAI_IN_BUILD; /* what their shutdown does to resources is undone as well */
    fai_plugins_shutdown(app, index + 1);
    app->where = where;
    (void)fai_subapps_destroy(app, index);
    fai_hooks_undo(app, index);
    fai_schedules_undo(app, index);
    fai_events_undo(app, index);
    fai_states_undo(app, index);
    fai_resources_undo(app, journal_mark);
    fai_types_trim(app, types);
    while (app->plugins.count > index) {
        fai_app_free(app, app->plugins.items[--app->plugins.count]);
    }
}

fa_result fai_app_add_plugin(fa_app *app, const char *here, const fa_plugin *plugin)
{
    const uint32_t forbidden = FAI_IN_SYSTEM | FAI_IN_HOOK | FAI_IN_CONDITION | FAI_IN_SHUTDOWN;
    fa_result result = fai_app_enter(app, forbidden, false, "fa_app_add_plugin", here);
    if (result == FA_RESULT_OK && !(app->where & FAI_IN_BUILD) && app->stage == FAI_STAGE_NEW) {
        result =
            fai_app_enter(app, FAI_IN_PLUGIN, false, "fa_app_add_plugin", here); /* only build adds plugins */
    }
    if (result == FA_RESULT_OK) {
        result = check(app, plugin, here);
    }
    if (result == FA_RESULT_OK) {
        result = append(app, plugin, here);
    }
    if (result != FA_RESULT_OK) {
        return result;
    }
    uint32_t index = app->plugins.count - 1;
    uint32_t journal_mark = app->undo_count;
    uint32_t types = app->types.count;
    fai_plugin *added = fai_plugin_at(app, index);
    if (plugin->build != NULL) {
        call saved = begin_call(app, index, FAI_IN_BUILD);
        result = plugin->build(app, plugin->user);
        end_call(app, saved);
    }
    if (result == FA_RESULT_OK) {
        added->built = true;
        app->budgeted = app->budgeted || plugin->budget_bytes != 0 || plugin->budget_ns != 0;
    } else {
        fai_layer_log(app->allocator, FA_LOG_PLUGIN_FAILED,
                      "plugin '%s', build: %s; what it had added is removed", added->name,
                      fa_result_text(result));
        undo(app, index, journal_mark, types);
    }
    if (!(app->where & FAI_IN_BUILD)) {
        fai_resources_commit(app);
    }
    return result;
}

/* ---- ready, finish, cleanup, shutdown ------------------------------------------------------------------ */

static bool all_ready(fa_app *app)
{
    for (uint32_t i = 1; i < app->plugins.count; i++) {
        const fa_plugin *plugin = &fai_plugin_at(app, i)->desc;
        if (plugin->ready == NULL) {
            continue;
        }
        call saved = begin_call(app, i, 0);
        bool ready = plugin->ready(app, plugin->user);
        end_call(app, saved);
        if (!ready) {
            return false;
        }
    }
    return true;
}

fa_result fai_plugins_finish(fa_app *app)
{
    if (app->stage == FAI_STAGE_NEW) {
        if (!all_ready(app)) {
            return FA_RESULT_BUSY;
        }
        app->stage = FAI_STAGE_STARTING;
    }
    for (uint32_t i = 1; i < app->plugins.count; i++) {
        fai_plugin *plugin = fai_plugin_at(app, i);
        fa_result result = FA_RESULT_OK;
        if (!plugin->finished && plugin->desc.finish != NULL) {
            call saved = begin_call(app, i, 0);
            result = plugin->desc.finish(app, plugin->desc.user);
            end_call(app, saved);
        }
        if (result != FA_RESULT_OK) {
            fai_layer_log(app->allocator, FA_LOG_PLUGIN_FAILED, "plugin '%s', finish: %s", plugin->name,
                          fa_result_text(result));
            return result;
        }
        plugin->finished = true;
    }
    for (uint32_t i = 1; i < app->plugins.count; i++) {
        fai_plugin *plugin = fai_plugin_at(app, i);
        if (!plugin->cleaned && plugin->desc.cleanup != NULL) {
            call saved = begin_call(app, i, 0);
            plugin->desc.cleanup(app, plugin->desc.user);
            end_call(app, saved);
        }
        plugin->cleaned = true;
    }
    return FA_RESULT_OK;
}

void fai_plugins_shutdown(fa_app *app, uint32_t first)
{
    for (uint32_t i = app->plugins.count; i-- > first;) {
        fai_plugin *plugin = fai_plugin_at(app, i);
        if (plugin->built && plugin->desc.shutdown != NULL) {
            call saved = begin_call(app, i, FAI_IN_SHUTDOWN);
            plugin->desc.shutdown(app, plugin->desc.user);
            end_call(app, saved);
        }
        plugin->built = false;
    }
}

/* ---- life ---------------------------------------------------------------------------------------------- */

fa_result fai_plugins_create(fa_app *app)
{
    const fa_plugin self = {.abi_version = FA_ABI_VERSION, .name = app->name};
    fa_result result = append(app, &self, app->call_here);
    if (result == FA_RESULT_OK) {
        fai_plugin_at(app, 0)->built = true;
    }
    return result;
}

void fai_plugins_free(fa_app *app)
{
    for (uint32_t i = 0; i < app->plugins.count; i++) {
        fai_app_free(app, app->plugins.items[i]);
    }
    fai_app_free(app, app->plugins.items);
    app->plugins = (fai_ptrs){0};
}
