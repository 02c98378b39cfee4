/* entity.c - entities coming, going, and getting and losing components.
 *
 * What a change needs is taken before anything is changed, so that a failure leaves the world as it was. An
 * entity moves between archetypes in one go, whatever number of components come with it. */
#include "app/row.h"

/* ---- hooks --------------------------------------------------------------------------------------------- */

static void call_hook(fa_world *world, fa_component_hook hook, fa_entity entity, void *value)
{
    world->hooks++;
    hook(world, entity, value);
    world->hooks--;
}

void fai_entity_tell_added(fa_world *world, const fai_component *c, fa_entity entity)
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
        value = fai_chunk_cell(record->chunk, a->column_of[c->id], record->row);
    }
    call_hook(world, c->on_add, entity, value);
}

static FA_COLD void tell_removed(fa_world *world, const fai_chunk *chunk, uint32_t row)
{
    const fai_archetype *a = chunk->archetype;
    for (uint32_t i = 0; i < a->column_count; i++) {
        const fai_component *c = world->components[a->columns[i].component];
        if (c->on_remove != NULL) {
            call_hook(world, c->on_remove, chunk->entities[row], fai_chunk_cell(chunk, i, row));
        }
    }
}

/* ---- moving -------------------------------------------------------------------------------------------- */

static inline void mark(fa_world *world, uint64_t *tick)
{
    if (*tick != world->tick + 1) {
        *tick = world->tick + 1;
        world->marks++;
    }
}

static inline void write_cell(fa_world *world, fai_chunk *chunk, const fai_component *c, uint32_t column,
                              uint32_t row, const void *value, bool added)
{
    fai_strip *strip = &chunk->strips[column];
    fai_write_value(strip->cells + row * c->size_bytes, value, c->size_bytes);
    mark(world, &strip->ticks[1]);
    if (added) {
        mark(world, &strip->ticks[0]);
    }
}

/* How the columns of two archetypes correspond: they stand in the same order, so where one component comes or
 * goes, its place says all. */
typedef enum way { WAY_ANY, WAY_COMES, WAY_GOES } way;

/* From one archetype to another, in a chunk with room; columns that only the new one has are undefined. In
 * one pass: each cell goes to the new row, and that of the old archetype's last row takes its place.
 * @param at The column that comes (of the new archetype) or goes (of the old one). @return The new row. */
FAI_INLINE uint32_t move(fa_world *world, fa_entity entity, fai_record *record, fai_archetype *to,
                         fai_chunk *chunk, way how, uint32_t at)
{
    fai_chunk *gap = record->chunk;
    uint32_t gap_row = record->row;
    fai_archetype *from = gap->archetype;
    fai_chunk *last = from->tail;
    uint32_t last_row = from->tail_count - 1;
    bool fill = last != gap || last_row != gap_row;
    uint32_t row = fai_row_append(to, chunk, record, entity);
    const fai_strip *strip = chunk->strips;
    const fai_strip *gap_strips = gap->strips;
    const fai_strip *last_strips = last->strips;
    for (uint32_t i = 0, count = from->column_count; i < count; i++) {
        size_t size = from->columns[i].size;
        unsigned char *cell = gap_strips[i].cells + gap_row * size;
        bool stays = how != WAY_GOES || i != at;
        if (how == WAY_ANY) {
            uint32_t target = to->column_of[from->columns[i].component];
            stays = target != FAI_NO_COLUMN;
            strip = stays ? &chunk->strips[target] : strip;
        } else if (how == WAY_COMES && i == at) {
            strip++;
        }
        if (stays) {
            fai_copy(strip->cells + row * size, cell, size);
            strip++;
        }
        if (fill) {
            fai_copy(cell, last_strips[i].cells + last_row * size, size);
        }
    }
    fai_chunk_follow(world, chunk, gap);
    if (fill) {
        fai_row_moved(world, gap, gap_row, last, last_row);
    }
    fai_row_drop_last(world, from, last_row);
    return row;
}

/* ---- one entity ---------------------------------------------------------------------------------------- */

