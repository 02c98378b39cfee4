/* command.c - notes of systems, and making them come true.
 *
 * Notes are a list in frame memory, so recording is two bumps of a cursor. Applying goes along the lists in
 * the order of the schedule, on the main thread. Notes about one entity that stand side by side become one
 * change, so a spawn with five components moves nothing. */
#include "app/app.h"

#include <string.h>

static fai_sys *whole(fa_sys *s)
{
    return (fai_sys *)(void *)s;
}

/* ---- recording ----------------------------------------------------------------------------------------- */

static fa_result check(const fai_sys *sys, const char *call, const char *here)
{
    if (FA_LIKELY(sys->active && !sys->condition && !sys->piece)) {
        return FA_RESULT_OK;
    }
    return fai_app_report(sys->app, sys->active ? FA_CODE_FA107 : FA_CODE_FA105, FA_RESULT_REENTRANT, here,
                          sys->system != NULL ? sys->system->here : NULL, "%s: %s '%s'%s", call,
                          sys->condition ? "a condition of"
                          : sys->piece   ? "a piece of a parallel walk of"
                                         : "the handle of",
                          sys->name, sys->active ? " records a command" : " is used after it has returned");
}

static uintptr_t seal_of(const fai_command *c)
{
    return (uintptr_t)c ^ (uintptr_t)UINT64_C(0x5EA1ED0F0C0D0A17);
}

/* Is the frame rolled back past what was recorded? */
static bool is_rewound(const fai_commands *list, const fa_context *ctx)
{
    return list->first != NULL &&
           (list->ctx != ctx || list->frame != fa_frame_index(ctx) || !fa_frame_is_open(ctx) ||
            ctx->cursor < list->reach || list->last->seal != seal_of(list->last));
}

static FA_COLD void report_rewound(fai_system *system, const char *here)
{
    (void)fai_app_report(system->sys.app, FA_CODE_FA606, FA_RESULT_STALE, here, system->commands.here,
                         "'%s' recorded %u commands and then gave back the frame memory in which they were",
                         system->path, system->commands.count);
    system->command_dropped += system->commands.count;
    system->commands = (fai_commands){0};
}

/* A note with room for a value. NULL: *why. */
static fai_command *record(fai_sys *sys, fai_command_kind kind, fa_entity entity, const fa_type *type,
                           const void *data, size_t bytes, size_t align, const char *here, fa_result *why)
{
    fai_commands *list = &sys->system->commands;
    fa_context *ctx = sys->head.ctx;
    if (is_rewound(list, ctx)) {
        report_rewound(sys->system, here);
    }
    fai_command *c = fai_frame_alloc(ctx, sizeof *c, FA_ALIGNOF(fai_command), here);
    void *copy = c != NULL && data != NULL && bytes > 0 ? fai_frame_alloc(ctx, bytes, align, here) : NULL;
    if (c == NULL || (copy == NULL && data != NULL && bytes > 0)) {
        *why = fa_context_last_result(ctx);
        return NULL;
    }
    if (copy != NULL) {
        fai_copy(copy, data, bytes);
    }
    *c = (fai_command){
        .seal = seal_of(c), .kind = kind, .entity = entity, .type = type, .data = copy, .here = here};
    if (list->first == NULL) {
        *list = (fai_commands){.first = c, .ctx = ctx, .frame = fa_frame_index(ctx), .here = here};
    } else {
        list->last->next = c;
    }
    list->last = c;
    list->count++;
    list->reach = ctx->cursor;
    sys->system->command_count++;
    sys->lane->noted = true;
    *why = FA_RESULT_OK;
    return c;
}

static fa_entity next_id(fai_sys *sys)
{
    fa_app *app = sys->app;
    fai_system *system = sys->system;
    if (sys->exclusive) { /* it is alone */
        return fai_entity_reserve(app->world);
    }
    sys->lane->noted = true;
    if (system->ids_serial != app->batch_serial) {
        system->ids_serial = app->batch_serial;
        fai_ids_begin(app->world, &system->ids, system->place_in_order - app->batch_first, app->batch_count);
        system->ids.base = app->batch_base;
    }
    return fai_ids_take(&system->ids);
}

