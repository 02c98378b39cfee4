/* bench_typed_pool.c - pools of one type, against an intrusive free list without checks. */
#include <stdlib.h>

#include "bench.h"
#include "limit.h"
#include "objects.h"

typedef struct thing {
    uint64_t words[8];
} thing;

typedef struct typed_work {
    work_sdk *sdk;
    fa_typed_pool *pool;
} typed_work;

static void typed_work_destroy(void *state)
{
    typed_work *work = state;
    (void)fa_typed_pool_destroy(work->pool);
    work_sdk_destroy(work->sdk);
    free(work);
}

static void *typed_work_create(const void *unused)
{
    typed_work *work = calloc(1, sizeof(*work));
    work_sdk *sdk = work_sdk_create(unused);
    if (work == NULL || sdk == NULL || FA_TYPED_POOL_CREATE(sdk->ctx, thing, &work->pool) != FA_RESULT_OK) {
        free(work);
        if (sdk != NULL) {
            work_sdk_destroy(sdk);
        }
        return NULL;
    }
    work->sdk = sdk;
    return work;
}

static void floor_destroy(void *state)
{
    limit_pool *pool = state;
    limit_arena_destroy(pool->arena);
    free(pool);
}

static void *floor_create(const void *unused)
{
    (void)unused;
    const size_t bytes = (size_t)2 << 20;
    limit_pool *pool = calloc(1, sizeof(*pool));
    limit_arena *arena = limit_arena_create(&bytes);
    if (pool == NULL || arena == NULL) {
        free(pool);
        if (arena != NULL) {
            limit_arena_destroy(arena);
        }
        return NULL;
    }
    pool->arena = arena;
    for (size_t i = 0; i < WORK_COUNT; i++) {
        limit_pool_free(pool, limit_arena_alloc(arena, sizeof(thing), _Alignof(thing)));
    }
    return pool;
}

BENCH_INLINE void *sdk_alloc(void *pool, size_t size_bytes)
{
    (void)size_bytes;
    return FA_TYPED_POOL_NEW((fa_typed_pool *)pool, thing);
}
BENCH_INLINE void sdk_free(void *pool, void *p)
{
    (void)fa_typed_pool_free((fa_typed_pool *)pool, p);
}
static const object_ops sdk_ops = {sdk_alloc, sdk_free};

BENCH_INLINE void *floor_alloc(void *pool, size_t size_bytes)
{
    (void)size_bytes;
    return limit_pool_alloc((limit_pool *)pool);
}
BENCH_INLINE void floor_free(void *pool, void *p)
{
    limit_pool_free((limit_pool *)pool, p);
}
static const object_ops floor_ops = {floor_alloc, floor_free};

/* Three functions per shape: one for each kind of subject. `call` is the template with `ops` and `state` in
 * it. */
#define FOR_ALL_SUBJECTS(shape, call)                            \
    static bool shape##_framealloc(void *typed, uint64_t rounds) \
    {                                                            \
        const object_ops *ops = &sdk_ops;                        \
        void *state = ((typed_work *)typed)->pool;               \
        return call;                                             \
    }                                                            \
    static bool shape##_limit(void *state, uint64_t rounds)      \
    {                                                            \
        const object_ops *ops = &floor_ops;                      \
        return call;                                             \
    }                                                            \
    static bool shape##_peer(void *state, uint64_t rounds)       \
    {                                                            \
        const object_ops *ops = &objects_peer;                   \
        return call;                                             \
    }

FOR_ALL_SUBJECTS(pair, objects_stack(ops, state, rounds, sizeof(thing), 1))
FOR_ALL_SUBJECTS(depth8, objects_stack(ops, state, rounds, sizeof(thing), 8))
FOR_ALL_SUBJECTS(random, objects_random(ops, state, rounds, sizeof(thing)))

#define SUBJECTS(shape)                                                                        \
    {                                                                                          \
        {"framealloc", typed_work_create, shape##_framealloc, NULL, typed_work_destroy, NULL}, \
        {                                                                                      \
            "limit", floor_create, shape##_limit, NULL, floor_destroy, NULL                    \
        }                                                                                      \
    }

static const bench_case cases[] = {
    {"pool_typed_pair",
     "an object of 64 B taken and freed, one at a time",
     "ns",
     WORK_COUNT,
     {BENCH_SUBJECT, 1.25, "limit"},
     SUBJECTS(pair),
     pair_peer},
    {"pool_typed_depth8",
     "objects of 64 B: eight taken, eight freed, last first",
     "ns",
     WORK_COUNT,
     {BENCH_NOT_JUDGED, 0, NULL},
     SUBJECTS(depth8),
     depth8_peer},
    {"pool_typed_random",
     "objects of 64 B: 1000 taken, freed in random order",
     "ns",
     WORK_COUNT,
     {BENCH_NOT_JUDGED, 0, NULL},
     SUBJECTS(random),
     random_peer},
};

const bench_suite bench_suite_typed_pool = BENCH_SUITE(cases);