fai_archetype *fai_archetype_of(fa_world *world, const fai_parts *parts)
{
    fai_archetype *a = world->root;
    for (uint32_t i = 0; i < parts->count && a != NULL; i++) {
        a = parts->components[i]->sparse == NULL ? fai_archetype_toggle(world, a, parts->components[i]) : a;
    }
    return a;
}

fa_result fai_entity_settle(fa_world *world, fa_entity entity, fai_archetype *a, const fai_parts *parts)
{
    fai_chunk *chunk = a != NULL ? fai_archetype_grow(world, a) : NULL;
    uint64_t made = 0;
    if (chunk == NULL || (world->sparse_count > 0 && !fai_sparse_make(world, entity, parts, &made))) {
        fa_result why = fai_world_why(world);
        if (chunk != NULL && a->tail_count == 0) { /* an empty chunk may not stand there */
            fai_archetype_shrink(world, a);
        }
        return why;
    }
    uint32_t row = fai_row_append(a, chunk, fai_world_record_at(world, fai_entity_index(entity)), entity);
    for (uint32_t i = 0; i < parts->count; i++) {
        const fai_component *c = parts->components[i];
        if (c->sparse != NULL) {
            fai_sparse_write(world, c, entity, parts->values[i]);
        } else {
            fai_write_value(fai_chunk_cell(chunk, a->column_of[c->id], row), parts->values[i], c->size_bytes);
        }
    }
    fai_chunk_mark_born(world, chunk);
    fai_world_count(world, 1);
    for (uint32_t i = 0; i < parts->count && (a->on_add || made != 0); i++) {
        fai_entity_tell_added(world, parts->components[i], entity);
    }
    return FA_RESULT_OK;
}

fa_result fai_entity_place(fa_world *world, fa_entity entity, const fai_parts *parts)
{
    uint32_t index = fai_entity_index(entity);
    uint32_t page = index >> FAI_RECORD_SHIFT;
    if (world->alive >= world->entities_max || index >= world->record_count || /* no memory for its page */
        world->pages[page] == fai_lost_page || world->pages[page] == fai_no_page) {
        return fai_layer_refuse(world->ctx, FA_RESULT_FULL);
    }
    return fai_entity_settle(world, entity, fai_archetype_of(world, parts), parts);
}

/* One component of tables, the common case. */
static fa_result give(fa_world *world, fa_entity entity, fai_record *record, const fai_component *c,
                      const void *value)
{
    fai_chunk *chunk = record->chunk;
    uint32_t row = record->row;
    uint32_t column = chunk->archetype->column_of[c->id];
    if (column != FAI_NO_COLUMN) {
        write_cell(world, chunk, c, column, row, value, false);
        return FA_RESULT_OK;
    }
    fai_archetype *to = fai_archetype_toggle(world, chunk->archetype, c);
    chunk = to != NULL ? fai_archetype_grow(world, to) : NULL;
    if (FA_UNLIKELY(chunk == NULL)) {
        return fai_world_why(world);
    }
    column = to->column_of[c->id];
    row = move(world, entity, record, to, chunk, WAY_COMES, column);
    write_cell(world, chunk, c, column, row, value, true);
    if (c->on_add != NULL) {
        fai_entity_tell_added(world, c, entity);
    }
    return FA_RESULT_OK;
}

