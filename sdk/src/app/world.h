/* world.h - the private shape of a world: records, archetypes, chunks, sparse sets, queries.
 *
 *     record      per index: where its entity stands, and the generation
 *     archetype   one set of table components; its chunks are full but for the last
 *     chunk       a block of the pool: this head, the ids, the columns, the strips (where columns are)
 *     sparse      one sparse component: values side by side, and a paged map from index to place
 *
 * A record whose chunk is NULL is free (row is the next free index) or reserved (handed out by a system that
 * is going to spawn it; it is not alive before the spawn is applied).
 *
 * Ticks: a number that only grows. A run of a system, or a walk of a query that stands alone, has a tick of
 * its own; what it writes is marked with it. What changes in between is marked with the next one. */
#ifndef FAI_APP_WORLD_H
#define FAI_APP_WORLD_H

#include <string.h>

#include "framealloc/app/query.h"
#include "framealloc/app/world.h"
#include "framealloc/layer.h"
#include "framealloc/pool.h"

#define FAI_NO_COLUMN 0xFFu
#define FAI_COLUMNS_MAX 128u
#define FAI_SIGNATURE_WORDS (FA_COMPONENTS_MAX / 64)
#define FAI_RECIPES 8u
/* Chunks of 16 KiB cost a wait at the beginning of each column, because the hardware follows an array only
 * once it has seen it begin: twice the time of a plain loop where data comes from the third level. So what
 * has many entities gets large chunks; measured in architecture.md. */
#define FAI_SMALL_CHUNKS 8u
#define FAI_SPARSE_PAGE 1024u
#define FAI_NO_INDEX UINT32_MAX
#define FAI_RECORD_SHIFT 10u /* records of a page: 16 KiB */
#define FAI_RECORD_PAGE (1u << FAI_RECORD_SHIFT)

typedef struct fai_signature {
    uint64_t words[FAI_SIGNATURE_WORDS];
} fai_signature;

typedef struct fai_sparse {
    uint32_t count;
    uint32_t capacity;
    fa_entity *entities;
    unsigned char *values;
    uint64_t *added; /* ticks, per value: nothing is shared here */
    uint64_t *changed;
    uint32_t **pages; /* index -> place + 1 */
    uint32_t page_count;
} fai_sparse;

typedef struct fai_component {
    const fa_type *identity;
    size_t size_bytes; /* as at the first use */
    size_t align_bytes;
    fa_component_hook on_add;
    fa_component_hook on_remove;
    uint64_t name_hash;
    uint32_t id;
    fai_sparse *sparse; /* NULL: in tables */
    char name[64];
} fai_component;

typedef struct fai_archetype fai_archetype;

/* What a chunk has of a column. */
typedef struct fai_strip {
    unsigned char *cells;
    uint64_t ticks[2]; /* when one was added, or changed */
} fai_strip;

typedef struct fai_chunk {
    fai_archetype *archetype;
    fai_strip *strips;                /* per column; behind the cells */
    uint64_t born;                    /* no tick is smaller: when an entity was made here last */
    const struct fai_chunk *followed; /* whose ticks were taken over last; NULL: none, or it is gone */
    uint64_t followed_at;             /* world's tick + marks then */
    uint32_t count;
    uint32_t index; /* among the archetype's chunks */
    uint32_t row_max;
    uint32_t kind; /* 0: of 16 KiB, 1: large */
    fa_entity entities[];
} fai_chunk;

typedef struct fai_column {
    uint32_t offset[2]; /* by kind of chunk */
    uint32_t size;
    uint32_t component;
} fai_column;

