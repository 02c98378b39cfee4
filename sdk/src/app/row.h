/* row.h - rows of chunks: appending one, filling the gap of one that goes. All that happens to entities is
 * made of these, so they are in line, and ask for nothing that the chunk and its archetype do not hold. */
#ifndef FAI_APP_ROW_H
#define FAI_APP_ROW_H

#include <string.h>

#include "app/world.h"

/* What is called in two or three places and is most of their work. */
#if defined(__GNUC__)
#define FAI_INLINE static inline __attribute__((always_inline))
#else
#define FAI_INLINE static inline
#endif

static inline void fai_write_value(void *to, const void *value, size_t bytes)
{
    if (FA_LIKELY(value != NULL)) {
        fai_copy(to, value, bytes);
    } else {
        memset(to, 0, bytes);
    }
}

/* All columns of a chunk were written, and are new. */
static inline void fai_chunk_mark_born(fa_world *world, fai_chunk *chunk)
{
    uint64_t tick = world->tick + 1;
    if (FA_UNLIKELY(chunk->born != tick)) {
        chunk->born = tick;
        world->marks++;
        for (uint32_t i = 0; i < chunk->archetype->column_count; i++) {
            chunk->strips[i].ticks[0] = chunk->strips[i].ticks[1] = tick;
        }
    }
}

/* An entity comes from another chunk: what was new there is new here. Many do so in a row, and the second has
 * nothing to add. */
static inline void fai_chunk_follow(fa_world *world, fai_chunk *chunk, const fai_chunk *from)
{
    if (chunk->followed != from || chunk->followed_at != world->tick + world->marks) {
        fai_chunk_take_ticks(world, chunk, from);
    }
}

/* A row at the archetype's end for an entity; its cells are undefined. There is room. */
static inline uint32_t fai_row_append(fai_archetype *a, fai_chunk *tail, fai_record *record, fa_entity entity)
{
    uint32_t row = a->tail_count;
    a->tail_count = tail->count = row + 1;
    tail->entities[row] = entity;
    record->chunk = tail;
    record->row = row;
    return row;
}

/* The archetype's last row has moved to where nobody stands any more, but for its cells. */
static inline void fai_row_moved(fa_world *world, fai_chunk *chunk, uint32_t row, const fai_chunk *last,
                                 uint32_t last_row)
{
    fa_entity moved = last->entities[last_row];
    fai_record *record = fai_world_record_at(world, fai_entity_index(moved));
    chunk->entities[row] = moved;
    record->chunk = chunk;
    record->row = row;
    if (last != chunk) {
        fai_chunk_follow(world, chunk, last);
    }
}

/* The last row is not used any more. */
static inline void fai_row_drop_last(fa_world *world, fai_archetype *a, uint32_t last_row)
{
    a->tail->count = a->tail_count = last_row;
    if (FA_UNLIKELY(last_row == 0)) {
        fai_archetype_shrink(world, a);
    }
}

/* Fill the gap with the archetype's last row. The cells have been read. */
static inline void fai_row_remove(fa_world *world, fai_chunk *chunk, uint32_t row)
{
    fai_archetype *a = chunk->archetype;
    fai_chunk *last = a->tail;
    uint32_t last_row = a->tail_count - 1;
    if (last != chunk || last_row != row) {
        const fai_strip *to = chunk->strips;
        const fai_strip *from = last->strips;
        for (uint32_t i = 0, count = a->column_count; i < count; i++) {
            size_t size = a->columns[i].size;
            fai_copy(to[i].cells + row * size, from[i].cells + last_row * size, size);
        }
        fai_row_moved(world, chunk, row, last, last_row);
    }
    fai_row_drop_last(world, a, last_row);
}

#endif
