/* bench_heap.c - the tagged heap, which takes the allocator's lock and is not meant for hot paths. We lose
 * here; the row says by how much. */
#include "bench.h"
#include "objects.h"

BENCH_INLINE void *sdk_alloc(void *ctx, size_t size_bytes)
{
    return fa_heap_alloc((fa_context *)ctx, size_bytes, 0);
}
BENCH_INLINE void sdk_free(void *ctx, void *p)
{
    (void)fa_heap_free((fa_context *)ctx, p);
}
static const object_ops sdk_ops = {sdk_alloc, sdk_free};

static bool pair_framealloc(void *sdk, uint64_t rounds)
{
    return objects_stack(&sdk_ops, ((work_sdk *)sdk)->ctx, rounds, 1024, 1);
}
static bool pair_peer(void *work, uint64_t rounds)
{
    return objects_stack(&objects_peer, work, rounds, 1024, 1);
}
static bool mixed_framealloc(void *sdk, uint64_t rounds)
{
    return objects_mixed(&sdk_ops, ((work_sdk *)sdk)->ctx, rounds);
}
static bool mixed_peer(void *work, uint64_t rounds)
{
    return objects_mixed(&objects_peer, work, rounds);
}

static const bench_case cases[] = {
    {"heap_pair",
     "1 KiB from the heap taken and freed, one at a time",
     "ns",
     WORK_COUNT,
     {BENCH_NOT_JUDGED, 0, NULL},
     {{"framealloc", work_sdk_create, pair_framealloc, NULL, work_sdk_destroy, NULL}},
     pair_peer},
    {"heap_mixed_sizes",
     "1000 heap blocks of 16..1024 B live, each replaced by another size in random order",
     "ns",
     WORK_COUNT,
     {BENCH_NOT_JUDGED, 0, NULL},
     {{"framealloc", work_sdk_create, mixed_framealloc, NULL, work_sdk_destroy, NULL}},
     mixed_peer},
};

const bench_suite bench_suite_heap = BENCH_SUITE(cases);
