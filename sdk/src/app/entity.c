/* entity.c - entities coming, going, and getting and losing components.
 *
 * What a change needs is taken before anything is changed, so that a failure leaves the world as it was. An
 * entity moves between archetypes in one go, whatever number of components come with it. */
#include "app/world.h"

#include <string.h>

/* ---- values and hooks ---------------------------------------------------------------------------------- */

static void write_value(void *to, const void *value, size_t bytes)
{
    if (bytes == 0) {
        return;
    }
    if (value != NULL) {
        fai_copy(to, value, bytes);
    } else {
        memset(to, 0, bytes);
    }
}

static void call_hook(fa_world *world, fa_component_hook hook, fa_entity entity, void *value)
{
    world->hooks++;
    hook(world, entity, value);
    world->hooks--;
}

static void call_added(fa_world *world, const fai_component *c, fa_entity entity)
{
    if (c->on_add == NULL) {
        return;
    }
    void *value = NULL;
    if (c->sparse != NULL) {
        value = c->sparse->values + fai_sparse_find(c->sparse, entity) * c->size_bytes;
    } else {
        const fai_record *record = fai_world_record_at(world, fai_entity_index(entity));
        const fai_archetype *a = record->chunk->archetype;
        value = fai_chunk_cell(record->chunk, &a->columns[a->column_of[c->id]], record->row);
    }
    call_hook(world, c->on_add, entity, value);
}

static void call_removed(fa_world *world, const fai_chunk *chunk, uint32_t row)
{
    const fai_archetype *a = chunk->archetype;
    for (uint32_t i = 0; i < a->column_count; i++) {
        const fai_component *c = world->components[a->columns[i].component];
        if (c->on_remove != NULL) {
            call_hook(world, c->on_remove, fai_chunk_entities(chunk)[row],
                      fai_chunk_cell(chunk, &a->columns[i], row));
        }
    }
}

/* ---- sparse parts -------------------------------------------------------------------------------------- */

static bool is_new_sparse(const fai_component *c, fa_entity entity)
{
    return c->sparse != NULL && fai_sparse_find(c->sparse, entity) == FAI_NO_INDEX;
}

/* Places for the sparse parts that are not there. False: no memory, and none was made. */
static bool make_sparse(fa_world *world, fa_entity entity, const fai_parts *parts, uint64_t *made)
{
    *made = 0;
    for (uint32_t i = 0; i < parts->count; i++) {
        const fai_component *c = parts->components[i];
        if (!is_new_sparse(c, entity)) {
            continue;
        }
        uint32_t at = fai_sparse_insert(world, c, entity);
        if (at == FAI_NO_INDEX) {
            for (uint32_t j = 0; j < i; j++) {
                if (*made >> j & 1) {
                    fai_sparse_remove(parts->components[j], entity);
                }
            }
            return false;
        }
        c->sparse->added[at] = world->tick + 1;
        *made |= UINT64_C(1) << i;
    }
    return true;
}

static void write_sparse(fa_world *world, fa_entity entity, const fai_component *c, const void *value)
{
    uint32_t at = fai_sparse_find(c->sparse, entity);
    c->sparse->changed[at] = world->tick + 1;
    write_value(c->sparse->values + at * c->size_bytes, value, c->size_bytes);
}

/* ---- rows ---------------------------------------------------------------------------------------------- */

/* A row at the archetype's end for an entity; its cells are undefined. There is room. */
static inline uint32_t append(fa_world *world, fai_archetype *a, fai_chunk *chunk, fa_entity entity)
{
    uint32_t row = a->tail_count++;
    chunk->count = a->tail_count;
    fai_chunk_entities(chunk)[row] = entity;
    fai_record *record = fai_world_record_at(world, fai_entity_index(entity));
    record->chunk = chunk;
    record->row = row;
    return row;
}

static inline void write_cell(const fa_world *world, fai_chunk *chunk, uint32_t column, uint32_t row,
                              const void *value, bool added)
{
    const fai_column *c = &chunk->archetype->columns[column];
    write_value(fai_chunk_cell(chunk, c, row), value, c->size);
    chunk->ticks[2 * column + 1] = world->tick + 1;
    if (added) {
        chunk->ticks[2 * column] = world->tick + 1;
    }
}

