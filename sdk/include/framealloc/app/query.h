/* query.h - which entities have these components, and their components as plain arrays.
 *
 * A query is matched once against each set of components and remembers the result. Iterating it gives chunk
 * after chunk: a number of entities, and per term an array of so many values.
 *
 *     static const fa_term terms[] = {FA_W(Pos), FA_R(Vel)};
 *     fa_query *q;  fa_query_create(world, terms, 2, &q);
 *     FA_QUERY_EACH(q, it) {
 *         Pos *p = FA_COL(it, Pos, 0);
 *         const Vel *v = FA_COL(it, Vel, 1);
 *         for (uint32_t i = 0; i < it.count; i++) { p[i].x += v[i].x; }
 *     }
 *
 * Systems have queries in their desc and iterate them with FA_EACH(s, index, it): sys.h.
 *
 * FA_CHANGED and FA_ADDED look at chunks: the chunk is left out when nothing in it was written, or added,
 * since this query (this system) ran last. A chunk counts as written when it is handed out for a term that
 * writes. Where a term is of a sparse type and has a column, entities come one by one.
 *
 * The order of entities is that of their changes; it is the same in every run that makes the same changes. */
#ifndef FRAMEALLOC_APP_QUERY_H
#define FRAMEALLOC_APP_QUERY_H

#include "framealloc/app/access.h"
#include "framealloc/app/world.h"

FA_EXTERN_C_BEGIN

/// Terms of one query at most.
#define FA_QUERY_TERMS_MAX 12

typedef struct fa_query fa_query;

/// A walk over a query: what is in the first three fields is good until the next fa_next.
typedef struct fa_iter {
    uint32_t count;                ///< entities in this piece; at least 1
    const fa_entity *entities;     ///< their ids
    void *col[FA_QUERY_TERMS_MAX]; ///< by term; NULL: a filter, a tag, or an optional one that is not there

    /* private */
    fa_query *query;
    const char *here;
    uint32_t *lock; ///< counts walks that forbid changes
    uint64_t tick;
    uint64_t since;
    uint32_t match;
    uint32_t chunk;
    uint32_t row;
    uint32_t last_match; ///< where a part of a walk ends
    uint32_t last_chunk;
} fa_iter;

/// @param terms Copied; types once each. @param count 1 to FA_QUERY_TERMS_MAX.
/// @return OK; INVALID_ARGUMENT with FA005; FULL (FA_COMPONENTS_MAX); OUT_OF_MEMORY. On failure @p out is
/// NULL. The query lives until it or its world is destroyed.
/// [owner-thread]
FA_API fa_result fai_query_create(fa_world *world, const fa_term *terms, uint32_t count, fa_query **out,
                                  const char *here);
#define fa_query_create(world, terms, count, out) fai_query_create((world), (terms), (count), (out), FA_HERE)
/// NULL is fine. [owner-thread]
FA_API void fa_query_destroy(fa_query *query);

/// Begin to walk. Until the walk has ended (fa_next said false, or fa_iter_end), the world refuses changes
/// of which components entities have. [owner-thread]
FA_API fa_iter fai_query_iter(fa_query *query, const char *here);
#define fa_query_iter(query) fai_query_iter((query), FA_HERE)
/// To the next piece. @return False: that was all; the walk has ended. [owner-thread]
FA_API bool fa_next(fa_iter *it);
/// End a walk early. Ending twice does no harm. [owner-thread]
FA_API void fa_iter_end(fa_iter *it);

/// Entities that match, without walking them; filters by change do not count. [owner-thread]
FA_API uint32_t fa_query_count(const fa_query *query);

/// The array of term @p index as T.
#define FA_COL(it, T, index) ((T *)(it).col[index])

#if FA_HAS_CLEANUP
#define FAI_ENDS_ITER FA_CLEANUP(fa_iter_end)
#else
#define FAI_ENDS_ITER
#endif
/// Loop over a query; break and return end the walk (without the cleanup attribute: call fa_iter_end).
#define FA_QUERY_EACH(query, it) \
    for (fa_iter it FAI_ENDS_ITER = fai_query_iter((query), FA_HERE); fa_next(&it);)

FA_EXTERN_C_END

#endif
