/* Ten million frees of objects that belong to other threads, eight threads at once: every one comes home, and
 * the figures say so.
 *
 * Each thread takes objects and sends them to each of the others in turn, and frees what it is sent. Runs on
 * the system's own backing, so that nothing of the test but the rings orders anything for TSan.
 *
 *     FA_STRESS_OPS: how many frees */
#include "core/support.h"

enum { THREADS = 8, RING = 256, BATCH = 64 };

typedef struct ring { ///< one sender, one receiver
    _Alignas(64) atomic_size_t sent;
    _Alignas(64) atomic_size_t received;
    void *items[RING];
} ring;

static fa_allocator *allocator;
static recorder rec;
static ring rings[THREADS][THREADS]; ///< [from][to]
static pthread_barrier_t together;
static size_t quota; ///< of each thread
static atomic_size_t freed;

static size_t send(fa_context *ctx, ring *r, size_t from, size_t most)
{
    size_t sent = atomic_load_explicit(&r->sent, memory_order_relaxed);
    size_t room = RING - (sent - atomic_load_explicit(&r->received, memory_order_acquire));
    size_t count = most < room ? most : room;
    for (size_t i = 0; i < count; i++) {
        size_t bytes = 16 + (sent + i) % 5 * 48;
        uint64_t *p = fa_pool_alloc(ctx, bytes, 8);
        EXPECT(p != NULL);
        p[0] = from;
        p[1] = bytes;
        r->items[(sent + i) % RING] = p;
    }
    atomic_store_explicit(&r->sent, sent + count, memory_order_release);
    return count;
}

static size_t receive(fa_context *ctx, ring *r, size_t from)
{
    size_t received = atomic_load_explicit(&r->received, memory_order_relaxed);
    size_t count = atomic_load_explicit(&r->sent, memory_order_acquire) - received;
    for (size_t i = 0; i < count; i++) {
        uint64_t *p = r->items[(received + i) % RING];
        EXPECT_UINT(p[0], from);
        EXPECT_UINT(p[1], 16 + (received + i) % 5 * 48);
        EXPECT_OK(fa_pool_free(ctx, p));
    }
    atomic_store_explicit(&r->received, received + count, memory_order_release);
    return count;
}

static void *take_and_free(void *user)
{
    size_t self = (size_t)(uintptr_t)user;
    fa_context *ctx = NULL;
    EXPECT_OK(fa_context_attach(allocator, NULL, &ctx));
    size_t sent = 0;
    for (size_t round = 0; atomic_load(&freed) < quota * THREADS; round++) {
        bool frame = round % 8 == 0;
        if (frame) {
            EXPECT_OK(fa_frame_begin(ctx));
        }
        size_t to = (self + 1 + round % (THREADS - 1)) % THREADS;
        size_t left = quota - sent;
        sent += send(ctx, &rings[self][to], self, left < BATCH ? left : BATCH);
        size_t count = 0;
        for (size_t from = 0; from < THREADS; from++) {
            count += from != self ? receive(ctx, &rings[from][self], from) : 0;
        }
        atomic_fetch_add(&freed, count);
        if (frame) {
            EXPECT_OK(fa_frame_end(ctx));
        }
        if (count == 0) {
            (void)sched_yield();
        }
    }
    EXPECT_OK(fa_pool_drain(ctx)); /* ours to the others */
    (void)pthread_barrier_wait(&together);
    EXPECT_OK(fa_pool_drain(ctx)); /* theirs to us */
    fa_deferred_stats s;
    EXPECT_OK(fa_deferred_stats_get(ctx, &s));
    EXPECT_UINT(s.queued, quota);
    EXPECT_UINT(s.processed, quota);
    EXPECT_UINT(s.depth, 0);
    EXPECT_UINT(s.bytes, 0);
    EXPECT_UINT(s.in_place, 0);
    (void)pthread_barrier_wait(&together);
    EXPECT_OK(fa_context_detach(ctx));
    return NULL;
}

START_TEST(ten_million_frees_from_eight_threads_all_come_home)
{
    const char *ops = getenv("FA_STRESS_OPS");
    size_t total = ops != NULL ? strtoull(ops, NULL, 0) : SUPPORT_SLOW ? 200000 : 10000000;
    quota = total / THREADS + 1;
    recorder_open(&rec);
    fa_allocator_desc desc = {.log = {recorder_log, &rec},
                              .handler = {recorder_handle, &rec},
                              .strictness = FA_STRICT_REPORT,
                              .object_max_bytes = (size_t)256 << 20};
    EXPECT_OK(fa_allocator_create(&desc, &allocator));
    (void)pthread_barrier_init(&together, NULL, THREADS);
    pthread_t threads[THREADS];
    for (uintptr_t i = 0; i < THREADS; i++) {
        EXPECT(pthread_create(&threads[i], NULL, take_and_free, (void *)i) == 0);
    }
    for (int i = 0; i < THREADS; i++) {
        EXPECT(pthread_join(threads[i], NULL) == 0);
    }
    fa_deferred_stats sum;
    EXPECT_OK(fa_deferred_stats_sum(allocator, &sum));
    EXPECT_UINT(sum.processed, quota * THREADS);
    EXPECT_UINT(sum.depth, 0);
    fa_allocator_stats s;
    EXPECT_OK(fa_allocator_stats_get(allocator, &s));
    EXPECT_UINT(s.pool_objects, 0);
    EXPECT_UINT(s.pool_bytes, 0);
    EXPECT(fa_allocator_validate(allocator));
    EXPECT_OK(fa_allocator_destroy(allocator));
    EXPECTF(rec.count == 0, "%s at %s: %s", rec.items[0].code, rec.items[0].here, rec.items[0].message);
    (void)printf("%zu frees of other threads' objects, most on their way to one thread: %" PRIu64 "\n",
                 quota * THREADS, sum.peak);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("stress: cross frees");
    TCase *tcase = support_case(suite, "cross frees");
    tcase_set_timeout(tcase, 0);
    tcase_add_test(tcase, ten_million_frees_from_eight_threads_all_come_home);
    return support_run(suite);
}
