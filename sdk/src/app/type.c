/* type.c - the app's map from descriptors to what it knows of them.
 *
 * Identity is the descriptor's address, so the descriptors stay constant and any number of apps can share
 * them; the dense number and the resource are the app's own. Open addressing, at most half full, never
 * shrinks. */
#include "app/app.h"

#include <stdio.h>
#include <string.h>

#define SLOTS_AT_FIRST 32u

const char *fai_type_problem(const fa_app *app, const fa_type *type)
{
    if (type == NULL) {
        return "is NULL";
    }
    size_t align = type->align_bytes;
    if (type->name == NULL || type->size_bytes == 0 || type->size_bytes > FA_REQUEST_MAX) {
        return "has no name, no size, or is too large";
    }
    if (align == 0 || (align & (align - 1)) != 0 || align > FA_ALIGN_MAX) {
        return "has an alignment that is not a power of two up to FA_ALIGN_MAX";
    }
    const fai_type *known = fai_type_find(app, type);
    if (known != NULL && (known->size_bytes != type->size_bytes || known->align_bytes != align)) {
        return "has another size or alignment than at its first use";
    }
    return NULL;
}

static uint32_t slot_of(const fa_app *app, const fa_type *type)
{
    uint64_t hash = (uint64_t)(uintptr_t)type * UINT64_C(0x9E3779B97F4A7C15);
    uint32_t mask = app->type_slot_count - 1;
    uint32_t slot = (uint32_t)(hash >> 32) & mask;
    while (app->type_slots[slot] != NULL && app->type_slots[slot]->identity != type) {
        slot = (slot + 1) & mask;
    }
    return slot;
}

fai_type *fai_type_find(const fa_app *app, const fa_type *type)
{
    return app->type_slot_count != 0 ? app->type_slots[slot_of(app, type)] : NULL;
}

static bool grow_slots(fa_app *app)
{
    if (2 * (app->types.count + 1) <= app->type_slot_count) {
        return true;
    }
    uint32_t count = app->type_slot_count != 0 ? 2 * app->type_slot_count : SLOTS_AT_FIRST;
    fai_type **slots = fai_app_alloc(app, app->tag, count * sizeof(fai_type *), sizeof(fai_type *));
    if (slots == NULL) {
        return false;
    }
    fai_app_free(app, app->type_slots);
    app->type_slots = slots;
    app->type_slot_count = count;
    for (uint32_t i = 0; i < app->types.count; i++) {
        fai_type *entry = app->types.items[i];
        slots[slot_of(app, entry->identity)] = entry;
    }
    return true;
}

fai_type *fai_type_get(fa_app *app, const fa_type *type, const char *here, fa_result *why)
{
    *why = FA_RESULT_OK;
    const char *problem = fai_type_problem(app, type);
    if (problem != NULL) {
        const char *name = type != NULL && type->name != NULL ? type->name : "?";
        *why = fai_app_report(app, FA_CODE_FA005, FA_RESULT_INVALID_ARGUMENT, here, NULL,
                              "the type descriptor '%s' %s", name, problem);
        return NULL;
    }
    fai_type *entry = fai_type_find(app, type);
    if (entry != NULL) {
        return entry;
    }
    if (!grow_slots(app) || !fai_ptrs_reserve(app, &app->types, 1) ||
        (entry = fai_app_alloc(app, app->tag, sizeof *entry, 0)) == NULL) {
        *why = fai_app_why(app);
        return NULL;
    }
    entry->identity = type;
    entry->size_bytes = type->size_bytes;
    entry->align_bytes = type->align_bytes;
    entry->id = app->types.count;
    snprintf(entry->name, sizeof entry->name, "%s", type->name);
    app->types.items[app->types.count++] = entry;
    app->type_slots[slot_of(app, type)] = entry;
    return entry;
}

/* The newest entry ends its probe sequence, so its slot can simply be cleared. */
void fai_types_trim(fa_app *app, uint32_t count)
{
    while (app->types.count > count) {
        fai_type *newest = app->types.items[--app->types.count];
        app->type_slots[slot_of(app, newest->identity)] = NULL;
        fai_app_free(app, newest);
    }
}

void fai_types_free(fa_app *app)
{
    for (uint32_t i = 0; i < app->types.count; i++) {
        fai_app_free(app, app->types.items[i]);
    }
    fai_app_free(app, app->types.items);
    fai_app_free(app, app->type_slots);
    app->types = (fai_ptrs){0};
    app->type_slots = NULL;
    app->type_slot_count = 0;
}
