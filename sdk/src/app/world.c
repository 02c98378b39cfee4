/* world.c - life of a world, what it says, and its figures. */
#include "app/world.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define ENTITIES_DEFAULT 16777216u

/* ---- small things -------------------------------------------------------------------------------------- */

void *fai_world_alloc(fa_world *world, size_t bytes, size_t align)
{
    bool pushed = fa_tag_push(world->ctx, world->tag) == FA_RESULT_OK;
    void *p = fa_pool_alloc(world->ctx, bytes, align);
    if (pushed) {
        (void)fa_tag_pop(world->ctx);
    }
    return p;
}

void fai_world_free(fa_world *world, void *p)
{
    (void)fa_pool_free(world->ctx, p);
}

fa_result fai_world_why(const fa_world *world)
{
    fa_result why = fa_context_last_result(world->ctx);
    return why != FA_RESULT_OK ? why : FA_RESULT_FULL; /* a limit of the world's own */
}

bool fai_world_reserve(fa_world *world, void *items, uint32_t count, uint32_t *capacity, size_t item_bytes)
{
    if (count < *capacity) {
        return true;
    }
    void **list = items; /* a pointer to a pointer of any type */
    void *old;
    memcpy(&old, list, sizeof old);
    uint32_t larger = *capacity != 0 ? *capacity * 2 : 8;
    void *p = fai_world_alloc(world, larger * item_bytes, FA_ALIGN_DEFAULT);
    if (p == NULL) {
        return false;
    }
    if (old != NULL) {
        memcpy(p, old, count * item_bytes);
        fai_world_free(world, old);
    }
    memcpy(list, &p, sizeof p);
    *capacity = larger;
    return true;
}

fa_result fai_world_report(const fa_world *world, fa_diagnostic_code code, fa_result result, const char *here,
                           const char *earlier, const char *format, ...)
{
    char text[512];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    fai_layer_report report = {.code = code,
                               .result = result,
                               .allocator = fa_context_allocator(world->ctx),
                               .ctx = world->ctx,
                               .here = here,
                               .earlier = earlier};
    return fai_layer_report_send(&report, "%s", text);
}

fa_result fai_world_shut_cold(const fa_world *world, const char *call, const char *here)
{
    if (world->hooks > 0) {
        return fai_world_report(world, FA_CODE_FA110, FA_RESULT_BUSY, here, NULL,
                                "%s: called from inside a component's hook", call);
    }
    if (world->walks > 0) {
        return fai_world_report(world, FA_CODE_FA110, FA_RESULT_BUSY, here, world->walk_here,
                                "%s: a query of world '%s' is being iterated", call, world->name);
    }
    return fai_world_report(world, FA_CODE_FA110, FA_RESULT_BUSY, here, NULL,
                            "%s: systems of %s are running: use commands, or an exclusive system", call,
                            world->shut);
}

fa_result fai_world_stale(const fa_world *world, fa_entity entity, const char *call, const char *here)
{
    uint32_t index = fai_entity_index(entity);
    const fai_record *record = index < world->record_count ? fai_world_record_at(world, index) : NULL;
    bool reserved = record != NULL && record->generation == fai_entity_generation(entity);
    return fai_world_report(world, FA_CODE_FA111, FA_RESULT_STALE, here, NULL,
                            "%s: entity %u.%u of world '%s' %s", call, index, fai_entity_generation(entity),
                            world->name,
                            entity == FA_ENTITY_NONE                    ? "is none"
                            : record == NULL || record->generation == 0 ? "was never there"
                            : reserved                                  ? "is not spawned yet"
                                                                        : "is gone");
}

/* ---- life ---------------------------------------------------------------------------------------------- */

static void release(fa_world *world)
{
    fai_queries_free(world);
    fai_archetypes_free(world);
    fai_components_free(world);
    for (uint32_t i = 0; i < world->record_count / FAI_RECORD_PAGE; i++) {
        bool real = world->pages[i] != fai_no_page && world->pages[i] != fai_lost_page;
        fai_world_free(world, real ? world->pages[i] : NULL);
    }
    fai_world_free(world, world->pages);
    fai_world_free(world, world->holes);
    fai_world_free(world, world);
}

fa_result fai_world_create(fa_context *ctx, const fa_world_desc *desc, fa_world **out, const char *here)
{
    static const fa_world_desc defaults = {0};
    if (out == NULL || ctx == NULL) {
        return FA_RESULT_INVALID_ARGUMENT;
    }
    *out = NULL;
    desc = desc != NULL ? desc : &defaults;
    if (desc->start_canary != 0 || desc->end_canary != 0) {
        fai_layer_report report = {.code = FA_CODE_FA103,
                                   .result = FA_RESULT_INVALID_DESC,
                                   .allocator = fa_context_allocator(ctx),
                                   .ctx = ctx,
                                   .here = here};
        return fai_layer_report_send(&report,
                                     "fa_world_create: a canary is not zero: was the desc zero-initialised?");
    }
    fa_world *world = fai_pool_alloc_zeroed(ctx, sizeof *world, 0, here);
    if (world == NULL) {
        return fa_context_last_result(ctx);
    }
    world->ctx = ctx;
    world->tag = desc->tag != FA_TAG_NONE ? desc->tag : fa_tag_current(ctx);
    world->entities_max = desc->entities_max != 0 ? desc->entities_max : ENTITIES_DEFAULT;
    world->free_first = FAI_NO_INDEX;
    world->tick = 1;
    snprintf(world->name, sizeof world->name, "%s", desc->name != NULL ? desc->name : "world");
    fa_result result = fai_archetypes_create(world);
    if (result != FA_RESULT_OK) {
        release(world);
        return result;
    }
    *out = world;
    return FA_RESULT_OK;
}