struct fai_archetype {
    fai_signature signature;
    uint32_t column_count;
    uint32_t row_max[2]; /* rows of a chunk, by kind */
    uint32_t strip_offset[2];
    uint32_t tail_count; /* rows of the last chunk */
    uint32_t tail_max;   /* and how many it has room for; both 0 when there is none */
    fai_chunk *tail;     /* the last one; NULL: none */
    fai_chunk *spare;    /* empty, kept */
    fai_chunk **chunks;
    uint32_t chunk_count;
    uint32_t chunk_capacity;
    size_t chunk_bytes[2];
    size_t chunk_align;
    bool on_add; /* some column has such a hook */
    bool on_remove;
    uint8_t column_of[FA_COMPONENTS_MAX];
    fai_archetype *edges[FA_COMPONENTS_MAX]; /* with this component more, or less */
    fai_column columns[];
};

typedef struct fai_record {
    fai_chunk *chunk;
    uint32_t row;
    uint32_t generation;
} fai_record;

typedef struct fai_match {
    fai_archetype *archetype;
    uint8_t column[FA_QUERY_TERMS_MAX]; /* FAI_NO_COLUMN: none */
} fai_match;

typedef struct fai_query_term {
    const fa_type *identity;
    const fai_component *component;
    fa_access access;
} fai_query_term;

struct fa_query {
    fa_world *world;
    uint32_t term_count;
    uint32_t filter_count; /* terms ADDED or CHANGED of tables */
    uint8_t filters[FA_QUERY_TERMS_MAX];
    uint32_t sparse_count; /* terms of sparse types */
    uint8_t sparse[FA_QUERY_TERMS_MAX];
    bool one_by_one; /* a sparse term has a column or a tick */
    fai_query_term terms[FA_QUERY_TERMS_MAX];
    fai_signature with;
    fai_signature without;
    fai_match *matches;
    uint32_t match_count;
    uint32_t match_capacity;
    uint64_t last_tick; /* of the walk before, where it stands alone */
};

/* What was spawned from one place in the program, and how. */
typedef struct fai_recipe_part {
    const fa_type *type;
    const fai_component *component;
    uint32_t column;
    uint32_t size;
} fai_recipe_part;
typedef struct fai_recipe {
    bool plain; /* an archetype without hooks, no sparse part: a row is all there is to it */
    uint32_t count;
    fai_archetype *archetype; /* NULL: not known yet */
    fai_recipe_part parts[FA_PARTS_MAX];
} fai_recipe;

struct fa_world {
    fa_context *ctx;
    fa_tag tag;
    bool owned;       /* by an app */
    const char *shut; /* who keeps it from changing: a schedule's name, or NULL */
    uint32_t walks;   /* that are going on */
    const char *walk_here;
    uint32_t hooks; /* that are running */
    uint64_t tick;
    uint64_t marks; /* grows when the ticks of a chunk may have changed while `tick` has not */

    fai_record **pages; /* of records; fai_no_page where there is none */
    uint32_t page_capacity;
    uint32_t record_count; /* of all pages, those that are not there included */
    uint32_t next_page;    /* never handed out before */
    uint32_t own_next;     /* indices of the world's own page that were never handed out */
    uint32_t own_end;
    bool page_lost;  /* in this batch there was no memory to note down that a page is lost */
    uint32_t *holes; /* pages that were passed over */
    uint32_t hole_count;
    uint32_t hole_capacity;
    uint32_t entities_max;
    uint32_t free_first; /* FAI_NO_INDEX: none */
    uint32_t alive;
    uint32_t alive_peak;
    uint32_t retired;

    fai_component **components;
    uint32_t component_count;
    uint32_t component_capacity;
    fai_component *seen;   /* the one that was asked for last; NULL: none */
    fai_component **slots; /* hash by descriptor */
    uint32_t slot_count;
    fai_component *sparse[FA_COMPONENTS_MAX];
    uint32_t sparse_count;

    fai_archetype *root; /* of no component */
    fai_archetype **archetypes;
    uint32_t archetype_count;
    uint32_t archetype_capacity;
    fai_recipe recipes[FAI_RECIPES]; /* hash by call site */

    fa_query **queries;
    uint32_t query_count;
    uint32_t query_capacity;
    char name[64];
};

