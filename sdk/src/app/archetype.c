/* archetype.c - sets of components, and the chunks in which their entities stand.
 *
 * Archetypes are found by walking edges: from one set to the set with one component more or less. An edge
 * that is not known yet is looked for by its signature, once. They are never freed before their world; one
 * without entities holds at most one spare chunk. */
#include "app/world.h"

#include <string.h>

#define COLUMN_ALIGN ((size_t)64) /* a cache line: no two columns share one */

/* ---- layout -------------------------------------------------------------------------------------------- */

static size_t align_up(size_t value, size_t align)
{
    return (value + align - 1) & ~(align - 1);
}

/* Bytes of a chunk with so many rows; writes the offsets. */
static size_t lay_out(const fa_world *world, fai_archetype *a, uint32_t kind, size_t rows)
{
    size_t at = sizeof(fai_chunk) + rows * sizeof(fa_entity);
    for (uint32_t i = 0; i < a->column_count; i++) {
        const fai_component *c = world->components[a->columns[i].component];
        size_t align = c->align_bytes > COLUMN_ALIGN ? c->align_bytes : COLUMN_ALIGN;
        at = c->size_bytes > 0 ? align_up(at, align) : at;
        a->columns[i].offset[kind] = (uint32_t)at;
        at += rows * c->size_bytes;
    }
    at = align_up(at, COLUMN_ALIGN);
    a->strip_offset[kind] = (uint32_t)at;
    return at + a->column_count * sizeof(fai_strip);
}

static void choose_kind(const fa_world *world, fai_archetype *a, uint32_t kind, size_t chunk_bytes,
                        size_t row_bytes)
{
    size_t rows = chunk_bytes / row_bytes;
    while (rows > 1 && lay_out(world, a, kind, rows) > chunk_bytes) {
        rows--;
    }
    rows = rows > 0 ? rows : 1;
    size_t bytes = lay_out(world, a, kind, rows);
    a->row_max[kind] = (uint32_t)rows;
    a->chunk_bytes[kind] = bytes > chunk_bytes ? bytes : chunk_bytes;
}

/* False: one entity alone is too large to be addressed. */
static bool choose_rows(const fa_world *world, fai_archetype *a)
{
    size_t row_bytes = sizeof(fa_entity);
    a->chunk_align = COLUMN_ALIGN;
    for (uint32_t i = 0; i < a->column_count; i++) {
        const fai_component *c = world->components[a->columns[i].component];
        row_bytes += c->size_bytes;
        a->chunk_align = c->align_bytes > a->chunk_align ? c->align_bytes : a->chunk_align;
    }
    if (row_bytes > UINT32_MAX / 2) {
        return false;
    }
    choose_kind(world, a, 0, FA_CHUNK_BYTES, row_bytes);
    choose_kind(world, a, 1, FA_CHUNK_LARGE_BYTES, row_bytes);
    return true;
}

/* ---- making -------------------------------------------------------------------------------------------- */

static uint32_t count_bits(const fai_signature *s)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < FA_COMPONENTS_MAX; i++) {
        count += fai_signature_has(s, i);
    }
    return count;
}

static fai_archetype *find(const fa_world *world, const fai_signature *s)
{
    for (uint32_t i = 0; i < world->archetype_count; i++) {
        if (memcmp(&world->archetypes[i]->signature, s, sizeof *s) == 0) {
            return world->archetypes[i];
        }
    }
    return NULL;
}

static fai_archetype *make(fa_world *world, const fai_signature *s)
{
    uint32_t columns = count_bits(s);
    size_t bytes = sizeof(fai_archetype) + columns * sizeof(fai_column);
    fai_archetype *a = NULL;
    if (columns > FAI_COLUMNS_MAX ||
        !fai_world_reserve(world, &world->archetypes, world->archetype_count, &world->archetype_capacity,
                           sizeof(fai_archetype *)) ||
        (a = fai_world_alloc(world, bytes, 64)) == NULL) {
        return NULL;
    }
    memset(a, 0, bytes);
    memset(a->column_of, (int)FAI_NO_COLUMN, sizeof a->column_of);
    a->signature = *s;
    for (uint32_t i = 0; i < world->component_count; i++) {
        if (!fai_signature_has(s, i)) {
            continue;
        }
        const fai_component *c = world->components[i];
        a->column_of[i] = (uint8_t)a->column_count;
        a->columns[a->column_count++] = (fai_column){.size = (uint32_t)c->size_bytes, .component = i};
        a->on_add = a->on_add || c->on_add != NULL;
        a->on_remove = a->on_remove || c->on_remove != NULL;
    }
    if (!choose_rows(world, a) || !fai_queries_meet(world, a)) {
        fai_world_free(world, a);
        return NULL;
    }
    world->archetypes[world->archetype_count++] = a;
    return a;
}