/* From one archetype to another; columns that only the new one has are undefined. */
static fai_chunk *move(fa_world *world, fa_entity entity, fai_archetype *to, uint32_t *row)
{
    fai_chunk *chunk = fai_archetype_grow(world, to);
    if (chunk == NULL) {
        return NULL;
    }
    const fai_record was = *fai_world_record_at(world, fai_entity_index(entity));
    const fai_archetype *from = was.chunk->archetype;
    *row = append(world, to, chunk, entity);
    for (uint32_t i = 0; i < from->column_count; i++) {
        const fai_column *column = &from->columns[i];
        uint32_t target = to->column_of[column->component];
        if (target == FAI_NO_COLUMN) {
            continue;
        }
        if (column->size > 0) {
            fai_copy(fai_chunk_cell(chunk, &to->columns[target], *row),
                     fai_chunk_cell(was.chunk, column, was.row), column->size);
        }
        fai_tick_raise(&chunk->ticks[2 * target], was.chunk->ticks[2 * i]);
        fai_tick_raise(&chunk->ticks[2 * target + 1], was.chunk->ticks[2 * i + 1]);
    }
    fai_row_remove(world, was.chunk, was.row);
    return chunk;
}

static void count_alive(fa_world *world, uint32_t more)
{
    world->alive += more;
    world->alive_peak = world->alive > world->alive_peak ? world->alive : world->alive_peak;
}

/* ---- one entity ---------------------------------------------------------------------------------------- */

static fai_archetype *archetype_of(fa_world *world, const fai_parts *parts)
{
    fai_archetype *a = world->root;
    for (uint32_t i = 0; i < parts->count && a != NULL; i++) {
        a = parts->components[i]->sparse == NULL ? fai_archetype_toggle(world, a, parts->components[i]) : a;
    }
    return a;
}

static fa_result place(fa_world *world, fa_entity entity, fai_archetype *a, const fai_parts *parts)
{
    fai_chunk *chunk = a != NULL ? fai_archetype_grow(world, a) : NULL;
    uint64_t made = 0;
    if (chunk == NULL || (world->sparse_count > 0 && !make_sparse(world, entity, parts, &made))) {
        fa_result why = fai_world_why(world);
        if (chunk != NULL && a->tail_count == 0) {
            (void)append(world, a, chunk, entity); /* an empty chunk may not stand there */
            fai_row_remove(world, chunk, 0);
            fai_world_record_at(world, fai_entity_index(entity))->chunk = NULL;
        }
        return why;
    }
    uint32_t row = append(world, a, chunk, entity);
    for (uint32_t i = 0; i < parts->count; i++) {
        const fai_component *c = parts->components[i];
        if (c->sparse != NULL) {
            write_sparse(world, entity, c, parts->values[i]);
        } else {
            write_cell(world, chunk, a->column_of[c->id], row, parts->values[i], true);
        }
    }
    count_alive(world, 1);
    for (uint32_t i = 0; i < parts->count && (a->on_add || made != 0); i++) {
        call_added(world, parts->components[i], entity);
    }
    return FA_RESULT_OK;
}

fa_result fai_entity_place(fa_world *world, fa_entity entity, const fai_parts *parts)
{
    uint32_t page = fai_entity_index(entity) >> FAI_RECORD_SHIFT;
    if (world->alive >= world->entities_max || world->pages[page] == fai_lost_page) {
        return fai_layer_refuse(world->ctx, FA_RESULT_FULL);
    }
    return place(world, entity, archetype_of(world, parts), parts);
}

fa_result fai_entity_add(fa_world *world, fa_entity entity, const fai_parts *parts)
{
    const fai_record *record = fai_world_record_at(world, fai_entity_index(entity));
    fai_archetype *from = record->chunk->archetype;
    fai_archetype *to = from;
    uint64_t made = 0;
    for (uint32_t i = 0; i < parts->count && to != NULL; i++) {
        const fai_component *c = parts->components[i];
        to = c->sparse == NULL && to->column_of[c->id] == FAI_NO_COLUMN ? fai_archetype_toggle(world, to, c)
                                                                        : to;
    }
    if (to == NULL || (world->sparse_count > 0 && !make_sparse(world, entity, parts, &made))) {
        return fai_world_why(world);
    }
    fai_chunk *chunk = record->chunk;
    uint32_t row = record->row;
    if (to != from && (chunk = move(world, entity, to, &row)) == NULL) {
        fa_result why = fai_world_why(world);
        for (uint32_t i = 0; i < parts->count; i++) {
            if (made >> i & 1) {
                fai_sparse_remove(parts->components[i], entity);
            }
        }
        return why;
    }
    for (uint32_t i = 0; i < parts->count; i++) {
        const fai_component *c = parts->components[i];
        if (c->sparse != NULL) {
            write_sparse(world, entity, c, parts->values[i]);
        } else {
            write_cell(world, chunk, to->column_of[c->id], row, parts->values[i],
                       from->column_of[c->id] == FAI_NO_COLUMN);
        }
    }
    for (uint32_t i = 0; i < parts->count && (to->on_add || made != 0); i++) {
        const fai_component *c = parts->components[i];
        bool is_new = c->sparse != NULL ? (made >> i & 1) != 0 : from->column_of[c->id] == FAI_NO_COLUMN;
        if (is_new) {
            call_added(world, c, entity);
        }
    }
    return FA_RESULT_OK;
}

