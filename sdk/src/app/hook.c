/* hook.c - lists of hooks, one per kind; beginnings are told in the order of adding, ends in reverse. */
#include "app/app.h"

static const uint32_t in_callbacks = FAI_IN_SYSTEM | FAI_IN_HOOK | FAI_IN_CONDITION;

static fa_result enter(fa_app *app, fa_hook hook, fa_hook_fn fn, const char *call, const char *here)
{
    fa_result result = fai_app_enter(app, in_callbacks, false, call, here);
    if (result == FA_RESULT_OK && ((unsigned)hook >= FA_HOOK_COUNT || fn == NULL)) {
        result = fai_app_report(app, FA_CODE_FA005, FA_RESULT_INVALID_ARGUMENT, here, NULL, "%s: %s", call,
                                fn == NULL ? "the function is NULL" : "no such hook");
    }
    return result;
}

fa_result fai_app_add_hook(fa_app *app, fa_hook hook, fa_hook_fn fn, void *user, const char *here)
{
    fa_result result = enter(app, hook, fn, "fa_app_add_hook", here);
    if (result != FA_RESULT_OK) {
        return result;
    }
    void *items = app->hooks[hook];
    if (!fai_array_reserve(app, &items, app->hook_count[hook], &app->hook_capacity[hook],
                           sizeof(fai_hook_entry))) {
        return fai_app_why(app);
    }
    app->hooks[hook] = items;
    app->hooks[hook][app->hook_count[hook]++] =
        (fai_hook_entry){.fn = fn, .user = user, .owner = app->current};
    return FA_RESULT_OK;
}

fa_result fai_app_remove_hook(fa_app *app, fa_hook hook, fa_hook_fn fn, void *user, const char *here)
{
    fa_result result = enter(app, hook, fn, "fa_app_remove_hook", here);
    if (result != FA_RESULT_OK) {
        return result;
    }
    fai_hook_entry *entries = app->hooks[hook];
    for (uint32_t i = app->hook_count[hook]; i-- > 0;) {
        if (entries[i].fn == fn && entries[i].user == user) {
            for (uint32_t j = i + 1; j < app->hook_count[hook]; j++) {
                entries[j - 1] = entries[j];
            }
            app->hook_count[hook]--;
            return FA_RESULT_OK;
        }
    }
    return FA_RESULT_NOT_FOUND;
}

void fai_hooks_call(fa_app *app, fa_hook hook, const fai_schedule *schedule, const fai_system *system)
{
    uint32_t count = app->hook_count[hook];
    if (count == 0) {
        return;
    }
    const fa_hook_event event = {.hook = hook,
                                 .schedule = schedule != NULL ? schedule->id : FA_SCHEDULE_NONE,
                                 .schedule_name = schedule != NULL ? schedule->name : NULL,
                                 .plugin = system != NULL ? fai_plugin_at(app, system->owner)->name : NULL,
                                 .system = system != NULL ? system->name : NULL,
                                 .frame = app->time.frame,
                                 .step = app->time.step,
                                 .here = app->call_here};
    bool end = hook % 2 != 0; /* begin and end alternate in the table */
    uint32_t where = app->where;
    app->where |= FAI_IN_HOOK;
    for (uint32_t i = 0; i < count; i++) {
        const fai_hook_entry *entry = &app->hooks[hook][end ? count - 1 - i : i];
        entry->fn(app, &event, entry->user);
    }
    app->where = where;
}

void fai_hooks_undo(fa_app *app, uint32_t owner)
{
    for (uint32_t hook = 0; hook < FA_HOOK_COUNT; hook++) {
        while (app->hook_count[hook] > 0 && app->hooks[hook][app->hook_count[hook] - 1].owner >= owner) {
            app->hook_count[hook]--;
        }
    }
}

void fai_hooks_free(fa_app *app)
{
    for (uint32_t hook = 0; hook < FA_HOOK_COUNT; hook++) {
        fai_app_free(app, app->hooks[hook]);
        app->hooks[hook] = NULL;
        app->hook_count[hook] = app->hook_capacity[hook] = 0;
    }
}
