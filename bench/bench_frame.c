/* bench_frame.c - frame memory: the fast path, with and without writing, the boundary, and two frames as
 * games have them. On a malloc the same work is: take the objects, keep the pointers, free each when the
 * frame ends. */
#include <stdlib.h>

#include "bench.h"
#include "bump.h"

static const size_t arena_bytes = (size_t)16 << 20;

/* ---- frames on a malloc ----------------------------------------------------------------------------- */

BENCH_INLINE void peer_begin(void *state)
{
    ((bench_peer_work *)state)->count = 0;
}
BENCH_INLINE void *peer_alloc(void *state, size_t size_bytes, size_t align_bytes)
{
    bench_peer_work *work = state;
    void *p =
        align_bytes <= 16 ? work->peer.alloc(size_bytes) : work->peer.alloc_aligned(align_bytes, size_bytes);
    work->blocks[work->count++] = p;
    return p;
}
BENCH_INLINE void peer_end(void *state)
{
    bench_peer_work *work = state;
    for (size_t i = 0; i < work->count; i++) {
        work->peer.release(work->blocks[i]);
    }
}
static const bump_ops peer_ops = {peer_begin, peer_alloc, peer_end};

/* ---- shapes of work --------------------------------------------------------------------------------- */

/* Three functions per shape: one for each kind of subject. `call` is the template with `ops` and `state` in
 * it. */
#define FOR_ALL_SUBJECTS(shape, call)                          \
    static bool shape##_framealloc(void *sdk, uint64_t rounds) \
    {                                                          \
        const bump_ops *ops = &bump_sdk;                       \
        void *state = ((work_sdk *)sdk)->ctx;                  \
        return call;                                           \
    }                                                          \
    static bool shape##_limit(void *state, uint64_t rounds)    \
    {                                                          \
        const bump_ops *ops = &bump_limit;                     \
        return call;                                           \
    }                                                          \
    static bool shape##_peer(void *state, uint64_t rounds)     \
    {                                                          \
        const bump_ops *ops = &peer_ops;                       \
        return call;                                           \
    }

/* The arena that rounds sizes up, where the work allows it. */
#define FOR_ROUNDING(shape, call)                              \
    static bool shape##_rounding(void *state, uint64_t rounds) \
    {                                                          \
        const bump_ops *ops = &bump_rounding;                  \
        return call;                                           \
    }

FOR_ALL_SUBJECTS(frame_64, bump_same(ops, state, rounds, WORK_COUNT, 64, BUMP_LEAVE))
FOR_ROUNDING(frame_64, bump_same(ops, state, rounds, WORK_COUNT, 64, BUMP_LEAVE))
FOR_ALL_SUBJECTS(frame_touch_64, bump_same(ops, state, rounds, WORK_COUNT, 64, BUMP_ALL))
FOR_ROUNDING(frame_touch_64, bump_same(ops, state, rounds, WORK_COUNT, 64, BUMP_ALL))
FOR_ALL_SUBJECTS(frame_particles, bump_same(ops, state, rounds, 50000, 48, BUMP_WORD))
FOR_ROUNDING(frame_particles, bump_same(ops, state, rounds, 50000, 48, BUMP_WORD))

BENCH_INLINE bool physics(const bump_ops *ops, void *state, uint64_t rounds)
{
    for (uint64_t r = 0; r < rounds; r++) {
        ops->begin(state);
        if (!bump_objects(ops, state, 500, 96, BUMP_WORD) || !bump_objects(ops, state, 100, 256, BUMP_WORD) ||
            !bump_objects(ops, state, 200, 64, BUMP_WORD)) {
            return false;
        }
        ops->end(state);
    }
    return true;
}
FOR_ALL_SUBJECTS(frame_physics, physics(ops, state, rounds))
FOR_ROUNDING(frame_physics, physics(ops, state, rounds))

/* What a frame of a game is made of: types of all sizes, each known to the compiler, with nothing in common.
 */
BENCH_INLINE bool types(const bump_ops *ops, void *state, uint64_t rounds)
{
#define TAKE(size_bytes, align_bytes)                             \
    do {                                                          \
        void *taken = ops->alloc(state, size_bytes, align_bytes); \
        if (taken == NULL) {                                      \
            return false;                                         \
        }                                                         \
        bench_escape(taken);                                      \
    } while (0)
    for (uint64_t r = 0; r < rounds; r++) {
        ops->begin(state);
        for (size_t i = 0; i < WORK_COUNT / 8; i++) {
            TAKE(12, 4);
            TAKE(24, 8);
            TAKE(16, 16);
            TAKE(40, 8);
            TAKE(64, 16);
            TAKE(4, 4);
            TAKE(32, 16);
            TAKE(20, 4);
        }
        ops->end(state);
    }
#undef TAKE
    return true;
}
FOR_ALL_SUBJECTS(frame_types, types(ops, state, rounds))
FOR_ROUNDING(frame_types, types(ops, state, rounds))

