/* query.c - matching sets of components with terms, once each, and walking the chunks of what matches. */
#include "app/world.h"

#include <string.h>

/* ---- terms --------------------------------------------------------------------------------------------- */

static bool is_required(fa_access access)
{
    return access != FA_ACCESS_WITHOUT && access != FA_ACCESS_OPTIONAL_READ &&
           access != FA_ACCESS_OPTIONAL_WRITE;
}
static bool has_column(fa_access access)
{
    return access != FA_ACCESS_WITH && access != FA_ACCESS_WITHOUT;
}
static bool writes(fa_access access)
{
    return access == FA_ACCESS_WRITE || access == FA_ACCESS_OPTIONAL_WRITE;
}
static bool is_filter(fa_access access)
{
    return access == FA_ACCESS_ADDED || access == FA_ACCESS_CHANGED;
}

const char *fai_query_problem(const fa_world *world, const fa_term *terms, uint32_t count)
{
    (void)world;
    if (terms == NULL || count == 0 || count > FA_QUERY_TERMS_MAX) {
        return "has no terms, or too many";
    }
    for (uint32_t i = 0; i < count; i++) {
        if (terms[i].type == NULL || (unsigned)terms[i].access >= FA_ACCESS_COUNT) {
            return "has a term without a type, or with an access that is not one of the enum";
        }
        for (uint32_t j = 0; j < i; j++) {
            if (terms[j].type == terms[i].type && !is_filter(terms[i].access) &&
                !is_filter(terms[j].access)) {
                return "names a type twice";
            }
        }
    }
    return NULL;
}

static void add_term(fa_query *q, uint32_t index, const fai_component *c, fa_access access)
{
    q->terms[index] = (fai_query_term){.identity = c->identity, .component = c, .access = access};
    if (c->sparse != NULL) {
        q->sparse[q->sparse_count++] = (uint8_t)index;
        q->one_by_one = q->one_by_one || has_column(access);
        return;
    }
    if (is_filter(access)) {
        q->filters[q->filter_count++] = (uint8_t)index;
    }
    uint64_t bit = UINT64_C(1) << (c->id % 64);
    if (is_required(access)) {
        q->with.words[c->id / 64] |= bit;
    } else if (access == FA_ACCESS_WITHOUT) {
        q->without.words[c->id / 64] |= bit;
    }
}

/* ---- matching ------------------------------------------------------------------------------------------ */

static bool fits(const fa_query *q, const fai_archetype *a)
{
    for (uint32_t i = 0; i < FAI_SIGNATURE_WORDS; i++) {
        if ((a->signature.words[i] & q->with.words[i]) != q->with.words[i] ||
            (a->signature.words[i] & q->without.words[i]) != 0) {
            return false;
        }
    }
    return true;
}

static bool meet(fa_query *q, fai_archetype *a)
{
    if (!fits(q, a)) {
        return true;
    }
    if (!fai_world_reserve(q->world, &q->matches, q->match_count, &q->match_capacity, sizeof *q->matches)) {
        return false;
    }
    fai_match *match = &q->matches[q->match_count++];
    match->archetype = a;
    memset(match->column, (int)FAI_NO_COLUMN, sizeof match->column);
    for (uint32_t i = 0; i < q->term_count; i++) {
        const fai_component *c = q->terms[i].component;
        match->column[i] = c->sparse == NULL ? a->column_of[c->id] : (uint8_t)FAI_NO_COLUMN;
    }
    return true;
}

bool fai_queries_meet(fa_world *world, fai_archetype *archetype)
{
    for (uint32_t i = 0; i < world->query_count; i++) {
        if (!meet(world->queries[i], archetype)) {
            while (i-- > 0) {
                fa_query *q = world->queries[i];
                q->match_count -= q->match_count > 0 && q->matches[q->match_count - 1].archetype == archetype;
            }
            return false;
        }
    }
    return true;
}

/* ---- life ---------------------------------------------------------------------------------------------- */

fa_result fai_query_create(fa_world *world, const fa_term *terms, uint32_t count, fa_query **out,
                           const char *here)
{
    *out = NULL;
    const char *problem = fai_query_problem(world, terms, count);
    if (problem != NULL) {
        return fai_world_report(world, FA_CODE_FA005, FA_RESULT_INVALID_ARGUMENT, here, NULL,
                                "fa_query_create: the query %s", problem);
    }
    fa_query *q = NULL;
    if (!fai_world_reserve(world, &world->queries, world->query_count, &world->query_capacity,
                           sizeof(fa_query *)) ||
        (q = fai_world_alloc(world, sizeof *q, 0)) == NULL) {
        return fai_world_why(world);
    }
    memset(q, 0, sizeof *q);
    q->world = world;
    q->term_count = count;
    fa_result result = FA_RESULT_OK;
    for (uint32_t i = 0; i < count && result == FA_RESULT_OK; i++) {
        const fai_component *c = fai_component_get(world, terms[i].type, here, &result);
        if (c != NULL) {
            add_term(q, i, c, terms[i].access);
        }
    }
    for (uint32_t i = 0; i < world->archetype_count && result == FA_RESULT_OK; i++) {
        result = meet(q, world->archetypes[i]) ? FA_RESULT_OK : fai_world_why(world);
    }
    if (result != FA_RESULT_OK) {
        fai_world_free(world, q->matches);
        fai_world_free(world, q);
        return result;
    }
    world->queries[world->query_count++] = q;
    *out = q;
    return FA_RESULT_OK;
}