fa_result fai_entity_add(fa_world *world, fa_entity entity, const fai_parts *parts)
{
    fai_record *record = fai_world_record_at(world, fai_entity_index(entity));
    if (parts->count == 1 && parts->components[0]->sparse == NULL) {
        return give(world, entity, record, parts->components[0], parts->values[0]);
    }
    fai_archetype *from = record->chunk->archetype;
    fai_archetype *to = from;
    uint64_t made = 0;
    for (uint32_t i = 0; i < parts->count && to != NULL; i++) {
        const fai_component *c = parts->components[i];
        to = c->sparse == NULL && to->column_of[c->id] == FAI_NO_COLUMN ? fai_archetype_toggle(world, to, c)
                                                                        : to;
    }
    if (to == NULL || (world->sparse_count > 0 && !fai_sparse_make(world, entity, parts, &made))) {
        return fai_world_why(world);
    }
    fai_chunk *chunk = record->chunk;
    uint32_t row = record->row;
    if (to != from && (chunk = fai_archetype_grow(world, to)) == NULL) {
        fa_result why = fai_world_why(world);
        for (uint32_t i = 0; i < parts->count; i++) {
            if (made >> i & 1) {
                fai_sparse_remove(parts->components[i], entity);
            }
        }
        return why;
    }
    row = to != from ? move(world, entity, record, to, chunk, WAY_ANY, 0) : row;
    for (uint32_t i = 0; i < parts->count; i++) {
        const fai_component *c = parts->components[i];
        if (c->sparse != NULL) {
            fai_sparse_write(world, c, entity, parts->values[i]);
        } else {
            write_cell(world, chunk, c, to->column_of[c->id], row, parts->values[i],
                       from->column_of[c->id] == FAI_NO_COLUMN);
        }
    }
    for (uint32_t i = 0; i < parts->count && (to->on_add || made != 0); i++) {
        const fai_component *c = parts->components[i];
        bool is_new = c->sparse != NULL ? (made >> i & 1) != 0 : from->column_of[c->id] == FAI_NO_COLUMN;
        if (is_new) {
            fai_entity_tell_added(world, c, entity);
        }
    }
    return FA_RESULT_OK;
}

static fa_result remove_sparse(fa_world *world, fa_entity entity, const fai_component *c)
{
    uint32_t at = fai_sparse_find(c->sparse, entity);
    if (at == FAI_NO_INDEX) {
        return FA_RESULT_NOT_FOUND;
    }
    if (c->on_remove != NULL) {
        call_hook(world, c->on_remove, entity, c->sparse->values + at * c->size_bytes);
    }
    fai_sparse_remove(c, entity);
    return FA_RESULT_OK;
}

/* One component of tables. */
static fa_result take(fa_world *world, fa_entity entity, fai_record *record, const fai_component *c)
{
    fai_archetype *from = record->chunk->archetype;
    uint32_t column = from->column_of[c->id];
    if (FA_UNLIKELY(column == FAI_NO_COLUMN)) {
        return FA_RESULT_NOT_FOUND;
    }
    fai_archetype *to = fai_archetype_toggle(world, from, c);
    fai_chunk *chunk = to != NULL ? fai_archetype_grow(world, to) : NULL;
    if (FA_UNLIKELY(chunk == NULL)) {
        return fai_world_why(world);
    }
    if (FA_UNLIKELY(c->on_remove != NULL)) {
        call_hook(world, c->on_remove, entity, fai_chunk_cell(record->chunk, column, record->row));
    }
    (void)move(world, entity, record, to, chunk, WAY_GOES, column);
    return FA_RESULT_OK;
}

fa_result fai_entity_remove(fa_world *world, fa_entity entity, const fai_component *c)
{
    return c->sparse != NULL ? remove_sparse(world, entity, c)
                             : take(world, entity, fai_world_record_at(world, fai_entity_index(entity)), c);
}

/* What an entity has in sparse sets. */
static void drop_sparse(fa_world *world, fa_entity entity)
{
    for (uint32_t i = 0; i < world->sparse_count; i++) {
        const fai_component *c = world->sparse[i];
        uint32_t at = fai_sparse_find(c->sparse, entity);
        if (at != FAI_NO_INDEX && c->on_remove != NULL) {
            call_hook(world, c->on_remove, entity, c->sparse->values + at * c->size_bytes);
        }
        fai_sparse_remove(c, entity);
    }
}

static inline void despawn(fa_world *world, fa_entity entity, fai_record *record)
{
    fai_chunk *chunk = record->chunk;
    uint32_t row = record->row;
    if (FA_UNLIKELY(chunk->archetype->on_remove)) {
        tell_removed(world, chunk, row);
    }
    if (world->sparse_count > 0) {
        drop_sparse(world, entity);
    }
    fai_row_remove(world, chunk, row);
    fai_index_retire(world, fai_entity_index(entity), record);
    world->alive--;
}