fa_entity fai_cmd_spawn(fa_sys *s, const fa_part *parts, uint32_t count, const char *here)
{
    fai_sys *sys = whole(s);
    fa_result why = check(sys, "fa_cmd_spawn", here);
    if (why != FA_RESULT_OK) {
        return FA_ENTITY_NONE;
    }
    if (is_rewound(&sys->system->commands, sys->head.ctx)) {
        report_rewound(sys->system, here);
    }
    /* The note first: an id that is not used would be lost. */
    const fai_commands before = sys->system->commands;
    const uint64_t count_before = sys->system->command_count;
    fai_command *c = record(sys, FAI_COMMAND_SPAWN, FA_ENTITY_NONE, NULL, NULL, 0, 0, here, &why);
    for (uint32_t i = 0; i < count && c != NULL; i++) {
        const fa_type *type = parts[i].type;
        if (record(sys, FAI_COMMAND_ADD, FA_ENTITY_NONE, type, parts[i].value,
                   type != NULL ? type->size_bytes : 0, type != NULL ? type->align_bytes : 1, here,
                   &why) == NULL) {
            c = NULL;
        }
    }
    fa_entity entity = c != NULL ? next_id(sys) : FA_ENTITY_NONE;
    if (entity == FA_ENTITY_NONE) { /* as if nothing had been noted */
        sys->system->commands = before;
        sys->system->command_count = count_before;
        if (before.last != NULL) {
            sys->system->commands.last->next = NULL;
        }
        return FA_ENTITY_NONE;
    }
    for (; c != NULL; c = c->next) {
        c->entity = entity;
    }
    return entity;
}

/* Gone already? What is reserved is not. */
static bool is_gone(const fa_world *world, fa_entity entity)
{
    uint32_t index = fai_entity_index(entity);
    if (entity == FA_ENTITY_NONE) {
        return true;
    }
    return index < world->record_count && fai_world_record_at(world, index)->generation != 0 &&
           fai_world_record_at(world, index)->generation != fai_entity_generation(entity);
}

static fa_result about(fa_sys *s, fai_command_kind kind, fa_entity entity, const fa_type *type,
                       const void *value, size_t bytes, size_t align, const char *call, const char *here)
{
    fai_sys *sys = whole(s);
    fa_result why = check(sys, call, here);
    if (why != FA_RESULT_OK) {
        return why;
    }
    if (is_gone(sys->app->world, entity)) {
        return fai_app_report(sys->app, FA_CODE_FA111, FA_RESULT_STALE, here, NULL,
                              "%s: '%s' names entity %u.%u, which is gone", call, sys->name,
                              fai_entity_index(entity), fai_entity_generation(entity));
    }
    (void)record(sys, kind, entity, type, value, bytes, align, here, &why);
    return why;
}

fa_result fai_cmd_despawn(fa_sys *s, fa_entity entity, const char *here)
{
    return about(s, FAI_COMMAND_DESPAWN, entity, NULL, NULL, 0, 0, "fa_cmd_despawn", here);
}

fa_result fai_cmd_add(fa_sys *s, fa_entity entity, const fa_type *type, const void *value, const char *here)
{
    if (type == NULL) {
        return fai_app_report(whole(s)->app, FA_CODE_FA005, FA_RESULT_INVALID_ARGUMENT, here, NULL,
                              "fa_cmd_add: the type is NULL");
    }
    return about(s, FAI_COMMAND_ADD, entity, type, value, type->size_bytes, type->align_bytes, "fa_cmd_add",
                 here);
}

fa_result fai_cmd_remove(fa_sys *s, fa_entity entity, const fa_type *type, const char *here)
{
    return about(s, FAI_COMMAND_REMOVE, entity, type, NULL, 0, 0, "fa_cmd_remove", here);
}

fa_result fai_cmd_call(fa_sys *s, void (*fn)(fa_app *app, void *data), const void *data, size_t bytes,
                       const char *here)
{
    fai_sys *sys = whole(s);
    fa_result why = check(sys, "fa_cmd_call", here);
    if (why == FA_RESULT_OK && fn == NULL) {
        why = fai_app_report(sys->app, FA_CODE_FA005, FA_RESULT_INVALID_ARGUMENT, here, NULL,
                             "fa_cmd_call: the function is NULL");
    }
    if (why != FA_RESULT_OK) {
        return why;
    }
    fai_command *c =
        record(sys, FAI_COMMAND_CALL, FA_ENTITY_NONE, NULL, data, bytes, FA_ALIGN_DEFAULT, here, &why);
    if (c != NULL) {
        c->fn = fn;
    }
    return why;
}

/* ---- applying ------------------------------------------------------------------------------------------ */

/* Parts of the ADD notes from @p c on that are about the same entity, each type once, the last value. @return
 * The note after them. */
static const fai_command *gather(fa_app *app, const fai_command *c, fa_entity entity, fai_parts *parts,
                                 uint64_t *dropped)
{
    parts->count = 0;
    while (c != NULL && c->kind == FAI_COMMAND_ADD && c->entity == entity) {
        fa_result why = FA_RESULT_OK;
        const fai_component *component = fai_component_get(app->world, c->type, c->here, &why);
        uint32_t at = 0;
        while (at < parts->count && parts->components[at] != component) {
            at++;
        }
        if (component == NULL) {
            ++*dropped;
        } else if (at == FA_PARTS_MAX) {
            return c; /* the rest in another go */
        } else {
            parts->components[at] = component;
            parts->values[at] = c->data;
            parts->count = at == parts->count ? at + 1 : parts->count;
        }
        c = c->next;
    }
    return c;
}

