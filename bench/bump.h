/* bump.h - the loops of everything that bumps: frames, arenas, two threads with frames. One template per
 * shape of work; the subject's operations are constants that the compiler folds into it. */
#ifndef FA_BENCH_BUMP_H
#define FA_BENCH_BUMP_H

#include <string.h>

#include "bench.h"
#include "limit.h"
#include "peers.h"
#include "work.h"

/// How a subject does a frame. `state` is what it works on: fa_context, limit_arena, bench_peer_work.
typedef struct bump_ops {
    void (*begin)(void *state);
    void *(*alloc)(void *state, size_t size_bytes, size_t align_bytes);
    void (*end)(void *state);
} bump_ops;

typedef enum bump_touch {
    BUMP_LEAVE, ///< only the pointer is looked at
    BUMP_WORD,  ///< the object's first word is written
    BUMP_ALL    ///< the whole object is written
} bump_touch;

BENCH_INLINE bool bump_objects(const bump_ops *ops, void *state, size_t count, size_t size_bytes,
                               bump_touch touch)
{
    for (size_t i = 0; i < count; i++) {
        void *p = ops->alloc(state, size_bytes, 16);
        if (p == NULL) {
            return false;
        }
        if (touch == BUMP_WORD) {
            *(uint64_t *)p = i;
        } else if (touch == BUMP_ALL) {
            memset(p, 1, size_bytes);
        }
        bench_escape(p);
    }
    return true;
}

/// A frame of `count` objects of one size.
BENCH_INLINE bool bump_same(const bump_ops *ops, void *state, uint64_t rounds, size_t count,
                            size_t size_bytes, bump_touch touch)
{
    for (uint64_t r = 0; r < rounds; r++) {
        ops->begin(state);
        if (!bump_objects(ops, state, count, size_bytes, touch)) {
            return false;
        }
        ops->end(state);
    }
    return true;
}

/* ---- framealloc's frame ----------------------------------------------------------------------------- */

BENCH_INLINE void bump_sdk_begin(void *state)
{
    (void)fa_frame_begin((fa_context *)state);
}
BENCH_INLINE void *bump_sdk_alloc(void *state, size_t size_bytes, size_t align_bytes)
{
    return fa_frame_alloc((fa_context *)state, size_bytes, align_bytes);
}
BENCH_INLINE void bump_sdk_end(void *state)
{
    (void)fa_frame_end((fa_context *)state);
}
static const bump_ops bump_sdk = {bump_sdk_begin, bump_sdk_alloc, bump_sdk_end};

/* ---- the floors ------------------------------------------------------------------------------------- */

BENCH_INLINE void bump_limit_begin(void *state)
{
    limit_arena_reset((limit_arena *)state);
}
BENCH_INLINE void *bump_limit_alloc(void *state, size_t size_bytes, size_t align_bytes)
{
    return limit_arena_alloc((limit_arena *)state, size_bytes, align_bytes);
}
BENCH_INLINE void bump_limit_end(void *state)
{
    (void)state;
}
static const bump_ops bump_limit = {bump_limit_begin, bump_limit_alloc, bump_limit_end};

BENCH_INLINE void bump_rounding_begin(void *state)
{
    limit_rounding_reset((limit_arena *)state);
}
BENCH_INLINE void *bump_rounding_alloc(void *state, size_t size_bytes, size_t align_bytes)
{
    (void)align_bytes; /* at most 16 in every case that uses this */
    return limit_rounding_alloc((limit_arena *)state, size_bytes);
}
static const bump_ops bump_rounding = {bump_rounding_begin, bump_rounding_alloc, bump_limit_end};

#endif