/* Sizes and alignments come from a table, so that neither is known to the compiler. */
BENCH_INLINE bool mixed(const bump_ops *ops, void *state, uint64_t rounds)
{
    work_request requests[WORK_COUNT];
    work_fill_requests(requests, WORK_COUNT, 16, 256);
    for (uint64_t r = 0; r < rounds; r++) {
        ops->begin(state);
        for (size_t i = 0; i < WORK_COUNT; i++) {
            void *p = ops->alloc(state, requests[i].size_bytes, requests[i].align_bytes);
            if (p == NULL) {
                return false;
            }
            bench_escape(p);
        }
        ops->end(state);
    }
    return true;
}
FOR_ALL_SUBJECTS(frame_mixed, mixed(ops, state, rounds))

/* ---- the boundary ----------------------------------------------------------------------------------- */

static bool boundary_framealloc(void *state, uint64_t rounds)
{
    fa_context *ctx = ((work_sdk *)state)->ctx;
    uint64_t before = fa_frame_index(ctx);
    for (uint64_t r = 0; r < rounds; r++) {
        (void)fa_frame_begin(ctx);
        bench_escape(ctx);
        (void)fa_frame_end(ctx);
        bench_escape(ctx);
    }
    return fa_frame_index(ctx) - before == rounds;
}

static bool boundary_limit(void *state, uint64_t rounds)
{
    for (uint64_t r = 0; r < rounds; r++) {
        limit_frame_begin(state);
        bench_escape(state);
        limit_frame_end(state);
        bench_escape(state);
    }
    return true;
}

/* ---- table ------------------------------------------------------------------------------------------ */

#define SUBJECTS(shape)                                                                         \
    {                                                                                           \
        {"framealloc", work_sdk_create, shape##_framealloc, NULL, work_sdk_destroy, NULL},      \
        {                                                                                       \
            "limit", limit_arena_create, shape##_limit, NULL, limit_arena_destroy, &arena_bytes \
        }                                                                                       \
    }

#define SUBJECTS_ROUNDING(shape)                                                                      \
    {                                                                                                 \
        {"framealloc", work_sdk_create, shape##_framealloc, NULL, work_sdk_destroy, NULL},            \
            {"limit", limit_arena_create, shape##_limit, NULL, limit_arena_destroy, &arena_bytes},    \
        {                                                                                             \
            "rounding", limit_arena_create, shape##_rounding, NULL, limit_arena_destroy, &arena_bytes \
        }                                                                                             \
    }

static const bench_case cases[] = {
    {"frame_64",
     "a frame of 1000 x 64 B",
     "ns",
     WORK_COUNT,
     {BENCH_SUBJECT, 1.05, "limit"},
     SUBJECTS_ROUNDING(frame_64),
     frame_64_peer},
    {"frame_mixed",
     "a frame of 1000 x 16..256 B, sizes and alignments known only at run time",
     "ns",
     WORK_COUNT,
     {BENCH_SUBJECT, 1.25, "limit"},
     SUBJECTS(frame_mixed),
     frame_mixed_peer},
    {"frame_types",
     "a frame of 1000 objects of eight types, 4..64 B, aligned to 4, 8 and 16",
     "ns",
     WORK_COUNT,
     {BENCH_NOT_JUDGED, 0, NULL},
     SUBJECTS_ROUNDING(frame_types),
     frame_types_peer},
    {"frame_touch_64",
     "a frame of 1000 x 64 B, each written in full",
     "ns",
     WORK_COUNT,
     {BENCH_SUBJECT, 1.05, "limit"},
     SUBJECTS_ROUNDING(frame_touch_64),
     frame_touch_64_peer},
    {"boundary",
     "frame begin and end, nothing in between",
     "ns",
     1,
     {BENCH_SUBJECT, 2.0, "limit"},
     SUBJECTS(boundary),
     NULL},
    {"frame_physics",
     "a frame of 500 x 96, 100 x 256, 200 x 64 B, first word written",
     "us",
     1,
     {BENCH_SUBJECT, 1.05, "limit"},
     SUBJECTS_ROUNDING(frame_physics),
     frame_physics_peer},
    {"frame_particles",
     "a frame of 50,000 x 48 B, first word written",
     "us",
     1,
     {BENCH_SUBJECT, 1.05, "limit"},
     SUBJECTS_ROUNDING(frame_particles),
     frame_particles_peer},
};

const bench_suite bench_suite_frame = BENCH_SUITE(cases);