fai_archetype *fai_archetype_make_edge(fa_world *world, fai_archetype *from, const fai_component *component)
{
    fai_signature s = from->signature;
    s.words[component->id / 64] ^= UINT64_C(1) << (component->id % 64);
    fai_archetype *to = find(world, &s);
    to = to != NULL ? to : make(world, &s);
    if (to != NULL) {
        from->edges[component->id] = to;
        to->edges[component->id] = from;
    }
    return to;
}

/* ---- chunks -------------------------------------------------------------------------------------------- */

static fai_chunk *make_chunk(fa_world *world, fai_archetype *a)
{
    uint32_t kind = a->chunk_count >= FAI_SMALL_CHUNKS ? 1 : 0;
    fai_chunk *chunk = fai_world_alloc(world, a->chunk_bytes[kind], a->chunk_align);
    if (chunk == NULL && kind == 1) { /* a small one may still be had */
        kind = 0;
        chunk = fai_world_alloc(world, a->chunk_bytes[kind], a->chunk_align);
    }
    if (chunk == NULL) {
        return NULL;
    }
    unsigned char *bytes = (unsigned char *)chunk;
    *chunk = (fai_chunk){.archetype = a,
                         .strips = (fai_strip *)(void *)(bytes + a->strip_offset[kind]),
                         .row_max = a->row_max[kind],
                         .kind = kind};
    for (uint32_t i = 0; i < a->column_count; i++) {
        chunk->strips[i].cells = bytes + a->columns[i].offset[kind];
    }
    return chunk;
}

fai_chunk *fai_archetype_add_chunk(fa_world *world, fai_archetype *a)
{
    if (!fai_world_reserve(world, &a->chunks, a->chunk_count, &a->chunk_capacity, sizeof(fai_chunk *))) {
        return NULL;
    }
    fai_chunk *chunk = a->spare != NULL ? a->spare : make_chunk(world, a);
    if (chunk == NULL) {
        return NULL;
    }
    a->spare = NULL;
    chunk->count = 0;
    chunk->index = a->chunk_count;
    chunk->born = 0;
    chunk->followed = NULL;
    for (uint32_t i = 0; i < a->column_count; i++) {
        chunk->strips[i].ticks[0] = chunk->strips[i].ticks[1] = 0;
    }
    a->chunks[a->chunk_count++] = chunk;
    a->tail = chunk;
    a->tail_count = 0;
    a->tail_max = chunk->row_max;
    return chunk;
}

void fai_archetype_shrink(fa_world *world, fai_archetype *a)
{
    fai_chunk *empty = a->chunks[--a->chunk_count];
    if (a->spare == NULL) {
        a->spare = empty;
    } else {
        fai_world_free(world, empty);
    }
    a->tail = a->chunk_count > 0 ? a->chunks[a->chunk_count - 1] : NULL;
    a->tail_count = a->tail_max = a->tail != NULL ? a->tail->row_max : 0;
}

void fai_chunk_take_ticks(fa_world *world, fai_chunk *to, const fai_chunk *from)
{
    const fai_archetype *a = from->archetype;
    bool raised = false;
    for (uint32_t i = 0; i < a->column_count; i++) {
        uint32_t column = to->archetype->column_of[a->columns[i].component];
        for (uint32_t k = 0; column != FAI_NO_COLUMN && k < 2; k++) {
            if (to->strips[column].ticks[k] < from->strips[i].ticks[k]) {
                to->strips[column].ticks[k] = from->strips[i].ticks[k];
                raised = true;
            }
        }
    }
    world->marks += raised;
    to->followed = from;
    to->followed_at = world->tick + world->marks;
}

/* ---- life ---------------------------------------------------------------------------------------------- */

fa_result fai_archetypes_create(fa_world *world)
{
    const fai_signature none = {{0}};
    world->root = make(world, &none);
    return world->root != NULL ? FA_RESULT_OK : fai_world_why(world);
}

void fai_archetypes_free(fa_world *world)
{
    for (uint32_t i = 0; i < world->archetype_count; i++) {
        fai_archetype *a = world->archetypes[i];
        for (uint32_t j = 0; j < a->chunk_count; j++) {
            fai_world_free(world, a->chunks[j]);
        }
        fai_world_free(world, a->spare);
        fai_world_free(world, a->chunks);
        fai_world_free(world, a);
    }
    fai_world_free(world, world->archetypes);
}