void fa_query_destroy(fa_query *query)
{
    if (query == NULL) {
        return;
    }
    fa_world *world = query->world;
    for (uint32_t i = 0; i < world->query_count; i++) {
        if (world->queries[i] == query) {
            world->queries[i] = world->queries[--world->query_count];
        }
    }
    fai_world_free(world, query->matches);
    fai_world_free(world, query);
}

void fai_queries_free(fa_world *world)
{
    while (world->query_count > 0) {
        fa_query_destroy(world->queries[world->query_count - 1]);
    }
    fai_world_free(world, world->queries);
}

/* ---- walking ------------------------------------------------------------------------------------------- */

fa_iter fai_query_walk(fa_query *query, uint64_t tick, uint64_t since, uint32_t *lock, const char *here)
{
    fa_iter it = {.query = query,
                  .here = here,
                  .lock = lock,
                  .tick = tick,
                  .since = since,
                  .last_match = UINT32_MAX,
                  .last_chunk = UINT32_MAX};
    if (lock != NULL) {
        ++*lock;
        query->world->marks++; /* more may change at the same tick, once the walk has ended */
    }
    return it;
}

fa_iter fai_query_iter(fa_query *query, const char *here)
{
    fa_world *world = query->world;
    uint64_t since = query->last_tick;
    query->last_tick = ++world->tick;
    world->walk_here = here;
    return fai_query_walk(query, world->tick, since, &world->walks, here);
}

void fa_iter_end(fa_iter *it)
{
    if (it->lock != NULL) {
        --*it->lock;
        it->lock = NULL;
    }
    it->query = NULL;
}

static bool is_fresh(const fa_iter *it, const fai_match *match, const fai_chunk *chunk)
{
    const fa_query *q = it->query;
    for (uint32_t i = 0; i < q->filter_count; i++) {
        uint32_t term = q->filters[i];
        uint32_t column = match->column[term];
        bool added = q->terms[term].access == FA_ACCESS_ADDED;
        if (chunk->strips[column].ticks[added ? 0 : 1] <= it->since) {
            return false;
        }
    }
    return true;
}

/* Does an entity pass the sparse terms? */
static bool passes(const fa_iter *it, fa_entity entity)
{
    const fa_query *q = it->query;
    for (uint32_t i = 0; i < q->sparse_count; i++) {
        const fai_query_term *term = &q->terms[q->sparse[i]];
        const fai_sparse *set = term->component->sparse;
        uint32_t at = fai_sparse_find(set, entity);
        bool there = at != FAI_NO_INDEX;
        if ((is_required(term->access) && !there) || (term->access == FA_ACCESS_WITHOUT && there) ||
            (term->access == FA_ACCESS_ADDED && set->added[at] <= it->since) ||
            (term->access == FA_ACCESS_CHANGED && set->changed[at] <= it->since)) {
            return false;
        }
    }
    return true;
}

static void show_sparse(fa_iter *it, fa_entity entity)
{
    const fa_query *q = it->query;
    for (uint32_t i = 0; i < q->sparse_count; i++) {
        const fai_query_term *term = &q->terms[q->sparse[i]];
        const fai_component *c = term->component;
        uint32_t at = has_column(term->access) ? fai_sparse_find(c->sparse, entity) : FAI_NO_INDEX;
        bool shown = at != FAI_NO_INDEX && c->size_bytes > 0;
        it->col[q->sparse[i]] = shown ? c->sparse->values + at * c->size_bytes : NULL;
        if (at != FAI_NO_INDEX && writes(term->access)) {
            c->sparse->changed[at] = it->tick;
        }
    }
}

static void show(fa_iter *it, const fai_match *match, fai_chunk *chunk, uint32_t row, uint32_t count)
{
    const fa_query *q = it->query;
    const fai_archetype *a = match->archetype;
    it->count = count;
    it->entities = chunk->entities + row;
    for (uint32_t i = 0; i < q->term_count; i++) {
        uint32_t index = match->column[i];
        fa_access access = q->terms[i].access;
        bool shown = index != FAI_NO_COLUMN && has_column(access);
        it->col[i] = shown && a->columns[index].size > 0 ? fai_chunk_cell(chunk, index, row) : NULL;
        if (shown && writes(access)) {
            chunk->strips[index].ticks[1] = it->tick;
        }
    }
    if (q->one_by_one) {
        show_sparse(it, it->entities[0]);
    }
}