/* ---- entity parts -------------------------------------------------------------------------------------- */

static inline uint32_t fai_entity_index(fa_entity e)
{
    return (uint32_t)e;
}
static inline uint32_t fai_entity_generation(fa_entity e)
{
    return (uint32_t)(e >> 32);
}
static inline fa_entity fai_entity_make(uint32_t index, uint32_t generation)
{
    return (fa_entity)generation << 32 | index;
}
static inline fai_record *fai_world_record_at(const fa_world *world, uint32_t index)
{
    return &world->pages[index >> FAI_RECORD_SHIFT][index & (FAI_RECORD_PAGE - 1)];
}
/* Its record, or NULL when it is not alive. */
static inline fai_record *fai_world_record(const fa_world *world, fa_entity e)
{
    uint32_t index = fai_entity_index(e);
    if (index >= world->record_count) {
        return NULL;
    }
    fai_record *record = fai_world_record_at(world, index);
    return record->generation == fai_entity_generation(e) && record->chunk != NULL ? record : NULL;
}
static inline void *fai_chunk_cell(const fai_chunk *chunk, uint32_t column, uint32_t row)
{
    return chunk->strips[column].cells + (size_t)row * chunk->archetype->columns[column].size;
}
static inline bool fai_signature_has(const fai_signature *s, uint32_t id)
{
    return (s->words[id / 64] >> (id % 64) & 1) != 0;
}

/* Copy a value; the sizes that most components have need no call, nor a loop: two pieces that may overlap. */
static inline void fai_copy(void *to, const void *from, size_t bytes)
{
    unsigned char *t = to;
    const unsigned char *f = from;
    if (FA_LIKELY(bytes - 8 <= 8)) {
        uint64_t first;
        uint64_t last;
        memcpy(&first, f, 8);
        memcpy(&last, f + bytes - 8, 8);
        memcpy(t, &first, 8);
        memcpy(t + bytes - 8, &last, 8);
    } else if (bytes == 4) {
        memcpy(t, f, 4);
    } else if (bytes > 0) {
        memcpy(t, f, bytes);
    }
}

/* ---- world.c ------------------------------------------------------------------------------------------- */

/* Memory charged to the world's tag; contents undefined. NULL: fa_context_last_result. */
void *fai_world_alloc(fa_world *world, size_t bytes, size_t align);
void fai_world_free(fa_world *world, void *p);
/* Room for one more item. */
bool fai_world_reserve(fa_world *world, void *items, uint32_t count, uint32_t *capacity, size_t item_bytes);
fa_result fai_world_report(const fa_world *world, fa_diagnostic_code code, fa_result result, const char *here,
                           const char *earlier, const char *format, ...) FA_PRINTF(6, 7);
fa_result fai_world_why(const fa_world *world);
/* May the structure be changed now? OK, or BUSY after FA110. */
fa_result fai_world_shut_cold(const fa_world *world, const char *call, const char *here);
static inline bool fai_world_is_open(const fa_world *world)
{
    return (world->walks | world->hooks) == 0 && world->shut == NULL;
}
static inline fa_result fai_world_shut(const fa_world *world, const char *call, const char *here)
{
    return FA_LIKELY(fai_world_is_open(world)) ? FA_RESULT_OK : fai_world_shut_cold(world, call, here);
}
static inline void fai_world_count(fa_world *world, uint32_t more)
{
    world->alive += more;
    if (world->alive > world->alive_peak) {
        world->alive_peak = world->alive;
    }
}
fa_result fai_world_stale(const fa_world *world, fa_entity entity, const char *call, const char *here);
/* The world of an app: fa_world_destroy refuses it. */
fa_result fai_world_release(fa_world *world);

/* ---- component.c --------------------------------------------------------------------------------------- */

