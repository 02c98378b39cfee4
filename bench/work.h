/* work.h - what several bench files share: the tables that make work irregular in the same way for everybody,
 * and an allocator with one context, as a game would have it. */
#ifndef FA_BENCH_WORK_H
#define FA_BENCH_WORK_H

#include <stddef.h>
#include <stdint.h>

#include "framealloc/framealloc.h"

#define WORK_COUNT 1000

typedef struct work_request {
    uint32_t size_bytes;
    uint32_t align_bytes;
} work_request;

/// The same sequence on every run and machine (splitmix64).
uint64_t work_random(uint64_t *state);
/// Sizes evenly from min to max; alignments evenly from the powers of two 4 to 64.
void work_fill_requests(work_request *requests, size_t count, uint32_t min_bytes, uint32_t max_bytes);
/// A random order of 0 to count - 1.
void work_fill_order(uint32_t *order, size_t count);

/// The SDK with all defaults, attached to the calling thread.
typedef struct work_sdk {
    fa_allocator *allocator;
    fa_context *ctx;
} work_sdk;

/// Setup and teardown of a work_sdk; there is no parameter.
void *work_sdk_create(const void *unused);
void work_sdk_destroy(void *sdk);

#endif