void fai_entity_despawn(fa_world *world, fa_entity entity)
{
    despawn(world, entity, fai_world_record_at(world, fai_entity_index(entity)));
}

/* ---- public: entities ---------------------------------------------------------------------------------- */

fa_result fai_world_despawn(fa_world *world, fa_entity entity, const char *here)
{
    fa_result result = fai_world_shut(world, "fa_world_despawn", here);
    if (result != FA_RESULT_OK) {
        return result;
    }
    fai_record *record = fai_world_record(world, entity);
    if (FA_LIKELY(record != NULL)) {
        despawn(world, entity, record);
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
            fai_entity_despawn(world, a->tail->entities[a->tail_count - 1]);
        }
    }
    return result;
}

bool fa_world_is_alive(const fa_world *world, fa_entity entity)
{
    return fai_world_record(world, entity) != NULL;
}

/* ---- public: components -------------------------------------------------------------------------------- */

static bool has(const fai_record *record, const fai_component *c, fa_entity entity)
{
    return c->sparse != NULL ? fai_sparse_find(c->sparse, entity) != FAI_NO_INDEX
                             : record->chunk->archetype->column_of[c->id] != FAI_NO_COLUMN;
}

/* The world is open, and this component, which stands in tables, is the one that was asked for last. */
static inline bool is_plain(const fa_world *world, const fai_record *record, const fa_type *type)
{
    const fai_component *c = world->seen;
    return record != NULL && c != NULL && c->identity == type && c->size_bytes == type->size_bytes &&
           c->sparse == NULL && fai_world_is_open(world);
}

static FA_NOINLINE fa_result add_with_care(fa_world *world, fa_entity entity, const fa_type *type,
                                           const void *value, const char *here)
{
    const fai_record *record = fai_world_record(world, entity);
    if (record == NULL) {
        return fai_world_stale(world, entity, "fa_world_add", here);
    }
    fa_result result = FA_RESULT_OK;
    fai_component *c = fai_component_get(world, type, here, &result);
    if (c == NULL) {
        return result;
    }
    world->seen = c;
    if (!fai_world_is_open(world) && !has(record, c, entity)) { /* overwriting is no change */
        return fai_world_shut_cold(world, "fa_world_add", here);
    }
    const fai_parts parts = {.count = 1, .components = {c}, .values = {value}};
    return fai_entity_add(world, entity, &parts);
}

fa_result fai_world_add(fa_world *world, fa_entity entity, const fa_type *type, const void *value,
                        const char *here)
{
    fai_record *record = fai_world_record(world, entity);
    return FA_LIKELY(is_plain(world, record, type)) ? give(world, entity, record, world->seen, value)
                                                    : add_with_care(world, entity, type, value, here);
}

static FA_NOINLINE fa_result remove_with_care(fa_world *world, fa_entity entity, const fa_type *type,
                                              const char *here)
{
    if (fai_world_record(world, entity) == NULL) {
        return fai_world_stale(world, entity, "fa_world_remove", here);
    }
    fa_result result = fai_world_shut(world, "fa_world_remove", here);
    fai_component *c = fai_component_find(world, type);
    if (result != FA_RESULT_OK || c == NULL) {
        return result != FA_RESULT_OK ? result : FA_RESULT_NOT_FOUND;
    }
    world->seen = c;
    return fai_entity_remove(world, entity, c);
}

fa_result fai_world_remove(fa_world *world, fa_entity entity, const fa_type *type, const char *here)
{
    fai_record *record = fai_world_record(world, entity);
    return FA_LIKELY(is_plain(world, record, type)) ? take(world, entity, record, world->seen)
                                                    : remove_with_care(world, entity, type, here);
}

bool fa_world_has(const fa_world *world, fa_entity entity, const fa_type *type)
{
    const fai_record *record = fai_world_record(world, entity);
    const fai_component *c = fai_component_find(world, type);
    return record != NULL && c != NULL && has(record, c, entity);
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
        record->chunk->strips[column].ticks[1] = tick;
    }
    return fai_chunk_cell(record->chunk, column, record->row);
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
    world->marks++;
    return get(world, entity, type, true, here);
}
