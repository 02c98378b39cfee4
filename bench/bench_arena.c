/* bench_arena.c - arenas of the program's own: the same fast path as a frame, another lifetime. */
#include <stdlib.h>

#include "bench.h"
#include "bump.h"

static const size_t arena_bytes = (size_t)2 << 20;

typedef struct arena_work {
    work_sdk *sdk;
    fa_arena *arena;
} arena_work;

static void arena_work_destroy(void *state)
{
    arena_work *work = state;
    (void)fa_arena_destroy(work->arena);
    work_sdk_destroy(work->sdk);
    free(work);
}

static void *arena_work_create(const void *unused)
{
    arena_work *work = calloc(1, sizeof(*work));
    work_sdk *sdk = work_sdk_create(unused);
    if (work == NULL || sdk == NULL || fa_arena_create(sdk->ctx, NULL, &work->arena) != FA_RESULT_OK) {
        free(work);
        if (sdk != NULL) {
            work_sdk_destroy(sdk);
        }
        return NULL;
    }
    work->sdk = sdk;
    return work;
}

BENCH_INLINE void arena_begin(void *state)
{
    (void)state;
}
BENCH_INLINE void *arena_alloc(void *state, size_t size_bytes, size_t align_bytes)
{
    return fa_arena_alloc((fa_arena *)state, size_bytes, align_bytes);
}
BENCH_INLINE void arena_end(void *state)
{
    (void)fa_arena_reset((fa_arena *)state);
}
static const bump_ops arena_ops = {arena_begin, arena_alloc, arena_end};

static bool arena_64_framealloc(void *state, uint64_t rounds)
{
    return bump_same(&arena_ops, ((arena_work *)state)->arena, rounds, WORK_COUNT, 64, BUMP_LEAVE);
}

static bool arena_64_limit(void *state, uint64_t rounds)
{
    return bump_same(&bump_limit, state, rounds, WORK_COUNT, 64, BUMP_LEAVE);
}

static bool arena_64_rounding(void *state, uint64_t rounds)
{
    return bump_same(&bump_rounding, state, rounds, WORK_COUNT, 64, BUMP_LEAVE);
}

static const bench_case cases[] = {
    {"arena_64",
     "an arena filled with 1000 x 64 B, then reset",
     "ns",
     WORK_COUNT,
     {BENCH_NOT_JUDGED, 0, NULL},
     {{"framealloc", arena_work_create, arena_64_framealloc, NULL, arena_work_destroy, NULL},
      {"limit", limit_arena_create, arena_64_limit, NULL, limit_arena_destroy, &arena_bytes},
      {"rounding", limit_arena_create, arena_64_rounding, NULL, limit_arena_destroy, &arena_bytes}},
     NULL},
};

const bench_suite bench_suite_arena = BENCH_SUITE(cases);