/* The next run of rows that pass the sparse terms, from it->row on. */
static bool next_run(fa_iter *it, const fai_match *match, fai_chunk *chunk)
{
    const fa_entity *entities = chunk->entities;
    uint32_t row = it->row;
    while (row < chunk->count && !passes(it, entities[row])) {
        row++;
    }
    if (row == chunk->count) {
        return false;
    }
    uint32_t end = row + 1;
    while (!it->query->one_by_one && end < chunk->count && passes(it, entities[end])) {
        end++;
    }
    it->row = end;
    show(it, match, chunk, row, end - row);
    return true;
}

/* The smallest sparse set that entities must be in; NULL: none. */
static const fai_sparse *leader(const fa_query *q)
{
    const fai_sparse *best = NULL;
    for (uint32_t i = 0; i < q->sparse_count; i++) {
        const fai_query_term *term = &q->terms[q->sparse[i]];
        const fai_sparse *set = term->component->sparse;
        if (is_required(term->access) && (best == NULL || set->count < best->count)) {
            best = set;
        }
    }
    return best;
}

/* Along a sparse set, one by one. */
static bool next_of_sparse(fa_iter *it, const fai_sparse *set)
{
    const fa_query *q = it->query;
    while (it->row < set->count) {
        fa_entity entity = set->entities[it->row++];
        const fai_record *record = fai_world_record(q->world, entity);
        for (uint32_t i = 0; i < q->match_count; i++) {
            const fai_match *match = &q->matches[i];
            if (match->archetype == record->chunk->archetype) {
                if (is_fresh(it, match, record->chunk) && passes(it, entity)) {
                    show(it, match, record->chunk, record->row, 1);
                    return true;
                }
                break;
            }
        }
    }
    return false;
}

#if defined(__GNUC__)
#define PREFETCH(p, write) __builtin_prefetch((p), (write))
#else
#define PREFETCH(p, write) ((void)(p))
#endif
#define AHEAD_BYTES 512u

/* What the walk is going to ask for first when it comes to a chunk: the processor follows an array only once
 * it has seen it begin, and each beginning would be waited for. Nothing of the chunk is read: where its
 * columns are follows from its kind. */
static void look_ahead(const fa_query *q, const fai_match *match, uint32_t index)
{
    const fai_archetype *a = match->archetype;
    const unsigned char *chunk = (const unsigned char *)a->chunks[index];
    uint32_t kind = index >= FAI_SMALL_CHUNKS;
    PREFETCH(chunk, 1);
    PREFETCH(chunk + a->strip_offset[kind], 1);
    for (uint32_t i = 0; i < q->term_count; i++) {
        if (match->column[i] == FAI_NO_COLUMN || !has_column(q->terms[i].access)) {
            continue;
        }
        const unsigned char *cells = chunk + a->columns[match->column[i]].offset[kind];
        for (uint32_t at = 0; at < AHEAD_BYTES; at += 64) {
            PREFETCH(cells + at, 0);
        }
    }
}

static bool next_of_chunks(fa_iter *it)
{
    const fa_query *q = it->query;
    for (; it->match < q->match_count && it->match <= it->last_match; it->match++, it->chunk = 0) {
        const fai_match *match = &q->matches[it->match];
        uint32_t count = match->archetype->chunk_count;
        if (it->match == it->last_match && it->last_chunk < count) {
            count = it->last_chunk;
        }
        while (it->chunk < count) {
            fai_chunk *chunk = match->archetype->chunks[it->chunk];
            bool fresh = q->filter_count == 0 || is_fresh(it, match, chunk);
            if (fresh && q->sparse_count == 0) {
                it->chunk++;
                if (it->chunk < count) {
                    look_ahead(q, match, it->chunk);
                }
                show(it, match, chunk, 0, chunk->count);
                return true;
            }
            if (fresh && next_run(it, match, chunk)) {
                return true;
            }
            it->chunk++;
            it->row = 0;
        }
    }
    return false;
}

bool fa_next(fa_iter *it)
{
    const fa_query *q = it->query;
    if (q == NULL) {
        return false;
    }
    const fai_sparse *set = q->sparse_count > 0 ? leader(q) : NULL;
    if (set != NULL ? next_of_sparse(it, set) : next_of_chunks(it)) {
        return true;
    }
    it->count = 0;
    fa_iter_end(it);
    return false;
}

uint32_t fa_query_count(const fa_query *query)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < query->match_count; i++) {
        const fai_archetype *a = query->matches[i].archetype;
        for (uint32_t j = 0; j < a->chunk_count; j++) {
            if (query->sparse_count == 0) {
                count += a->chunks[j]->count;
                continue;
            }
            fa_iter it = {.query = (fa_query *)(uintptr_t)query}; /* looks, and shows nothing */
            for (uint32_t row = 0; row < a->chunks[j]->count; row++) {
                count += passes(&it, a->chunks[j]->entities[row]);
            }
        }
    }
    return count;
}
