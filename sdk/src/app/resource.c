/* resource.c - one value per type.
 *
 * A value is one pool block, charged to the plugin that inserts it. While a plugin is being built, each
 * change is written to a journal first, so that a build that fails can be undone: an insertion is removed
 * again, an overwritten value is copied back to the same address, a removed block, which is not freed until
 * then, is put back. */
#include "app/app.h"

#include <string.h>

static const uint32_t in_callbacks = FAI_IN_SYSTEM | FAI_IN_HOOK | FAI_IN_CONDITION;

/* ---- the journal --------------------------------------------------------------------------------------- */

/* A place in the journal for a change that is about to be made; NULL: no memory. */
static fai_undo *journal_entry(fa_app *app)
{
    void *items = app->undo;
    if (!fai_array_reserve(app, &items, app->undo_count, &app->undo_capacity, sizeof *app->undo)) {
        return NULL;
    }
    app->undo = items;
    app->undo[app->undo_count] = (fai_undo){0};
    return &app->undo[app->undo_count];
}

void fai_resources_undo(fa_app *app, uint32_t mark)
{
    while (app->undo_count > mark) {
        const fai_undo *change = &app->undo[--app->undo_count];
        fai_type *type = change->type;
        if (change->removed) {
            type->value = change->value;
        } else if (change->value != NULL) {
            memcpy(type->value, change->value, type->size_bytes);
            fai_app_free(app, change->value);
        } else {
            fai_app_free(app, type->value);
            type->value = NULL;
        }
        type->serial = change->serial;
    }
    fai_time_publish(app);
}

void fai_resources_commit(fa_app *app)
{
    for (uint32_t i = 0; i < app->undo_count; i++) {
        fai_app_free(app, app->undo[i].value);
    }
    app->undo_count = 0;
}

/* ---- insert and remove --------------------------------------------------------------------------------- */

static void write_value(fai_type *type, void *to, const void *value)
{
    if (value != NULL) {
        memmove(to, value, type->size_bytes); /* the caller may pass the resource itself */
    } else {
        memset(to, 0, type->size_bytes);
    }
}

static fa_result overwrite(fa_app *app, fai_type *type, const void *value)
{
    if (app->where & FAI_IN_BUILD) {
        fai_undo *change = journal_entry(app);
        void *copy = change != NULL ? fai_app_alloc(app, app->tag, type->size_bytes, 0) : NULL;
        if (copy == NULL) {
            return fai_app_why(app);
        }
        memcpy(copy, type->value, type->size_bytes);
        *change = (fai_undo){.type = type, .value = copy, .serial = type->serial};
        app->undo_count++;
    }
    write_value(type, type->value, value);
    return FA_RESULT_OK;
}

static fa_result insert_new(fa_app *app, fai_type *type, const void *value)
{
    bool build = (app->where & FAI_IN_BUILD) != 0;
    fai_undo *change = build ? journal_entry(app) : NULL;
    if (build && change == NULL) {
        return fai_app_why(app);
    }
    void *p = fai_app_alloc(app, fai_app_tag(app, app->current), type->size_bytes, type->align_bytes);
    if (p == NULL) {
        return fai_app_why(app);
    }
    if (build) {
        *change = (fai_undo){.type = type, .serial = type->serial};
        app->undo_count++;
    }
    write_value(type, p, value);
    type->value = p;
    type->serial = ++app->resource_serial;
    return FA_RESULT_OK;
}

fa_result fai_app_insert_resource(fa_app *app, const fa_type *type, const char *here, const void *value)
{
    fa_result result = fai_app_enter(app, in_callbacks, true, "fa_app_insert_resource", here);
    if (result != FA_RESULT_OK) {
        return result;
    }
    uint32_t types = app->types.count;
    fai_type *entry = fai_type_get(app, type, here, &result);
    if (entry == NULL) {
        return result;
    }
    result = entry->value != NULL ? overwrite(app, entry, value) : insert_new(app, entry, value);
    if (result != FA_RESULT_OK) {
        fai_types_trim(app, types);
    }
    if (entry == app->time_type) {
        fai_time_publish(app);
    }
    return result;
}

fa_result fai_app_remove_resource(fa_app *app, const fa_type *type, const char *here)
{
    fa_result result = fai_app_enter(app, in_callbacks, true, "fa_app_remove_resource", here);
    if (result != FA_RESULT_OK) {
        return result;
    }
    fai_type *entry = type != NULL ? fai_type_find(app, type) : NULL;
    if (entry == NULL || entry->value == NULL) {
        return FA_RESULT_NOT_FOUND;
    }
    if (entry == app->time_type) {
        return fai_app_report(app, FA_CODE_FA005, FA_RESULT_INVALID_ARGUMENT, here, NULL,
                              "fa_app_remove_resource: fa_time is the app's own and cannot be removed");
    }
    if (app->where & FAI_IN_BUILD) {
        fai_undo *change = journal_entry(app);
        if (change == NULL) {
            return fai_app_why(app);
        }
        *change = (fai_undo){.type = entry, .value = entry->value, .serial = entry->serial, .removed = true};
        app->undo_count++;
    } else {
        fai_app_free(app, entry->value);
    }
    entry->value = NULL;
    return FA_RESULT_OK;
}

const void *fa_app_resource(const fa_app *app, const fa_type *type)
{
    const fai_type *entry = fai_type_find(app, type);
    return entry != NULL ? entry->value : NULL;
}

void *fa_app_resource_mut(fa_app *app, const fa_type *type)
{
    const fai_type *entry = fai_type_find(app, type);
    return entry != NULL ? entry->value : NULL;
}

void fai_resources_free(fa_app *app)
{
    fai_resources_commit(app);
    for (;;) {
        fai_type *newest = NULL;
        for (uint32_t i = 0; i < app->types.count; i++) {
            fai_type *type = app->types.items[i];
            if (type->value != NULL && (newest == NULL || type->serial > newest->serial)) {
                newest = type;
            }
        }
        if (newest == NULL) {
            return;
        }
        fai_app_free(app, newest->value);
        newest->value = NULL;
    }
}
