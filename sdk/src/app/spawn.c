/* spawn.c - entities made by the world's owner: one by one, and many alike.
 *
 * One place in a program makes one kind of entity, mostly. So the world keeps recipes by call site; the same
 * once more is a comparison of types, a row, and the values copied into it. */
#include "app/row.h"

/* ---- recipes ------------------------------------------------------------------------------------------- */

/* Where the values go is known once there is an archetype. */
static void complete_recipe(fai_recipe *r, fai_archetype *a)
{
    r->archetype = a;
    r->plain = !a->on_add;
    for (uint32_t i = 0; i < r->count; i++) {
        const fai_component *c = r->parts[i].component;
        if (c->sparse != NULL) {
            r->plain = false;
            continue;
        }
        r->parts[i].column = a->column_of[c->id];
        r->parts[i].size = a->columns[r->parts[i].column].size;
    }
}

static fai_archetype *archetype_of(fa_world *world, fai_recipe *r, const fai_parts *parts)
{
    if (r->archetype == NULL) {
        fai_archetype *a = fai_archetype_of(world, parts);
        if (a == NULL) {
            return NULL;
        }
        complete_recipe(r, a);
    }
    return r->archetype;
}

/* Call sites are pointers to texts: what tells them apart is in the middle bits. */
static inline fai_recipe *recipe_of(fa_world *world, const char *here)
{
    uint64_t hash = (uint64_t)(uintptr_t)here * UINT64_C(0x9E3779B97F4A7C15);
    return &world->recipes[hash >> 61];
}

/* The components of parts; they are the recipe from now on. */
static fa_result resolve(fa_world *world, fai_recipe *r, const fa_part *parts, uint32_t count, fai_parts *out,
                         const char *call, const char *here)
{
    out->count = count;
    bool same = count == r->count;
    for (uint32_t i = 0; i < count && same; i++) {
        same = parts[i].type == r->parts[i].type;
        out->components[i] = r->parts[i].component;
        out->values[i] = parts[i].value;
    }
    if (FA_LIKELY(same)) {
        return FA_RESULT_OK;
    }
    if (count > FA_PARTS_MAX || (parts == NULL && count > 0)) {
        return fai_world_report(world, FA_CODE_FA005, FA_RESULT_INVALID_ARGUMENT, here, NULL,
                                "%s: %u parts; at most %d are possible", call, count, FA_PARTS_MAX);
    }
    fa_result why = FA_RESULT_OK;
    for (uint32_t i = 0; i < count; i++) {
        out->components[i] = fai_component_get(world, parts[i].type, here, &why);
        out->values[i] = parts[i].value;
        if (out->components[i] == NULL) {
            return why;
        }
        for (uint32_t j = 0; j < i; j++) {
            if (out->components[j] == out->components[i]) {
                return fai_world_report(world, FA_CODE_FA005, FA_RESULT_INVALID_ARGUMENT, here, NULL,
                                        "%s: component '%s' is named twice", call, out->components[i]->name);
            }
        }
    }
    r->plain = false;
    r->archetype = NULL;
    r->count = count;
    for (uint32_t i = 0; i < count; i++) {
        r->parts[i].type = parts[i].type;
        r->parts[i].component = out->components[i];
    }
    return FA_RESULT_OK;
}

/* ---- one ----------------------------------------------------------------------------------------------- */

/* By the recipe, if it fits and there is room. FA_ENTITY_NONE: go the long way; nothing has changed, since a
 * row behind the last one is nobody's. */
static inline fa_entity spawn_again(fa_world *world, const fai_recipe *r, const fa_part *parts,
                                    uint32_t count)
{
    if (!r->plain || count != r->count || world->alive >= world->entities_max) {
        return FA_ENTITY_NONE;
    }
    fai_archetype *a = r->archetype;
    fai_chunk *chunk = a->tail;
    uint32_t row = a->tail_count;
    if (FA_UNLIKELY(row == a->tail_max)) {
        return FA_ENTITY_NONE;
    }
    const fai_strip *strips = chunk->strips;
    for (uint32_t i = 0; i < count; i++) {
        const fai_recipe_part *part = &r->parts[i];
        if (FA_UNLIKELY(parts[i].type != part->type)) {
            return FA_ENTITY_NONE;
        }
        fai_write_value(strips[part->column].cells + (size_t)row * part->size, parts[i].value, part->size);
    }
    fai_record *record;
    fa_entity entity = fai_index_pop(world, &record);
    if (FA_LIKELY(entity != FA_ENTITY_NONE)) {
        (void)fai_row_append(chunk->archetype, chunk, record, entity);
        fai_chunk_mark_born(world, chunk);
        fai_world_count(world, 1);
    }
    return entity;
}

static FA_COLD fa_entity spawn_with_care(fa_world *world, fai_recipe *r, const fa_part *parts, uint32_t count,
                                         const char *here)
{
    fai_parts resolved;
    if (fai_world_shut(world, "fa_world_spawn", here) != FA_RESULT_OK ||
        resolve(world, r, parts, count, &resolved, "fa_world_spawn", here) != FA_RESULT_OK) {
        return FA_ENTITY_NONE;
    }
    fa_entity entity = fai_entity_reserve(world);
    if (entity == FA_ENTITY_NONE) {
        return FA_ENTITY_NONE;
    }
    if (fai_entity_settle(world, entity, archetype_of(world, r, &resolved), &resolved) != FA_RESULT_OK) {
        fai_entity_unreserve(world, entity);
        return FA_ENTITY_NONE;
    }
    return entity;
}

