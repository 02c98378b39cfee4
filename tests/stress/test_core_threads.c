/* Many threads, their own contexts, blocks passed around: every block is freed once, by anybody, with its
 * bytes intact.
 *
 * Threads come and go, with and without detaching, hand contexts over, and free what others took; a
 * stranger's calls are refused meanwhile. Runs on the system's own backing, so that nothing of the test
 * orders anything for TSan.
 *
 *     test_stress_core_threads [rounds] [seed]      or FA_STRESS_OPS (operations in all), FA_TEST_SEED */
#include "core/support.h"

enum { THREADS = 6, SLOTS = 256, STEPS = 1500 };

static fa_allocator *allocator;
static recorder rec;
static _Atomic(void *) slots[SLOTS]; ///< blocks on their way; the first 16 bytes say what they are
static atomic_uint_fast64_t taken;
static atomic_uint_fast64_t given;
static uint64_t base_seed;

typedef struct label {
    uint64_t size;
    uint64_t kind; ///< 0 pool, 1 heap
} label;

static void *take_block(fa_context *ctx, random_state *r)
{
    label l = {sizeof(label) + random_size(r, random_below(r, 30) == 0 ? 150000 : 2000),
               random_below(r, 5) == 0};
    void *p = l.kind == 0 ? fa_pool_alloc(ctx, l.size, 16) : NULL;
    if (l.kind == 1) {
        p = fa_heap_alloc(ctx, l.size, 16);
    }
    EXPECT(p != NULL);
    memcpy(p, &l, sizeof l);
    pattern_fill((char *)p + sizeof l, l.size - sizeof l, l.size);
    atomic_fetch_add(&taken, 1);
    return p;
}

static void give_block(fa_context *ctx, void *p, random_state *r)
{
    label l;
    memcpy(&l, p, sizeof l);
    EXPECT(l.kind <= 1);
    EXPECT(pattern_holds((char *)p + sizeof l, l.size - sizeof l, l.size, l.size - sizeof l));
    bool sized = random_below(r, 2) != 0;
    if (l.kind == 0) {
        EXPECT_OK(sized ? fa_pool_free_sized(ctx, p, l.size) : fa_pool_free(ctx, p));
    } else {
        EXPECT_OK(sized ? fa_heap_free_sized(ctx, p, l.size) : fa_heap_free(ctx, p));
    }
    atomic_fetch_add(&given, 1);
}

static void *live(void *user)
{
    random_state r = {base_seed * 1000003 + (uint64_t)(uintptr_t)user};
    fa_context *ctx = fa_context_current(allocator);
    EXPECT(ctx != NULL);
    fa_tag tag = fa_tag_intern(allocator, (uintptr_t)user % 2 != 0 ? "threads/odd" : "threads/even");
    for (int step = 0; step < STEPS; step++) {
        if (step % 50 == 0) {
            EXPECT_OK(fa_frame_begin(ctx));
            EXPECT_OK(fa_tag_push(ctx, tag));
        }
        size_t bytes = random_size(&r, 3000);
        memset(fa_frame_alloc(ctx, bytes, 16), step, bytes);
        _Atomic(void *) *slot = &slots[random_below(&r, SLOTS)];
        void *mine = random_below(&r, 2) != 0 ? take_block(ctx, &r) : NULL;
        void *theirs = atomic_exchange_explicit(slot, mine, memory_order_acq_rel);
        if (theirs != NULL) {
            give_block(ctx, theirs, &r);
        }
        if (step % 50 == 49) {
            EXPECT_OK(fa_tag_pop(ctx));
            EXPECT_OK(fa_frame_end(ctx));
        }
        if (random_below(&r, 300) == 0) {
            fa_allocator_stats s;
            EXPECT_OK(fa_allocator_stats_get(allocator, &s));
            EXPECT(s.contexts <= THREADS + 1);
        }
    }
    if (random_below(&r, 2) != 0) { /* else the thread ends attached, and its context is adopted */
        EXPECT_OK(fa_context_detach(ctx));
    }
    return NULL;
}

static uint64_t rounds = 12;

START_TEST(core_blocks_passed_between_threads_that_come_and_go_are_freed_once)
{
    base_seed = support_seed();
    recorder_open(&rec);
    fa_allocator_desc desc = {.log = {recorder_log, &rec},
                              .handler = {recorder_handle, &rec},
                              .strictness = FA_STRICT_REPORT,
                              .object_max_bytes = (size_t)1 << 30};
    EXPECT_OK(fa_allocator_create(&desc, &allocator));
    fa_context *ctx = NULL;
    EXPECT_OK(fa_context_attach(allocator, NULL, &ctx));
    uintptr_t number = 1;
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++) {
        EXPECT(pthread_create(&threads[i], NULL, live, (void *)number++) == 0);
    }
    for (uint64_t round = 1; round < rounds; round++) { /* each ended thread is followed by a new one */
        for (int i = 0; i < THREADS; i++) {
            EXPECT(pthread_join(threads[i], NULL) == 0);
            EXPECT(pthread_create(&threads[i], NULL, live, (void *)number++) == 0);
        }
    }
    for (int i = 0; i < THREADS; i++) {
        EXPECT(pthread_join(threads[i], NULL) == 0);
    }
    random_state r = {base_seed};
    for (int i = 0; i < SLOTS; i++) {
        void *p = atomic_exchange(&slots[i], NULL);
        if (p != NULL) {
            give_block(ctx, p, &r);
        }
    }
    EXPECT_UINT(atomic_load(&given), atomic_load(&taken));
    fa_allocator_stats s;
    EXPECT_OK(fa_allocator_stats_get(allocator, &s));
    EXPECT_UINT(s.pool_objects, 0);
    EXPECT_UINT(s.heap_objects, 0);
    EXPECT_UINT(s.pool_bytes, 0);
    EXPECT_UINT(s.heap_bytes, 0);
    EXPECT_UINT(s.contexts, 1);
    EXPECT(fa_allocator_validate(allocator));
    EXPECTF(rec.count == 0, "%s at %s: %s", rec.items[0].code, rec.items[0].here, rec.items[0].message);
    EXPECT_OK(fa_context_detach(ctx));
    EXPECT_OK(fa_allocator_destroy(allocator));
    EXPECTF(rec.count == 0, "%s at %s: %s", rec.items[0].code, rec.items[0].here, rec.items[0].message);
    (void)printf("%" PRIu64 " blocks by %" PRIu64 " threads, seed %" PRIu64 "\n",
                 (uint64_t)atomic_load(&taken), (uint64_t)(number - 1), base_seed);
}
END_TEST

int main(int argc, char **argv)
{
    const char *ops = getenv("FA_STRESS_OPS");
    if (argc > 1) {
        rounds = strtoull(argv[1], NULL, 0);
    } else if (ops != NULL) {
        rounds = strtoull(ops, NULL, 0) / (THREADS * STEPS) + 1;
    }
    if (argc > 2) {
        (void)setenv("FA_TEST_SEED", argv[2], 1);
    }
    Suite *suite = suite_create("stress: threads");
    TCase *tcase = support_case(suite, "threads");
    tcase_set_timeout(tcase, 0);
    tcase_add_test(tcase, core_blocks_passed_between_threads_that_come_and_go_are_freed_once);
    return support_run(suite);
}
