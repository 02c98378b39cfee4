/* bench_deferred.c - objects that one thread takes and another one frees, again and again: the memory has to
 * come home to the thread that takes.
 *
 * Two threads on cores of their own hand a batch of objects to and fro. Only their work counts, in CPU time
 * of each, added up: A takes a batch, B frees it. Waiting for one another is not timed. The floor is a free
 * list, and chains of 64 that B pushes with one compare-and-swap each: no check of any kind. */
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "bench.h"
#include "limit.h"
#include "peers.h"
#include "work.h"

#define BATCH ((size_t)4 * WORK_COUNT)
#define OBJECT_BYTES ((size_t)64)

/* ---- two threads ---------------------------------------------------------------------------------------- */

typedef struct pair pair;

/// What a subject does on either side. Both run on threads of their own state.
typedef struct pair_ops {
    bool (*take)(pair *p);    ///< on A: fill p->batch
    bool (*release)(pair *p); ///< on B: free all of it
    void *(*begin_b)(pair *p);
    void (*end_b)(pair *p);
} pair_ops;

struct pair {
    const pair_ops *ops;
    void *state_a;
    void *state_b;
    pthread_t thread;
    sem_t to_b;
    sem_t to_a;
    bool stop; ///< passed along with the batch, as the fields below
    bool ok;
    uint64_t b_ns;
    void *batch[BATCH];
};

static void wait_for(sem_t *sem)
{
    for (int i = 0; i < 20000; i++) {
        if (sem_trywait(sem) == 0) {
            return;
        }
    }
    while (sem_wait(sem) != 0) {
    }
}

static void *serve_b(void *user)
{
    pair *p = user;
    bench_pin(1);
    p->state_b = p->ops->begin_b != NULL ? p->ops->begin_b(p) : NULL;
    for (;;) {
        wait_for(&p->to_b);
        if (p->stop) {
            break;
        }
        uint64_t begin_ns = bench_clock_ns();
        p->ok = p->ops->release(p) && p->ok;
        p->b_ns += bench_clock_ns() - begin_ns;
        (void)sem_post(&p->to_a);
    }
    if (p->ops->end_b != NULL) {
        p->ops->end_b(p);
    }
    return NULL;
}

static pair *pair_start(const pair_ops *ops, void *state_a)
{
    pair *p = calloc(1, sizeof(*p));
    if (p == NULL || state_a == NULL) {
        free(p);
        return NULL;
    }
    p->ops = ops;
    p->state_a = state_a;
    p->ok = true;
    (void)sem_init(&p->to_a, 0, 0);
    (void)sem_init(&p->to_b, 0, 0);
    if (pthread_create(&p->thread, NULL, serve_b, p) != 0) {
        free(p);
        return NULL;
    }
    return p;
}

/// @return The state of A, for the subject to take down.
static void *pair_stop(pair *p)
{
    void *state_a = p->state_a;
    p->stop = true;
    (void)sem_post(&p->to_b);
    (void)pthread_join(p->thread, NULL);
    (void)sem_destroy(&p->to_a);
    (void)sem_destroy(&p->to_b);
    free(p);
    return state_a;
}

static bool pair_measure(void *state, uint64_t rounds, double *value)
{
    pair *p = state;
    uint64_t a_ns = 0;
    p->b_ns = 0;
    for (uint64_t i = 0; i < rounds && p->ok; i++) {
        uint64_t begin_ns = bench_clock_ns();
        bool taken = p->ops->take(p);
        a_ns += bench_clock_ns() - begin_ns;
        p->ok = taken && p->ok;
        if (taken) {
            (void)sem_post(&p->to_b);
            wait_for(&p->to_a);
        }
    }
    *value = (double)(a_ns + p->b_ns);
    return p->ok;
}

/* ---- the SDK -------------------------------------------------------------------------------------------- */

static bool sdk_take(pair *p)
{
    fa_context *ctx = ((work_sdk *)p->state_a)->ctx;
    for (size_t i = 0; i < BATCH; i++) {
        p->batch[i] = fa_pool_alloc(ctx, OBJECT_BYTES, 0);
        if (p->batch[i] == NULL) {
            return false;
        }
        bench_escape(p->batch[i]);
    }
    return true;
}

static bool sdk_release(pair *p)
{
    fa_context *ctx = p->state_b;
    for (size_t i = 0; i < BATCH; i++) {
        if (fa_pool_free(ctx, p->batch[i]) != FA_RESULT_OK) {
            return false;
        }
    }
    return fa_pool_drain(ctx) == FA_RESULT_OK;
}

