/* bench_allocator.c - the whole allocator: how soon it is ready, and whether a game loop that has warmed up
 * leaves the system alone. */
#include <malloc.h>
#include <stdlib.h>

#include "bench.h"
#include "limit.h"
#include "steady.h"
#include "work.h"

#define FIRST_TOUCH_BYTES ((size_t)16 << 20)

/* ---- first touch ------------------------------------------------------------------------------------ */

/* Every subject makes the memory anew in each round, and gives it back outside the timing. */
typedef struct first_touch {
    void *(*take)(void **keep);
    void (*give_back)(void *keep);
} first_touch;

static void *sdk_take(void **keep)
{
    work_sdk *sdk = *keep;
    fa_allocator_desc desc = {.name = "bench", .frame_prefault_bytes = FIRST_TOUCH_BYTES};
    if (fa_allocator_create(&desc, &sdk->allocator) != FA_RESULT_OK ||
        fa_context_attach(sdk->allocator, NULL, &sdk->ctx) != FA_RESULT_OK) {
        return NULL;
    }
    (void)fa_frame_begin(sdk->ctx);
    return fa_frame_alloc(sdk->ctx, FIRST_TOUCH_BYTES - 4096, 4096);
}

static void sdk_give_back(void *keep)
{
    work_sdk *sdk = keep;
    (void)fa_frame_end(sdk->ctx);
    (void)fa_context_detach(sdk->ctx);
    (void)fa_allocator_destroy(sdk->allocator);
    *sdk = (work_sdk){0};
}

static void *limit_take(void **keep)
{
    *keep = limit_huge_reserve(FIRST_TOUCH_BYTES);
    return *keep;
}

static void limit_give_back(void *keep)
{
    limit_huge_release(keep, FIRST_TOUCH_BYTES);
}

static void *libc_take(void **keep)
{
    *keep = malloc(FIRST_TOUCH_BYTES);
    return *keep;
}

static void libc_give_back(void *keep)
{
    free(keep);
}

typedef struct touch_state {
    first_touch ops;
    void *keep;
    work_sdk sdk;
} touch_state;

static void *touch_create(const void *ops)
{
    touch_state *state = calloc(1, sizeof(*state));
    if (state != NULL) {
        state->ops = *(const first_touch *)ops;
        state->keep = &state->sdk;
        /* Else glibc learns from the first free to keep such blocks, and there is no first touch any more. */
        (void)mallopt(M_MMAP_THRESHOLD, 128 * 1024);
    }
    return state;
}

static bool touch_measure(void *state, uint64_t rounds, double *value)
{
    touch_state *t = state;
    *value = 0;
    for (uint64_t r = 0; r < rounds; r++) {
        uint64_t begin_ns = bench_clock_ns();
        char *p = t->ops.take(&t->keep);
        for (size_t at = 0; p != NULL && at < FIRST_TOUCH_BYTES - 4096; at += 4096) {
            p[at] = 1;
        }
        bench_escape(p);
        *value += (double)(bench_clock_ns() - begin_ns);
        if (p == NULL) {
            return false;
        }
        t->ops.give_back(t->keep);
    }
    return true;
}

static const first_touch sdk_touch = {sdk_take, sdk_give_back};
static const first_touch limit_touch = {limit_take, limit_give_back};
static const first_touch libc_touch = {libc_take, libc_give_back};

/* ---- table ------------------------------------------------------------------------------------------ */

static const bench_case cases[] = {
    {"first_touch_16m",
     "16 MiB at start: taken with pre-fault, one byte per page written",
     "ms",
     1,
     {BENCH_SUBJECT, 1.2, "limit"},
     {{"framealloc", touch_create, NULL, touch_measure, free, &sdk_touch},
      {"limit", touch_create, NULL, touch_measure, free, &limit_touch},
      {"libc", touch_create, NULL, touch_measure, free, &libc_touch}},
     NULL},
    {"steady_state",
     "system calls + page faults + heap calls in 10,000 frames after warm-up",
     "count",
     1,
     {BENCH_ABSOLUTE, 0, NULL},
     {{"framealloc", steady_create, NULL, steady_measure, free, NULL}},
     NULL},
};

const bench_suite bench_suite_allocator = BENCH_SUITE(cases);