fa_result fai_entity_remove(fa_world *world, fa_entity entity, const fai_component *c)
{
    const fai_record *record = fai_world_record_at(world, fai_entity_index(entity));
    fai_archetype *from = record->chunk->archetype;
    uint32_t column = c->sparse == NULL ? from->column_of[c->id] : FAI_NO_COLUMN;
    uint32_t at = c->sparse != NULL ? fai_sparse_find(c->sparse, entity) : FAI_NO_INDEX;
    if (column == FAI_NO_COLUMN && at == FAI_NO_INDEX) {
        return FA_RESULT_NOT_FOUND;
    }
    fai_archetype *to = c->sparse == NULL ? fai_archetype_toggle(world, from, c) : from;
    if (to == NULL || (to != from && fai_archetype_grow(world, to) == NULL)) {
        return fai_world_why(world);
    }
    if (c->on_remove != NULL) {
        void *value = c->sparse != NULL ? (void *)(c->sparse->values + at * c->size_bytes)
                                        : fai_chunk_cell(record->chunk, &from->columns[column], record->row);
        call_hook(world, c->on_remove, entity, value);
    }
    if (c->sparse != NULL) {
        fai_sparse_remove(c, entity);
    } else {
        uint32_t row;
        (void)move(world, entity, to, &row); /* there is room */
    }
    return FA_RESULT_OK;
}

void fai_entity_despawn(fa_world *world, fa_entity entity)
{
    uint32_t index = fai_entity_index(entity);
    const fai_record was = *fai_world_record_at(world, index);
    if (was.chunk->archetype->on_remove) {
        call_removed(world, was.chunk, was.row);
    }
    for (uint32_t i = 0; i < world->sparse_count; i++) {
        const fai_component *c = world->sparse[i];
        uint32_t at = fai_sparse_find(c->sparse, entity);
        if (at != FAI_NO_INDEX && c->on_remove != NULL) {
            call_hook(world, c->on_remove, entity, c->sparse->values + at * c->size_bytes);
        }
        fai_sparse_remove(c, entity);
    }
    fai_row_remove(world, was.chunk, was.row);
    fai_entity_retire(world, index);
    world->alive--;
}

/* ---- public: entities ---------------------------------------------------------------------------------- */