static void *sdk_begin_b(pair *p)
{
    fa_context *ctx = NULL;
    (void)fa_context_attach(((work_sdk *)p->state_a)->allocator, NULL, &ctx);
    return ctx;
}

static void sdk_end_b(pair *p)
{
    (void)fa_context_detach((fa_context *)p->state_b);
}

static void *sdk_create(const void *unused)
{
    static const pair_ops ops = {sdk_take, sdk_release, sdk_begin_b, sdk_end_b};
    return pair_start(&ops, work_sdk_create(unused));
}

static void sdk_destroy(void *state)
{
    work_sdk_destroy(pair_stop(state));
}

/* The memory must have come home: a subject that leaks would be fast. */
static bool sdk_measure(void *state, uint64_t rounds, double *value)
{
    fa_allocator_stats stats;
    bool ok =
        pair_measure(state, rounds, value) &&
        fa_allocator_stats_get(((work_sdk *)((pair *)state)->state_a)->allocator, &stats) == FA_RESULT_OK;
    if (ok && stats.object_page_bytes > 4 * BATCH * OBJECT_BYTES) {
        bench_complain("cross_thread: memory does not come home");
        return false;
    }
    return ok;
}

/* ---- the floor ------------------------------------------------------------------------------------------ */

typedef struct floor_state {
    limit_node *free;
    _Alignas(64) _Atomic(limit_node *) home; /* chains that B has pushed */
    limit_node nodes[][OBJECT_BYTES / sizeof(limit_node)];
} floor_state;

static bool floor_take(pair *p)
{
    floor_state *s = p->state_a;
    for (size_t i = 0; i < BATCH; i++) {
        if (s->free == NULL) {
            s->free = atomic_exchange(&s->home, NULL);
        }
        limit_node *node = s->free;
        if (node == NULL) {
            return false;
        }
        s->free = node->next;
        p->batch[i] = node;
        bench_escape(node);
    }
    return true;
}

static bool floor_release(pair *p)
{
    floor_state *s = p->state_a;
    for (size_t i = 0; i < BATCH; i += 64) {
        limit_node *first = NULL;
        limit_node *last = p->batch[i];
        for (size_t k = i; k < i + 64 && k < BATCH; k++) {
            limit_node *node = p->batch[k];
            node->next = first;
            first = node;
        }
        limit_node *head = atomic_load(&s->home);
        do {
            last->next = head;
        } while (!atomic_compare_exchange_weak(&s->home, &head, first));
    }
    return true;
}

static void *floor_create(const void *unused)
{
    (void)unused;
    static const pair_ops ops = {floor_take, floor_release, NULL, NULL};
    floor_state *s = aligned_alloc(64, sizeof(*s) + BATCH * OBJECT_BYTES);
    if (s == NULL) {
        return NULL;
    }
    s->free = NULL;
    atomic_init(&s->home, NULL);
    for (size_t i = BATCH; i-- > 0;) {
        s->nodes[i][0].next = s->free;
        s->free = &s->nodes[i][0];
    }
    return pair_start(&ops, s);
}

static void floor_destroy(void *state)
{
    free(pair_stop(state));
}

/* ---- a malloc ------------------------------------------------------------------------------------------- */

static bool peer_take(pair *p)
{
    const bench_peer *peer = p->state_a;
    for (size_t i = 0; i < BATCH; i++) {
        p->batch[i] = peer->alloc(OBJECT_BYTES);
        if (p->batch[i] == NULL) {
            return false;
        }
        bench_escape(p->batch[i]);
    }
    return true;
}

static bool peer_release(pair *p)
{
    const bench_peer *peer = p->state_a;
    for (size_t i = 0; i < BATCH; i++) {
        peer->release(p->batch[i]);
    }
    return true;
}

static void *peer_create(const void *peer)
{
    static const pair_ops ops = {peer_take, peer_release, NULL, NULL};
    return pair_start(&ops, (void *)(uintptr_t)peer);
}

static void peer_destroy(void *state)
{
    (void)pair_stop(state);
}

static const bench_case cases[] = {
    {"cross_thread",
     "64 B taken by one thread and freed by another: 4000 to and fro, the time of both",
     "ns",
     BATCH,
     {BENCH_BEST_PEER, 0.5, NULL},
     {{"framealloc", sdk_create, NULL, sdk_measure, sdk_destroy, NULL},
      {"limit", floor_create, NULL, pair_measure, floor_destroy, NULL},
      {BENCH_EACH_PEER, peer_create, NULL, pair_measure, peer_destroy, NULL}},
     NULL},
};

const bench_suite bench_suite_deferred = BENCH_SUITE(cases);
