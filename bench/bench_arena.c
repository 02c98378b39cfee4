/* bench_arena.c - arenas of the program's own: the same fast path as a frame, another lifetime. */
#include <stdatomic.h>
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

/* ---- shared ----------------------------------------------------------------------------------------- */

typedef struct shared_work {
    work_sdk *sdk;
    fa_shared_arena *arena;
} shared_work;

static void shared_work_destroy(void *state)
{
    shared_work *work = state;
    (void)fa_shared_arena_destroy(work->sdk->ctx, work->arena);
    work_sdk_destroy(work->sdk);
    free(work);
}

static void *shared_work_create(const void *unused)
{
    shared_work *work = calloc(1, sizeof(*work));
    work_sdk *sdk = work_sdk_create(unused);
    if (work == NULL || sdk == NULL || fa_shared_arena_create(sdk->ctx, NULL, &work->arena) != FA_RESULT_OK) {
        free(work);
        if (sdk != NULL) {
            work_sdk_destroy(sdk);
        }
        return NULL;
    }
    work->sdk = sdk;
    return work;
}

BENCH_INLINE void *shared_alloc(void *state, size_t size_bytes, size_t align_bytes)
{
    shared_work *work = state;
    return fa_shared_arena_alloc(work->sdk->ctx, work->arena, size_bytes, align_bytes);
}
BENCH_INLINE void shared_end(void *state)
{
    shared_work *work = state;
    (void)fa_shared_arena_reset(work->sdk->ctx, work->arena);
}
static const bump_ops shared_ops = {arena_begin, shared_alloc, shared_end};

/* The floor: one atomic addition. It rounds sizes up to 16, honours no larger alignment, and a request that
 * does not fit spoils what follows. */
typedef struct limit_shared {
    _Atomic uintptr_t cursor;
    uintptr_t base;
    uintptr_t end;
    void *pages;
} limit_shared;

static void *limit_shared_create(const void *bytes)
{
    limit_shared *state = calloc(1, sizeof(*state));
    limit_arena *arena = limit_arena_create(bytes);
    if (state == NULL || arena == NULL) {
        free(state);
        free(arena);
        return NULL;
    }
    state->base = arena->base;
    state->end = arena->end;
    state->pages = arena;
    atomic_store(&state->cursor, state->base);
    return state;
}
static void limit_shared_destroy(void *state)
{
    limit_arena_destroy(((limit_shared *)state)->pages);
    free(state);
}

BENCH_INLINE void *limit_shared_alloc(void *state, size_t size_bytes, size_t align_bytes)
{
    (void)align_bytes;
    limit_shared *s = state;
    size_t room = (size_bytes + 15) & ~(size_t)15;
    uintptr_t p = atomic_fetch_add_explicit(&s->cursor, room, memory_order_relaxed);
    return p + room <= s->end + 1 ? (void *)p : NULL;
}
BENCH_INLINE void limit_shared_end(void *state)
{
    limit_shared *s = state;
    atomic_store_explicit(&s->cursor, s->base, memory_order_relaxed);
}
static const bump_ops limit_shared_ops = {arena_begin, limit_shared_alloc, limit_shared_end};

static bool shared_framealloc(void *state, uint64_t rounds)
{
    return bump_same(&shared_ops, state, rounds, WORK_COUNT, 64, BUMP_LEAVE);
}
static bool shared_limit(void *state, uint64_t rounds)
{
    return bump_same(&limit_shared_ops, state, rounds, WORK_COUNT, 64, BUMP_LEAVE);
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
    {"shared_arena",
     "an arena for several threads, filled by one of them with 1000 x 64 B, then reset; limit: one atomic "
     "addition",
     "ns",
     WORK_COUNT,
     {BENCH_NOT_JUDGED, 0, NULL},
     {{"framealloc", shared_work_create, shared_framealloc, NULL, shared_work_destroy, NULL},
      {"limit", limit_shared_create, shared_limit, NULL, limit_shared_destroy, &arena_bytes}},
     NULL},
};

const bench_suite bench_suite_arena = BENCH_SUITE(cases);