fa_entity fai_world_spawn(fa_world *world, const fa_part *parts, uint32_t count, const char *here)
{
    fai_recipe *r = recipe_of(world, here);
    if (FA_LIKELY(fai_world_is_open(world))) {
        fa_entity entity = spawn_again(world, r, parts, count);
        if (FA_LIKELY(entity != FA_ENTITY_NONE)) {
            return entity;
        }
    }
    return spawn_with_care(world, r, parts, count, here);
}

/* ---- many ---------------------------------------------------------------------------------------------- */

/* Their values, @p done of which are in earlier chunks. */
static void write_rows(fai_chunk *chunk, uint32_t first, uint32_t count, const fai_parts *parts,
                       uint32_t done)
{
    const fai_archetype *a = chunk->archetype;
    for (uint32_t i = 0; i < parts->count; i++) {
        const fai_component *c = parts->components[i];
        if (c->sparse != NULL || c->size_bytes == 0) {
            continue;
        }
        void *cell = fai_chunk_cell(chunk, a->column_of[c->id], first);
        const unsigned char *values = parts->values[i];
        if (values != NULL) {
            memcpy(cell, values + (size_t)done * c->size_bytes, count * c->size_bytes);
        } else {
            memset(cell, 0, count * c->size_bytes);
        }
    }
}

/* Rows with ids; @return how many were made before memory ran out. */
static uint32_t bulk_rows(fa_world *world, fai_archetype *a, const fai_parts *parts, uint32_t count,
                          fa_entity *entities)
{
    uint32_t done = 0;
    while (done < count) {
        fai_chunk *chunk = fai_archetype_grow(world, a);
        if (chunk == NULL) {
            return done;
        }
        uint32_t first = a->tail_count;
        uint32_t room = a->tail_max - first;
        uint32_t wanted = count - done < room ? count - done : room;
        uint32_t n = fai_indices_take(world, chunk, first, wanted, entities + done);
        chunk->count = a->tail_count = first + n;
        if (a->tail_count == 0) {
            fai_archetype_shrink(world, a);
        } else {
            write_rows(chunk, first, n, parts, done);
            fai_chunk_mark_born(world, chunk);
        }
        done += n;
        if (n < wanted) {
            return done;
        }
    }
    return done;
}

/* Sparse parts, entity by entity. False: no memory; @p done says how many have theirs. */
static bool bulk_sparse(fa_world *world, const fai_parts *parts, uint32_t count, const fa_entity *entities,
                        uint32_t *done)
{
    for (*done = 0; *done < count; ++*done) {
        uint64_t made;
        if (!fai_sparse_make(world, entities[*done], parts, &made)) {
            return false;
        }
        for (uint32_t i = 0; i < parts->count; i++) {
            const fai_component *c = parts->components[i];
            const unsigned char *values = parts->values[i];
            if (c->sparse != NULL) {
                fai_sparse_write(world, c, entities[*done],
                                 values != NULL ? values + (size_t)*done * c->size_bytes : NULL);
            }
        }
    }
    return true;
}

/* Rows and sparse parts that were made go again; what was told to nobody leaves no trace. */
static void bulk_undo(fa_world *world, const fai_parts *parts, const fa_entity *entities, uint32_t rows,
                      uint32_t sparse_done)
{
    for (uint32_t i = 0; i < parts->count; i++) {
        for (uint32_t j = 0; parts->components[i]->sparse != NULL && j < sparse_done; j++) {
            fai_sparse_remove(parts->components[i], entities[j]);
        }
    }
    while (rows > 0) { /* the last ones of the archetype: nothing moves */
        uint32_t index = fai_entity_index(entities[--rows]);
        fai_record *record = fai_world_record_at(world, index);
        fai_row_remove(world, record->chunk, record->row);
        fai_index_push(world, index, record);
    }
}

static fa_result bulk(fa_world *world, fai_archetype *a, const fai_parts *parts, uint32_t count,
                      fa_entity *entities)
{
    uint32_t rows = a != NULL ? bulk_rows(world, a, parts, count, entities) : 0;
    uint32_t sparse_done = 0;
    if (rows < count ||
        (world->sparse_count > 0 && !bulk_sparse(world, parts, count, entities, &sparse_done))) {
        fa_result why = fai_world_why(world);
        bulk_undo(world, parts, entities, rows, sparse_done);
        return why;
    }
    fai_world_count(world, count);
    for (uint32_t i = 0; i < parts->count; i++) {
        for (uint32_t j = 0; parts->components[i]->on_add != NULL && j < count; j++) {
            fai_entity_tell_added(world, parts->components[i], entities[j]);
        }
    }
    return FA_RESULT_OK;
}

fa_result fai_world_spawn_bulk(fa_world *world, const fa_part *parts, uint32_t part_count,
                               uint32_t entity_count, fa_entity *out, const char *here)
{
    fai_parts resolved;
    fai_recipe *r = recipe_of(world, here);
    fa_result result = fai_world_shut(world, "fa_world_spawn_bulk", here);
    if (result == FA_RESULT_OK) {
        result = resolve(world, r, parts, part_count, &resolved, "fa_world_spawn_bulk", here);
    }
    if (result != FA_RESULT_OK || entity_count == 0) {
        return result;
    }
    if (entity_count > world->entities_max - world->alive) {
        return fai_layer_refuse(world->ctx, FA_RESULT_FULL);
    }
    fa_entity *entities =
        out != NULL ? out : fai_world_alloc(world, entity_count * sizeof *entities, FA_ALIGN_DEFAULT);
    if (entities == NULL) {
        return fai_world_why(world);
    }
    result = bulk(world, archetype_of(world, r, &resolved), &resolved, entity_count, entities);
    if (out == NULL) {
        fai_world_free(world, entities);
    }
    return result;
}