/* The components of parts; what was spawned last is known. */
static fa_result resolve(fa_world *world, const fa_part *parts, uint32_t count, fai_parts *out,
                         const char *call, const char *here)
{
    out->count = count;
    bool same = count == world->last_count;
    for (uint32_t i = 0; i < count && same; i++) {
        same = parts[i].type == world->last_types[i];
        out->components[i] = world->last_components[i];
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
    for (uint32_t i = 0; i < count; i++) {
        world->last_types[i] = parts[i].type;
        world->last_components[i] = out->components[i];
    }
    world->last_count = count;
    world->last_spawned = NULL;
    return FA_RESULT_OK;
}

fa_entity fai_world_spawn(fa_world *world, const fa_part *parts, uint32_t count, const char *here)
{
    fai_parts resolved;
    if (fai_world_shut(world, "fa_world_spawn", here) != FA_RESULT_OK ||
        resolve(world, parts, count, &resolved, "fa_world_spawn", here) != FA_RESULT_OK) {
        return FA_ENTITY_NONE;
    }
    fa_entity entity = fai_entity_reserve(world);
    if (entity == FA_ENTITY_NONE) {
        return FA_ENTITY_NONE;
    }
    fai_archetype *a = world->last_spawned;
    a = FA_LIKELY(a != NULL) ? a : archetype_of(world, &resolved);
    world->last_spawned = a;
    if (place(world, entity, a, &resolved) != FA_RESULT_OK) {
        fai_entity_unreserve(world, entity);
        return FA_ENTITY_NONE;
    }
    return entity;
}

/* Rows for entities [from, to) that are reserved; @return how many were made before memory ran out. */
static uint32_t bulk_rows(fa_world *world, fai_archetype *a, const fai_parts *parts, uint32_t count,
                          const fa_entity *entities)
{
    uint32_t done = 0;
    while (done < count) {
        fai_chunk *chunk = fai_archetype_grow(world, a);
        if (chunk == NULL) {
            return done;
        }
        uint32_t room = a->tail_max - a->tail_count;
        uint32_t n = count - done < room ? count - done : room;
        uint32_t first = a->tail_count;
        fa_entity *ids = fai_chunk_entities(chunk);
        for (uint32_t i = 0; i < n; i++) {
            fa_entity entity = entities[done + i];
            fai_record *record = fai_world_record_at(world, fai_entity_index(entity));
            record->chunk = chunk;
            record->row = first + i;
            ids[first + i] = entity;
        }
        chunk->count = a->tail_count = first + n;
        for (uint32_t i = 0; i < parts->count; i++) {
            const fai_component *c = parts->components[i];
            if (c->sparse != NULL) {
                continue;
            }
            uint32_t column = a->column_of[c->id];
            void *cell = fai_chunk_cell(chunk, &a->columns[column], first);
            const unsigned char *values = parts->values[i];
            if (values != NULL && c->size_bytes > 0) {
                memcpy(cell, values + (size_t)done * c->size_bytes, n * c->size_bytes);
            } else if (c->size_bytes > 0) {
                memset(cell, 0, n * c->size_bytes);
            }
            chunk->ticks[2 * column] = chunk->ticks[2 * column + 1] = world->tick + 1;
        }
        done += n;
    }
    return done;
}

/* Sparse parts and hooks, entity by entity. False: no memory; @p done says how many have theirs. */
static bool bulk_rest(fa_world *world, const fai_parts *parts, uint32_t count, const fa_entity *entities,
                      uint32_t *done)
{
    for (*done = 0; *done < count; ++*done) {
        uint64_t made;
        if (!make_sparse(world, entities[*done], parts, &made)) {
            return false;
        }
        for (uint32_t i = 0; i < parts->count; i++) {
            const fai_component *c = parts->components[i];
            const unsigned char *values = parts->values[i];
            if (c->sparse != NULL) {
                write_sparse(world, entities[*done], c,
                             values != NULL ? values + (size_t)*done * c->size_bytes : NULL);
            }
        }
    }
    return true;
}

static fa_result bulk(fa_world *world, const fai_parts *parts, uint32_t count, const fa_entity *entities)
{
    fai_archetype *a = archetype_of(world, parts);
    uint32_t rows = a != NULL ? bulk_rows(world, a, parts, count, entities) : 0;
    uint32_t sparse_done = count;
    if (a == NULL || rows < count ||
        (world->sparse_count > 0 && !bulk_rest(world, parts, count, entities, &sparse_done))) {
        fa_result why = fai_world_why(world);
        for (uint32_t i = 0; i < parts->count; i++) {
            for (uint32_t j = 0; parts->components[i]->sparse != NULL && rows == count && j < sparse_done;
                 j++) {
                fai_sparse_remove(parts->components[i], entities[j]);
            }
        }
        while (rows > 0) { /* the last ones of the archetype: nothing moves */
            fai_record *record = fai_world_record_at(world, fai_entity_index(entities[--rows]));
            fai_row_remove(world, record->chunk, record->row);
            record->chunk = NULL;
        }
        return why;
    }
    count_alive(world, count);
    for (uint32_t i = 0; i < parts->count; i++) {
        for (uint32_t j = 0; parts->components[i]->on_add != NULL && j < count; j++) {
            call_added(world, parts->components[i], entities[j]);
        }
    }
    return FA_RESULT_OK;
}

fa_result fai_world_spawn_bulk(fa_world *world, const fa_part *parts, uint32_t part_count,
                               uint32_t entity_count, fa_entity *out, const char *here)
{
    fai_parts resolved;
    fa_result result = fai_world_shut(world, "fa_world_spawn_bulk", here);
    if (result == FA_RESULT_OK) {
        result = resolve(world, parts, part_count, &resolved, "fa_world_spawn_bulk", here);
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
    uint32_t reserved = fai_entities_reserve(world, entities, entity_count);
    result = reserved == entity_count ? bulk(world, &resolved, entity_count, entities) : fai_world_why(world);
    while (result != FA_RESULT_OK && reserved > 0) {
        fai_entity_unreserve(world, entities[--reserved]);
    }
    if (out == NULL) {
        fai_world_free(world, entities);
    }
    return result;
}

fa_result fai_world_despawn(fa_world *world, fa_entity entity, const char *here)
{
    fa_result result = fai_world_shut(world, "fa_world_despawn", here);
    if (result != FA_RESULT_OK) {
        return result;
    }
    if (FA_LIKELY(fai_world_record(world, entity) != NULL)) {
        fai_entity_despawn(world, entity);
        return FA_RESULT_OK;
    }
    return fai_world_stale(world, entity, "fa_world_despawn", here);
}

fa_result fai_world_clear(fa_world *world, const char *here)
{
    fa_result result = fai_world_shut(world, "fa_world_clear", here);
    for (uint32_t i = 0; i < world->archetype_count && result == FA_RESULT_OK; i++) {
        const fai_archetype *a = world->archetypes[i];
        while (a->tail != NULL) { /* the last one first: nothing moves */
            fai_entity_despawn(world, fai_chunk_entities(a->tail)[a->tail_count - 1]);
        }
    }
    return result;
}

bool fa_world_is_alive(const fa_world *world, fa_entity entity)
{
    return fai_world_record(world, entity) != NULL;
}

/* ---- public: components -------------------------------------------------------------------------------- */

fa_result fai_world_add(fa_world *world, fa_entity entity, const fa_type *type, const void *value,
                        const char *here)
{
    const fai_record *record = fai_world_record(world, entity);
    if (record == NULL) {
        return fai_world_stale(world, entity, "fa_world_add", here);
    }
    fa_result result = FA_RESULT_OK;
    const fai_component *c = fai_component_get(world, type, here, &result);
    if (c == NULL) {
        return result;
    }
    bool there = c->sparse != NULL ? !is_new_sparse(c, entity)
                                   : record->chunk->archetype->column_of[c->id] != FAI_NO_COLUMN;
    if (!there && (result = fai_world_shut(world, "fa_world_add", here)) != FA_RESULT_OK) {
        return result;
    }
    const fai_parts parts = {.count = 1, .components = {c}, .values = {value}};
    return fai_entity_add(world, entity, &parts);
}

fa_result fai_world_remove(fa_world *world, fa_entity entity, const fa_type *type, const char *here)
{
    if (fai_world_record(world, entity) == NULL) {
        return fai_world_stale(world, entity, "fa_world_remove", here);
    }
    fa_result result = fai_world_shut(world, "fa_world_remove", here);
    const fai_component *c = fai_component_find(world, type);
    if (result != FA_RESULT_OK || c == NULL) {
        return result != FA_RESULT_OK ? result : FA_RESULT_NOT_FOUND;
    }
    return fai_entity_remove(world, entity, c);
}

bool fa_world_has(const fa_world *world, fa_entity entity, const fa_type *type)
{
    const fai_record *record = fai_world_record(world, entity);
    const fai_component *c = fai_component_find(world, type);
    if (record == NULL || c == NULL) {
        return false;
    }
    return c->sparse != NULL ? !is_new_sparse(c, entity)
                             : record->chunk->archetype->column_of[c->id] != FAI_NO_COLUMN;
}

void *fai_world_cell(const fa_world *world, fa_entity entity, const fa_type *type, uint64_t tick)
{
    const fai_record *record = fai_world_record_at(world, fai_entity_index(entity));
    const fai_component *c = fai_component_find(world, type);
    if (c == NULL || c->size_bytes == 0) {
        return NULL;
    }
    if (c->sparse != NULL) {
        uint32_t at = fai_sparse_find(c->sparse, entity);
        if (at == FAI_NO_INDEX) {
            return NULL;
        }
        if (tick != 0) {
            c->sparse->changed[at] = tick;
        }
        return c->sparse->values + at * c->size_bytes;
    }
    uint32_t column = record->chunk->archetype->column_of[c->id];
    if (column == FAI_NO_COLUMN) {
        return NULL;
    }
    if (tick != 0) {
        record->chunk->ticks[2 * column + 1] = tick;
    }
    return fai_chunk_cell(record->chunk, &record->chunk->archetype->columns[column], record->row);
}

static void *get(const fa_world *world, fa_entity entity, const fa_type *type, bool write, const char *here)
{
    if (fai_world_record(world, entity) == NULL) {
        (void)fai_world_stale(world, entity, write ? "fa_world_get_mut" : "fa_world_get", here);
        return NULL;
    }
    return fai_world_cell(world, entity, type, write ? world->tick + 1 : 0);
}

const void *fai_world_get(const fa_world *world, fa_entity entity, const fa_type *type, const char *here)
{
    return get(world, entity, type, false, here);
}

void *fai_world_get_mut(fa_world *world, fa_entity entity, const fa_type *type, const char *here)
{
    return get(world, entity, type, true, here);
}
