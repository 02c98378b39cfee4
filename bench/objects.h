/* objects.h - the loops of everything that is freed one by one: pools, typed pools, heap, mallocs. */
#ifndef FA_BENCH_OBJECTS_H
#define FA_BENCH_OBJECTS_H

#include "bench.h"
#include "peers.h"
#include "work.h"

typedef struct object_ops {
    void *(*alloc)(void *state, size_t size_bytes);
    void (*release)(void *state, void *p);
} object_ops;

/// The same size, unknown to the compiler.
BENCH_INLINE size_t objects_hide(size_t size_bytes)
{
    __asm__ volatile("" : "+r"(size_bytes));
    return size_bytes;
}

/// WORK_COUNT objects per round in stacks of `depth`: `depth` are taken, then freed, last one first.
BENCH_INLINE bool objects_stack(const object_ops *ops, void *state, uint64_t rounds, size_t size_bytes,
                                size_t depth)
{
    size_t hidden_bytes = objects_hide(size_bytes);
    void *stack[8];
    for (uint64_t i = 0; i < rounds * (WORK_COUNT / depth); i++) {
        for (size_t d = 0; d < depth; d++) {
            stack[d] = ops->alloc(state, hidden_bytes);
            if (stack[d] == NULL) {
                return false;
            }
            bench_escape(stack[d]);
        }
        for (size_t d = depth; d-- > 0;) {
            ops->release(state, stack[d]);
        }
    }
    return true;
}

/// WORK_COUNT objects per round: all are taken, then freed in a random order.
BENCH_INLINE bool objects_random(const object_ops *ops, void *state, uint64_t rounds, size_t size_bytes)
{
    size_t hidden_bytes = objects_hide(size_bytes);
    uint32_t order[WORK_COUNT];
    void *live[WORK_COUNT];
    work_fill_order(order, WORK_COUNT);
    for (uint64_t r = 0; r < rounds; r++) {
        for (size_t i = 0; i < WORK_COUNT; i++) {
            live[i] = ops->alloc(state, hidden_bytes);
            if (live[i] == NULL) {
                return false;
            }
            bench_escape(live[i]);
        }
        for (size_t i = 0; i < WORK_COUNT; i++) {
            ops->release(state, live[order[i]]);
        }
    }
    return true;
}

/// WORK_COUNT objects of mixed sizes live; per round each is replaced by one of another size, in random
/// order.
BENCH_INLINE bool objects_mixed(const object_ops *ops, void *state, uint64_t rounds)
{
    uint32_t order[WORK_COUNT];
    work_request requests[WORK_COUNT];
    void *live[WORK_COUNT] = {NULL};
    work_fill_order(order, WORK_COUNT);
    work_fill_requests(requests, WORK_COUNT, 16, 1024);
    bool ok = true;
    for (uint64_t i = 0; i < rounds * WORK_COUNT && ok; i++) {
        void **slot = &live[order[i % WORK_COUNT]];
        if (*slot != NULL) {
            ops->release(state, *slot);
        }
        *slot = ops->alloc(state, requests[i % WORK_COUNT].size_bytes);
        ok = *slot != NULL;
        bench_escape(*slot);
    }
    for (size_t i = 0; i < WORK_COUNT; i++) {
        if (live[i] != NULL) {
            ops->release(state, live[i]);
        }
    }
    return ok;
}

/* ---- a malloc --------------------------------------------------------------------------------------- */

BENCH_INLINE void *objects_peer_alloc(void *state, size_t size_bytes)
{
    return ((bench_peer_work *)state)->peer.alloc(size_bytes);
}
BENCH_INLINE void objects_peer_free(void *state, void *p)
{
    ((bench_peer_work *)state)->peer.release(p);
}
static const object_ops objects_peer = {objects_peer_alloc, objects_peer_free};

#endif