fa_result fai_world_release(fa_world *world)
{
    world->shut = NULL;
    world->walks = 0;
    (void)fai_world_clear(world, FA_HERE);
    release(world);
    return FA_RESULT_OK;
}

fa_result fai_world_destroy(fa_world *world, const char *here)
{
    if (world == NULL) {
        return FA_RESULT_OK;
    }
    if (world->owned) {
        return fai_world_report(world, FA_CODE_FA005, FA_RESULT_INVALID_ARGUMENT, here, NULL,
                                "fa_world_destroy: world '%s' belongs to an app", world->name);
    }
    fa_result result = fai_world_shut(world, "fa_world_destroy", here);
    return result == FA_RESULT_OK ? fai_world_release(world) : result;
}

/* ---- figures ------------------------------------------------------------------------------------------- */

uint32_t fa_world_entity_count(const fa_world *world)
{
    return world->alive;
}

void fa_world_stats_get(const fa_world *world, fa_world_stats *out)
{
    *out = (fa_world_stats){.entities = world->alive,
                            .entities_peak = world->alive_peak,
                            .indices = world->next_page * FAI_RECORD_PAGE,
                            .retired = world->retired,
                            .components = world->component_count,
                            .archetypes = world->archetype_count,
                            .queries = world->query_count};
    for (uint32_t i = 0; i < world->archetype_count; i++) {
        const fai_archetype *a = world->archetypes[i];
        out->chunks += a->chunk_count;
        out->chunks_spare += a->spare != NULL;
        out->chunk_bytes += a->spare != NULL ? a->chunk_bytes[a->spare->kind] : 0;
        for (uint32_t j = 0; j < a->chunk_count; j++) {
            out->chunk_bytes += a->chunk_bytes[a->chunks[j]->kind];
        }
    }
}

static bool is_asked_for(const fai_component *component, const fa_type *const *types, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        if (types[i] == component->identity) {
            return true;
        }
    }
    return count == 0;
}

static uint64_t hash_chunk(const fa_world *world, const fai_chunk *chunk, const fa_type *const *types,
                           uint32_t count)
{
    const fai_archetype *a = chunk->archetype;
    const fa_entity *entities = chunk->entities;
    uint64_t sum = 0;
    for (uint32_t row = 0; row < chunk->count; row++) {
        sum += fai_hash_bytes(1, &entities[row], sizeof entities[row]);
    }
    for (uint32_t c = 0; c < a->column_count; c++) {
        const fai_component *component = world->components[a->columns[c].component];
        for (uint32_t row = 0; is_asked_for(component, types, count) && row < chunk->count; row++) {
            sum += fai_hash_bytes(component->name_hash ^ entities[row], fai_chunk_cell(chunk, c, row),
                                  a->columns[c].size);
        }
    }
    return sum;
}

uint64_t fa_world_hash(const fa_world *world, const fa_type *const *types, uint32_t count)
{
    uint64_t sum = world->alive;
    for (uint32_t i = 0; i < world->archetype_count; i++) {
        const fai_archetype *a = world->archetypes[i];
        for (uint32_t j = 0; j < a->chunk_count; j++) {
            sum += hash_chunk(world, a->chunks[j], types, count);
        }
    }
    for (uint32_t i = 0; i < world->sparse_count; i++) {
        const fai_component *component = world->sparse[i];
        const fai_sparse *set = component->sparse;
        for (uint32_t j = 0; is_asked_for(component, types, count) && j < set->count; j++) {
            sum += fai_hash_bytes(component->name_hash ^ set->entities[j],
                                  set->values + j * component->size_bytes, component->size_bytes);
        }
    }
    return sum;
}

/* ---- validation ---------------------------------------------------------------------------------------- */

static bool archetype_is_sound(const fa_world *world, const fai_archetype *a, uint32_t *entities)
{
    for (uint32_t i = 0; i < a->chunk_count; i++) {
        const fai_chunk *chunk = a->chunks[i];
        bool last = i + 1 == a->chunk_count;
        uint32_t expected = last ? a->tail_count : chunk->row_max;
        if (chunk->archetype != a || chunk->index != i || chunk->count != expected || chunk->count == 0 ||
            (last && a->tail != chunk)) {
            return false;
        }
        for (uint32_t row = 0; row < chunk->count; row++) {
            fa_entity e = chunk->entities[row];
            const fai_record *record = fai_world_record(world, e);
            if (record == NULL || record->chunk != chunk || record->row != row) {
                return false;
            }
        }
        *entities += chunk->count;
    }
    return a->chunk_count > 0 || (a->tail == NULL && a->tail_max == 0);
}

bool fa_world_validate(const fa_world *world)
{
    uint32_t entities = 0;
    for (uint32_t i = 0; i < world->archetype_count; i++) {
        if (!archetype_is_sound(world, world->archetypes[i], &entities)) {
            return false;
        }
    }
    uint32_t free_seen = 0;
    for (uint32_t i = world->free_first; i != FAI_NO_INDEX && free_seen <= world->record_count; free_seen++) {
        const fai_record *record = fai_world_record_at(world, i);
        if (record->chunk != NULL) {
            return false;
        }
        i = record->row;
    }
    for (uint32_t i = 0; i < world->sparse_count; i++) {
        const fai_sparse *set = world->sparse[i]->sparse;
        for (uint32_t j = 0; j < set->count; j++) {
            if (fai_world_record(world, set->entities[j]) == NULL ||
                fai_sparse_find(set, set->entities[j]) != j) {
                return false;
            }
        }
    }
    return entities == world->alive && free_seen <= world->record_count; /* more: they go in a circle */
}