fai_component *fai_component_find(const fa_world *world, const fa_type *type);
/* Found or made. NULL: *why after FA005, or what the memory said. */
fai_component *fai_component_get(fa_world *world, const fa_type *type, const char *here, fa_result *why);
void fai_components_free(fa_world *world);
uint64_t fai_hash_bytes(uint64_t seed, const void *bytes, size_t count);

/* ---- archetype.c --------------------------------------------------------------------------------------- */

fa_result fai_archetypes_create(fa_world *world);
void fai_archetypes_free(fa_world *world);
fai_archetype *fai_archetype_make_edge(fa_world *world, fai_archetype *from, const fai_component *component);
/* With one table component more or less. NULL: no memory. */
static inline fai_archetype *fai_archetype_toggle(fa_world *world, fai_archetype *from,
                                                  const fai_component *component)
{
    fai_archetype *to = from->edges[component->id];
    return FA_LIKELY(to != NULL) ? to : fai_archetype_make_edge(world, from, component);
}
fai_chunk *fai_archetype_add_chunk(fa_world *world, fai_archetype *archetype);
/* Raise the ticks of columns that both have: an entity goes from one to the other. */
void fai_chunk_take_ticks(fa_world *world, fai_chunk *to, const fai_chunk *from);
/* The last chunk is empty: it goes. */
void fai_archetype_shrink(fa_world *world, fai_archetype *archetype);
/* A chunk with room at its end, as the tail. NULL: no memory. */
static inline fai_chunk *fai_archetype_grow(fa_world *world, fai_archetype *archetype)
{
    return FA_LIKELY(archetype->tail_count < archetype->tail_max) ? archetype->tail
                                                                  : fai_archetype_add_chunk(world, archetype);
}

/* ---- index.c ------------------------------------------------------------------------------------------- */

/* A page without memory: all generations 0, nobody alive. Never written. */
extern const fai_record fai_no_page[FAI_RECORD_PAGE];
/* The same for a page that is in use, but for which there was no memory. */
extern const fai_record fai_lost_page[FAI_RECORD_PAGE];
/* An index that is not in use, as an entity that is reserved. FA_ENTITY_NONE: FULL or no memory. */
fa_entity fai_entity_reserve(fa_world *world);
/* Ids for rows of a chunk from @p row on, and for @p out. @return How many there were. */
uint32_t fai_indices_take(fa_world *world, fai_chunk *chunk, uint32_t row, uint32_t count, fa_entity *out);
void fai_entity_unreserve(fa_world *world, fa_entity entity);
/* An index that is not in use, and its record. FA_ENTITY_NONE: a page must be made first. */
static inline fa_entity fai_index_pop(fa_world *world, fai_record **record)
{
    uint32_t index = world->free_first;
    if (FA_LIKELY(index != FAI_NO_INDEX)) {
        *record = fai_world_record_at(world, index);
        world->free_first = (*record)->row;
        return fai_entity_make(index, (*record)->generation);
    }
    if (world->own_next == world->own_end) {
        return FA_ENTITY_NONE;
    }
    index = world->own_next++;
    *record = fai_world_record_at(world, index);
    return fai_entity_make(index, 1);
}
/* Nobody stands there any more. */
static inline void fai_index_push(fa_world *world, uint32_t index, fai_record *record)
{
    record->chunk = NULL;
    record->row = world->free_first;
    world->free_first = index;
}
/* The index of an entity that is gone: free, or used up when every generation was. */
static inline void fai_index_retire(fa_world *world, uint32_t index, fai_record *record)
{
    if (FA_LIKELY(++record->generation != 0)) {
        fai_index_push(world, index, record);
        return;
    }
    record->chunk = NULL;
    world->retired++;
}

/* Ids for one system: what it hands out depends on nothing that runs beside it. First ids that were set apart
 * for it, then indices of pages of its own; the k-th page of the system at place p of n is page p + k n after
 * those that are in use, so that no two systems meet and nobody waits. Pages that are passed over cost a
 * pointer, and are used later. */
