/* bench_pool.c - size classes: objects of any size, freed one by one, with all checks that the SDK makes in a
 * release build. The floor is a table of free lists and a class at the start of each page: no check of any
 * kind. */
#include "bench.h"
#include "limit.h"
#include "objects.h"

static const size_t arena_bytes = (size_t)32 << 20;

BENCH_INLINE void *sdk_alloc(void *ctx, size_t size_bytes)
{
    return fa_pool_alloc((fa_context *)ctx, size_bytes, 0);
}
BENCH_INLINE void sdk_free(void *ctx, void *p)
{
    (void)fa_pool_free((fa_context *)ctx, p);
}
static const object_ops sdk_ops = {sdk_alloc, sdk_free};

BENCH_INLINE void *floor_alloc(void *classes, size_t size_bytes)
{
    return limit_classes_alloc((limit_classes *)classes, size_bytes);
}
BENCH_INLINE void floor_free(void *classes, void *p)
{
    limit_classes_free((limit_classes *)classes, p);
}
static const object_ops floor_ops = {floor_alloc, floor_free};

/* Three functions per shape: one for each kind of subject. `call` is the template with `ops` and `state` in
 * it. */
#define FOR_ALL_SUBJECTS(shape, call)                          \
    static bool shape##_framealloc(void *sdk, uint64_t rounds) \
    {                                                          \
        const object_ops *ops = &sdk_ops;                      \
        void *state = ((work_sdk *)sdk)->ctx;                  \
        return call;                                           \
    }                                                          \
    static bool shape##_limit(void *state, uint64_t rounds)    \
    {                                                          \
        const object_ops *ops = &floor_ops;                    \
        return call;                                           \
    }                                                          \
    static bool shape##_peer(void *state, uint64_t rounds)     \
    {                                                          \
        const object_ops *ops = &objects_peer;                 \
        return call;                                           \
    }

FOR_ALL_SUBJECTS(pair, objects_stack(ops, state, rounds, 64, 1))
FOR_ALL_SUBJECTS(depth8, objects_stack(ops, state, rounds, 64, 8))
FOR_ALL_SUBJECTS(random, objects_random(ops, state, rounds, 64))
FOR_ALL_SUBJECTS(mixed, objects_mixed(ops, state, rounds))

#define SUBJECTS(shape)                                                                             \
    {                                                                                               \
        {"framealloc", work_sdk_create, shape##_framealloc, NULL, work_sdk_destroy, NULL},          \
        {                                                                                           \
            "limit", limit_classes_create, shape##_limit, NULL, limit_classes_destroy, &arena_bytes \
        }                                                                                           \
    }

static const bench_case cases[] = {
    {"pool_class_pair",
     "64 B from a size class taken and freed, one at a time",
     "ns",
     WORK_COUNT,
     {BENCH_BEST_PEER, 0.7, NULL},
     SUBJECTS(pair),
     pair_peer},
    {"pool_class_depth8",
     "64 B from a size class: eight taken, eight freed, last first",
     "ns",
     WORK_COUNT,
     {BENCH_NOT_JUDGED, 0, NULL},
     SUBJECTS(depth8),
     depth8_peer},
    {"pool_class_random",
     "64 B from a size class: 1000 taken, freed in random order",
     "ns",
     WORK_COUNT,
     {BENCH_BEST_PEER, 0.95, NULL},
     SUBJECTS(random),
     random_peer},
    {"pool_mixed_sizes",
     "1000 objects of 16..1024 B live, each replaced by another size in random order",
     "ns",
     WORK_COUNT,
     {BENCH_NOT_JUDGED, 0, NULL},
     SUBJECTS(mixed),
     mixed_peer},
};

const bench_suite bench_suite_pool = BENCH_SUITE(cases);
