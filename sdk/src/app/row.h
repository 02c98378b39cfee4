/* row.h - rows of chunks: appending one, filling the gap of one that goes. All that happens to entities is
 * made of these, so they are in line, and ask for nothing that the chunk and its archetype do not hold. */
#ifndef FAI_APP_ROW_H
#define FAI_APP_ROW_H

#include <string.h>

#include "app/world.h"

static inline void fai_write_value(void *to, const void *value, size_t bytes)
{
    if (FA_LIKELY(value != NULL)) {
        fai_copy(to, value, bytes);
    } else {
        memset(to, 0, bytes);
    }
}

/* All columns of a chunk were written, and are new. */
static inline void fai_chunk_mark_born(fai_chunk *chunk, uint64_t tick)
{
    if (FA_UNLIKELY(chunk->born != tick)) {
        chunk->born = tick;
        for (uint32_t i = 0; i < 2 * chunk->archetype->column_count; i++) {
            chunk->ticks[i] = tick;
        }
    }
}

static inline void fai_tick_raise(uint64_t *tick, uint64_t to)
{
    if (*tick < to) { /* seldom: what moves together has the same past */
        *tick = to;
    }
}

/* A row at the archetype's end for an entity; its cells are undefined. There is room. */
static inline uint32_t fai_row_append(fai_chunk *tail, fai_record *record, fa_entity entity)
{
    uint32_t row = tail->archetype->tail_count;
    tail->archetype->tail_count = tail->count = row + 1;
    tail->entities[row] = entity;
    record->chunk = tail;
    record->row = row;
    return row;
}

/* The archetype's last row moves to where nobody stands any more. */
static inline void fai_row_fill(const fa_world *world, fai_chunk *chunk, uint32_t row, const fai_chunk *last,
                                uint32_t last_row)
{
    const fai_archetype *a = chunk->archetype;
    fa_entity moved = last->entities[last_row];
    fai_record *record = fai_world_record_at(world, fai_entity_index(moved));
    chunk->entities[row] = moved;
    record->chunk = chunk;
    record->row = row;
    uint32_t kind = chunk->kind;
    uint32_t last_kind = last->kind;
    for (const fai_column *c = a->columns, *end = c + a->column_count; c < end; c++) {
        fai_copy((unsigned char *)chunk + c->offset[kind] + (size_t)row * c->size,
                 (const unsigned char *)last + c->offset[last_kind] + (size_t)last_row * c->size, c->size);
    }
    if (last != chunk) { /* what was new in the one is new in the other */
        for (uint32_t i = 0; i < 2 * a->column_count; i++) {
            fai_tick_raise(&chunk->ticks[i], last->ticks[i]);
        }
    }
}

/* Fill the gap with the archetype's last row. The cells have been read. */
static inline void fai_row_remove(fa_world *world, fai_chunk *chunk, uint32_t row)
{
    fai_archetype *a = chunk->archetype;
    fai_chunk *last = a->tail;
    uint32_t last_row = a->tail_count - 1;
    if (last != chunk || last_row != row) {
        fai_row_fill(world, chunk, row, last, last_row);
    }
    last->count = a->tail_count = last_row;
    if (FA_UNLIKELY(last_row == 0)) {
        fai_archetype_shrink(world, a);
    }
}

#endif