typedef struct fai_ids {
    fa_entity *set_apart;
    uint32_t count;
    uint32_t capacity;
    uint32_t taken; /* in this run */
    uint32_t taken_peak;
    uint32_t next; /* indices of its last page that were never handed out */
    uint32_t end;
    uint32_t base;   /* of this run: first page of nobody */
    uint32_t place;  /* of the system */
    uint32_t stride; /* systems */
    uint32_t pages;  /* taken in this run */
} fai_ids;
void fai_ids_begin(const fa_world *world, fai_ids *ids, uint32_t place, uint32_t stride);
/* The next one; no memory is touched but the struct's own and what was set apart. */
fa_entity fai_ids_take(fai_ids *ids);
/* Make what was taken real: for all systems that ran side by side, in their order, then once for all. */
void fai_ids_commit(fa_world *world, fai_ids *ids);
void fai_ids_commit_all(fa_world *world, uint32_t base);
void fai_ids_free(fa_world *world, fai_ids *ids);

/* ---- entity.c ------------------------------------------------------------------------------------------ */

/* Components with values, each once. */
typedef struct fai_parts {
    uint32_t count;
    const fai_component *components[FA_PARTS_MAX];
    const void *values[FA_PARTS_MAX];
} fai_parts;
/* The archetype of an entity that has these and nothing else. NULL: no memory. */
fai_archetype *fai_archetype_of(fa_world *world, const fai_parts *parts);
/* Make a reserved entity alive with these components. */
fa_result fai_entity_place(fa_world *world, fa_entity entity, const fai_parts *parts);
/* The same where the archetype is known (or NULL, there was no memory for it), and limits were looked at. */
fa_result fai_entity_settle(fa_world *world, fa_entity entity, fai_archetype *archetype,
                            const fai_parts *parts);
/* Give a living entity these components, or overwrite them. All or none. */
fa_result fai_entity_add(fa_world *world, fa_entity entity, const fai_parts *parts);
fa_result fai_entity_remove(fa_world *world, fa_entity entity, const fai_component *component);
void fai_entity_despawn(fa_world *world, fa_entity entity);
/* Call the hook of a component that an entity has got, if there is one. */
void fai_entity_tell_added(fa_world *world, const fai_component *component, fa_entity entity);
/* Where a living entity's component is; NULL: it has none. @param tick Of a write; 0: it is only read. */
void *fai_world_cell(const fa_world *world, fa_entity entity, const fa_type *type, uint64_t tick);

/* ---- sparse.c ------------------------------------------------------------------------------------------ */

fai_sparse *fai_sparse_create(fa_world *world);
void fai_sparse_free(fa_world *world, fai_sparse *sparse);
/* Its place, or FAI_NO_INDEX. */
uint32_t fai_sparse_find(const fai_sparse *sparse, fa_entity entity);
/* Places for the sparse parts that an entity has not; *made gets a bit for each, by its number. False: no
 * memory, and none was made. */
bool fai_sparse_make(fa_world *world, fa_entity entity, const fai_parts *parts, uint64_t *made);
void fai_sparse_write(const fa_world *world, const fai_component *component, fa_entity entity,
                      const void *value);
void fai_sparse_remove(const fai_component *component, fa_entity entity);

/* ---- query.c ------------------------------------------------------------------------------------------- */

/* Match one new archetype with all queries. False: no memory, and no query has it. */
bool fai_queries_meet(fa_world *world, fai_archetype *archetype);
void fai_queries_free(fa_world *world);
/* What is wrong with a list of terms, in words; NULL: nothing. */
const char *fai_query_problem(const fa_world *world, const fa_term *terms, uint32_t count);
/* A walk with ticks given. @p lock may be NULL: nothing can change meanwhile. */
fa_iter fai_query_walk(fa_query *query, uint64_t tick, uint64_t since, uint32_t *lock, const char *here);

#endif