static const fai_command *apply_spawn(fa_app *app, const fai_command *c, uint64_t *dropped)
{
    fai_parts parts;
    const fai_command *next = gather(app, c->next, c->entity, &parts, dropped);
    if (fai_entity_place(app->world, c->entity, &parts) != FA_RESULT_OK) {
        ++*dropped;
    }
    return next;
}

/* Under the system's tag, like the system itself. */
static void call(fa_app *app, const fai_system *system, const fai_command *c)
{
    uint32_t depth = fai_layer_tag_depth(app->ctx);
    bool pushed = fa_tag_push(app->ctx, system->tag) == FA_RESULT_OK;
    c->fn(app, c->data);
    fai_tags_close(app, app->ctx, depth, pushed, system->tag, system->path, c->here);
}

/* @return The next one. */
static const fai_command *apply(fa_app *app, const fai_system *system, const fai_command *c,
                                uint64_t *dropped)
{
    fa_world *world = app->world;
    fai_parts parts;
    bool alive = fai_world_record(world, c->entity) != NULL;
    switch (c->kind) {
    case FAI_COMMAND_SPAWN: return apply_spawn(app, c, dropped);
    case FAI_COMMAND_ADD: {
        const fai_command *next = gather(app, c, c->entity, &parts, dropped);
        if (!alive || fai_entity_add(world, c->entity, &parts) != FA_RESULT_OK) {
            ++*dropped;
        }
        return next;
    }
    case FAI_COMMAND_DESPAWN:
        if (alive) {
            fai_entity_despawn(world, c->entity);
        }
        *dropped += !alive;
        return c->next;
    case FAI_COMMAND_REMOVE: {
        const fai_component *component = alive ? fai_component_find(world, c->type) : NULL;
        if (component == NULL || fai_entity_remove(world, c->entity, component) != FA_RESULT_OK) {
            ++*dropped;
        }
        return c->next;
    }
    case FAI_COMMAND_CALL: call(app, system, c); return c->next;
    }
    return c->next;
}

static void apply_all(fa_app *app, fai_system *system)
{
    fai_commands list = system->commands;
    bool broken = is_rewound(&list, list.ctx);
    for (const fai_command *c = list.first; c != NULL && !broken; c = c->next) {
        broken = c->seal != seal_of(c);
    }
    if (broken) {
        report_rewound(system, system->here);
        return;
    }
    system->commands = (fai_commands){0};
    uint32_t current = app->current;
    app->current = system->owner;
    uint32_t where = app->where;
    app->where |= FAI_IN_COMMANDS;
    uint64_t dropped = 0;
    for (const fai_command *c = list.first; c != NULL;) {
        c = apply(app, system, c, &dropped);
    }
    app->where = where;
    app->current = current;
    if (dropped > 0 && system->command_dropped == 0) {
        fai_layer_log(
            app->allocator, FA_LOG_COMMANDS_DROPPED,
            "%llu commands of '%s' were not applied: their entities are gone, or a limit is reached",
            (unsigned long long)dropped, system->path);
    }
    system->command_dropped += dropped;
}

/* Since the batch before: mostly nobody has noted anything, and no system has to be looked at. */
static bool any_noted(fa_app *app)
{
    bool any = false;
    for (uint32_t i = 0; i < app->lane_count; i++) {
        any = any || app->lanes[i].noted;
        app->lanes[i].noted = app->running != NULL; /* who runs this schedule may have noted something, too */
    }
    return any;
}

void fai_commands_apply(fa_app *app, const fai_order *order, const fai_batch *batch)
{
    if (!any_noted(app)) {
        return;
    }
    bool ids = false;
    bool notes = false;
    uint64_t serial = app->batch_serial;
    uint32_t base = app->batch_base;
    for (uint32_t i = batch->first; i < batch->first + batch->count; i++) {
        const fai_system *system = order->slots[i].system;
        ids = ids || system->ids_serial == serial;
        notes = notes || system->commands.first != NULL;
    }
    for (uint32_t i = batch->first; ids && i < batch->first + batch->count; i++) {
        fai_system *system = order->slots[i].system;
        if (system->ids_serial == serial) {
            fai_ids_commit(app->world, &system->ids);
        }
    }
    if (ids) {
        fai_ids_commit_all(app->world, base);
    }
    for (uint32_t i = batch->first; notes && i < batch->first + batch->count; i++) {
        fai_system *system = order->slots[i].system;
        if (system->commands.first != NULL) {
            apply_all(app, system);
        }
    }
    if (notes) {
        app->world->tick++; /* what systems wrote, and what commands did, can be told apart */
    }
}
