/* Shared arenas: one bump region, several threads. */
#include "core/support.h"

static world w;
static fa_shared_arena *arena;

static void setup(void)
{
    world_open(&w, NULL);
    EXPECT_OK(fa_shared_arena_create(w.ctx, NULL, &arena));
}
static void teardown(void)
{
    EXPECT_OK(fa_shared_arena_destroy(w.ctx, arena));
    EXPECT_UINT(world_stats(&w).arena_bytes, 0);
    world_close(&w);
}

static fa_shared_arena_stats stats_of(fa_shared_arena *of)
{
    fa_shared_arena_stats s;
    EXPECT_OK(fa_shared_arena_stats_get(w.ctx, of, &s));
    return s;
}

START_TEST(shared_arena_blocks_are_aligned_and_keep_their_bytes)
{
    enum { COUNT = 2000 };
    static uint8_t *blocks[COUNT];
    static size_t sizes[COUNT];
    random_state r = {support_seed()};
    for (int round = 0; round < 3; round++) {
        for (size_t i = 0; i < COUNT; i++) {
            size_t align = (size_t)1 << random_below(&r, 17);
            sizes[i] = random_size(&r, 5000);
            blocks[i] = fa_shared_arena_alloc(w.ctx, arena, sizes[i], align);
            EXPECT(blocks[i] != NULL && (uintptr_t)blocks[i] % align == 0);
            pattern_fill(blocks[i], sizes[i], i);
        }
        for (size_t i = 0; i < COUNT; i++) {
            EXPECT(pattern_holds(blocks[i], sizes[i], i, sizes[i]));
        }
        EXPECT_UINT(world_stats(&w).arena_bytes, stats_of(arena).used_bytes);
        EXPECT(fa_allocator_validate(w.allocator));
        EXPECT_OK(fa_shared_arena_reset(w.ctx, arena));
        EXPECT_UINT(stats_of(arena).used_bytes, 0);
    }
    EXPECT_UINT(stats_of(arena).resets, 3);
}
END_TEST

START_TEST(shared_arena_limit_is_exact_and_a_refused_request_takes_nothing)
{
    for (size_t max = 1; max < 70000; max = max * 3 + 1) {
        fa_shared_arena *small = NULL;
        EXPECT_OK(fa_shared_arena_create(w.ctx, &(fa_shared_arena_desc){.max_bytes = max}, &small));
        EXPECT_NO_MEMORY_NULL(&w, fa_shared_arena_alloc(w.ctx, small, max + 1, 1), FULL);
        EXPECT_NO_MEMORY_NULL(&w, fa_shared_arena_alloc(w.ctx, small, SIZE_MAX, 1), FULL);
        size_t half = max / 2;
        EXPECT(fa_shared_arena_alloc(w.ctx, small, half, 1) != NULL);
        EXPECT_NO_MEMORY_NULL(&w, fa_shared_arena_alloc(w.ctx, small, max - half + 1, 1), FULL);
        uint8_t *rest =
            fa_shared_arena_alloc(w.ctx, small, max - half - (SUPPORT_ASAN && half > 0 ? 16 : 0), 1);
        if (!SUPPORT_ASAN || max > 64) { /* red zones take room there */
            EXPECT(rest != NULL);
            memset(rest, 1, max - half - (SUPPORT_ASAN && half > 0 ? 16 : 0));
        }
        if (!SUPPORT_ASAN) {
            EXPECT_NO_MEMORY_NULL(&w, fa_shared_arena_alloc(w.ctx, small, 1, 1), FULL);
            EXPECT_UINT(stats_of(small).used_bytes, max);
            EXPECT_UINT(stats_of(small).refused, 4);
        }
        EXPECT_OK(fa_shared_arena_destroy(w.ctx, small));
    }
}
END_TEST

START_TEST(shared_arena_grows_and_gives_back_what_it_need_not_keep)
{
    fa_shared_arena *kept = NULL;
    fa_shared_arena_desc desc = {.keep_bytes = 1 << 20, .prefault_bytes = 1 << 16, .name = "kept"};
    EXPECT_OK(fa_shared_arena_create(w.ctx, &desc, &kept));
    EXPECT_UINT(stats_of(kept).committed_bytes, 1 << 16);
    memset(fa_shared_arena_alloc(w.ctx, kept, 20 << 20, 16), 1, 20 << 20);
    EXPECT(stats_of(kept).committed_bytes >= 20 << 20);
    EXPECT_OK(fa_shared_arena_reset(w.ctx, kept));
    EXPECT_UINT(stats_of(kept).committed_bytes, 1 << 20);
    EXPECT(stats_of(kept).peak_bytes >= 20 << 20);
    memset(fa_shared_arena_alloc(w.ctx, kept, (2 << 20) - 100, 16), 1, (2 << 20) - 100);
    tracking_fail(&w.backing, OP_COMMIT, 1, true);
    EXPECT_NO_MEMORY_NULL(&w, fa_shared_arena_alloc(w.ctx, kept, 50 << 20, 16), OUT_OF_MEMORY);
    EXPECT(fa_shared_arena_alloc(w.ctx, kept, 1, 1) != NULL); /* what there is is served */
    tracking_fail(&w.backing, OP_COMMIT, 0, false);
    EXPECT(fa_shared_arena_alloc(w.ctx, kept, 50 << 20, 16) != NULL);
    EXPECT_OK(fa_shared_arena_destroy(w.ctx, kept));
    uint64_t calls = world_stats(&w).backing_calls;
    for (int frame = 0; frame < 100; frame++) { /* a steady user needs nothing from the system */
        EXPECT(fa_shared_arena_alloc(w.ctx, arena, 30000, 16) != NULL);
        EXPECT_OK(fa_shared_arena_reset(w.ctx, arena));
        calls = frame == 0 ? world_stats(&w).backing_calls : calls;
    }
    EXPECT_UINT(world_stats(&w).backing_calls, calls);
}
END_TEST

START_TEST(shared_arena_is_not_reset_while_somebody_is_attached)
{
    uint8_t *p = fa_shared_arena_alloc(w.ctx, arena, 100, 16);
    memset(p, 7, 100);
    EXPECT_OK(fa_shared_arena_attach(w.ctx, arena));
    EXPECT_OK(fa_shared_arena_attach(w.ctx, arena));
    EXPECT_REFUSED(&w, fa_shared_arena_reset(w.ctx, arena), FA104, BUSY);
    EXPECT_OK(fa_shared_arena_detach(w.ctx, arena));
    EXPECT_REFUSED(&w, fa_shared_arena_reset(w.ctx, arena), FA104, BUSY);
    EXPECT_REFUSED(&w, fa_shared_arena_destroy(w.ctx, arena), FA104, BUSY);
    EXPECT(all_bytes_are(p, 100, 7) && stats_of(arena).attached == 1);
    EXPECT_OK(fa_shared_arena_detach(w.ctx, arena));
    EXPECT_REFUSED(&w, fa_shared_arena_detach(w.ctx, arena), FA104, UNBALANCED);
    EXPECT_OK(fa_shared_arena_reset(w.ctx, arena));
}
END_TEST

START_TEST(shared_arena_misuse_is_refused)
{
    void *p = fa_shared_arena_alloc(w.ctx, arena, 100, 16);
    EXPECT(fa_allocator_contains(w.allocator, p));
    EXPECT_REFUSED(&w, fa_pool_free(w.ctx, p), FA607, WRONG_FAMILY);
    EXPECT(strstr(w.rec.items[0].message, "shared arena") != NULL);
    EXPECT_REFUSED(&w, fa_heap_free(w.ctx, p), FA607, WRONG_FAMILY);
    EXPECT_REFUSED_NULL(&w, fa_shared_arena_alloc(w.ctx, arena, 1, 3), FA004, INVALID_ARGUMENT);
    EXPECT_REFUSED_NULL(&w, fa_shared_arena_alloc(w.ctx, NULL, 1, 1), FA005, INVALID_ARGUMENT);
    EXPECT_REFUSED_NULL(&w, fa_shared_arena_alloc(w.ctx, opaque(w.ctx), 1, 1), FA005, INVALID_ARGUMENT);
    EXPECT_REFUSED(&w, fa_shared_arena_reset(w.ctx, NULL), FA005, INVALID_ARGUMENT);
    EXPECT_OK(fa_shared_arena_destroy(w.ctx, NULL));
    fa_shared_arena *made = arena;
    fa_shared_arena_desc bad = {.max_bytes = 100, .prefault_bytes = 200, .keep_bytes = 50, .start_canary = 1};
    EXPECT_REFUSED(&w, fa_shared_arena_create(w.ctx, &bad, &made), FA103, INVALID_DESC);
    EXPECT(made == NULL);
}
END_TEST

START_TEST(shared_arena_bytes_belong_to_its_tag)
{
    fa_tag tag = fa_tag_intern(w.allocator, "jobs/results");
    fa_shared_arena *tagged = NULL;
    EXPECT_OK(fa_shared_arena_create(w.ctx, &(fa_shared_arena_desc){.tag = tag}, &tagged));
    EXPECT(fa_shared_arena_alloc(w.ctx, tagged, 1000, 16) != NULL);
    EXPECT_UINT(tag_stats(w.allocator, tag).self.arena_bytes, stats_of(tagged).used_bytes);
    EXPECT(stats_of(tagged).used_bytes >= 1000);
    EXPECT_OK(fa_shared_arena_destroy(w.ctx, tagged));
    EXPECT_UINT(tag_stats(w.allocator, tag).self.arena_bytes, 0);
}
END_TEST

START_TEST(shared_arena_counts_in_budgets_to_the_byte)
{
    fa_tag tag = fa_tag_intern(w.allocator, "jobs");
    fa_shared_arena *tagged = NULL;
    EXPECT_OK(fa_shared_arena_create(w.ctx, &(fa_shared_arena_desc){.tag = tag}, &tagged));
    EXPECT(fa_shared_arena_alloc(w.ctx, tagged, 100, 1) != NULL); /* before there is a budget */
    size_t before = stats_of(tagged).used_bytes;
    EXPECT_OK(fa_tag_budget_set(w.allocator, tag, (fa_budget){.hard_bytes = 1000}));
    fa_budget_stats b;
    EXPECT_OK(fa_tag_budget_get(w.allocator, tag, &b));
    EXPECT_UINT(b.used_bytes, before);
    EXPECT_NO_MEMORY_NULL(&w, fa_shared_arena_alloc(w.ctx, tagged, 1001 - before, 1), OVER_BUDGET);
    EXPECT(fa_shared_arena_alloc(w.ctx, tagged, 1000 - before, 1) != NULL);
    EXPECT_NO_MEMORY_NULL(&w, fa_shared_arena_alloc(w.ctx, tagged, 1, 1), OVER_BUDGET);
    EXPECT_OK(fa_shared_arena_reset(w.ctx, tagged));
    EXPECT_OK(fa_tag_budget_get(w.allocator, tag, &b));
    EXPECT_UINT(b.used_bytes, 0);
    EXPECT(fa_shared_arena_alloc(w.ctx, tagged, 1, 1) != NULL);
    EXPECT(fa_shared_arena_alloc(w.ctx, tagged, 16, 64) != NULL); /* padding counts */
    EXPECT_OK(fa_tag_budget_get(w.allocator, tag, &b));
    EXPECT_UINT(b.used_bytes, 80);
    EXPECT_OK(fa_shared_arena_destroy(w.ctx, tagged));
    EXPECT_OK(fa_tag_budget_get(w.allocator, tag, &b));
    EXPECT_UINT(b.used_bytes, 0);
}
END_TEST

/* ---- threads ------------------------------------------------------------------------------------------------- */

enum { THREADS = 4, FRAMES = SUPPORT_SLOW ? 12 : 60, PER_FRAME = 400 };

static fa_allocator *shared_allocator;
static fa_shared_arena *shared_arena;
static pthread_barrier_t agreed;
static atomic_uint wrong;
static _Atomic uint64_t taken_bytes;

static void *use_arena(void *user)
{
    static _Atomic(uint64_t *) published[THREADS];
    uintptr_t self = (uintptr_t)user;
    fa_context *ctx = NULL;
    random_state r = {self + 1};
    if (fa_context_attach(shared_allocator, NULL, &ctx) != FA_RESULT_OK) {
        atomic_fetch_add(&wrong, 1);
        return NULL;
    }
    for (int frame = 0; frame < FRAMES; frame++) {
        uint64_t *mine[PER_FRAME];
        size_t words[PER_FRAME];
        for (int i = 0; i < PER_FRAME; i++) {
            words[i] = 1 + random_below(&r, 60);
            size_t align = (size_t)8 << random_below(&r, 4);
            mine[i] = fa_shared_arena_alloc(ctx, shared_arena, words[i] * 8, align);
            if (mine[i] == NULL || (uintptr_t)mine[i] % align != 0) {
                atomic_fetch_add(&wrong, 1);
                return NULL;
            }
            atomic_fetch_add(&taken_bytes, words[i] * 8);
            for (size_t k = 0; k < words[i]; k++) {
                mine[i][k] = self << 32 | (uint64_t)i;
            }
        }
        atomic_store(&published[self], mine[PER_FRAME - 1]);
        (void)pthread_barrier_wait(&agreed); /* all have allocated */
        for (int i = 0; i < PER_FRAME; i++) {
            for (size_t k = 0; k < words[i]; k++) {
                if (mine[i][k] != (self << 32 | (uint64_t)i)) {
                    atomic_fetch_add(&wrong, 1);
                }
            }
        }
        uintptr_t other = (self + 1) % THREADS;
        uint64_t *theirs = atomic_load(&published[other]);
        if (*theirs != ((uint64_t)other << 32 | (PER_FRAME - 1))) {
            atomic_fetch_add(&wrong, 1);
        }
        if (pthread_barrier_wait(&agreed) == PTHREAD_BARRIER_SERIAL_THREAD) { /* all have read */
            fa_shared_arena_stats s;
            if (fa_shared_arena_stats_get(ctx, shared_arena, &s) != FA_RESULT_OK ||
                s.used_bytes < atomic_load(&taken_bytes) ||
                fa_shared_arena_reset(ctx, shared_arena) != FA_RESULT_OK) {
                atomic_fetch_add(&wrong, 1);
            }
            atomic_store(&taken_bytes, 0);
        }
        (void)pthread_barrier_wait(&agreed); /* it is reset */
    }
    (void)fa_context_detach(ctx);
    return NULL;
}

START_TEST(shared_arena_is_filled_by_threads_at_once_and_reset_where_they_agree)
{
    fa_context *ctx = NULL;
    const fa_shared_arena_desc desc = {.keep_bytes = _i == 0 ? 0 : 65536};
    EXPECT_OK(fa_allocator_create(NULL, &shared_allocator));
    EXPECT_OK(fa_context_attach(shared_allocator, NULL, &ctx));
    EXPECT_OK(fa_shared_arena_create(ctx, &desc, &shared_arena));
    EXPECT(pthread_barrier_init(&agreed, NULL, THREADS) == 0);
    pthread_t threads[THREADS];
    for (uintptr_t i = 0; i < THREADS; i++) {
        EXPECT(pthread_create(&threads[i], NULL, use_arena, (void *)i) == 0);
    }
    for (int i = 0; i < THREADS; i++) {
        EXPECT(pthread_join(threads[i], NULL) == 0);
    }
    EXPECT_UINT(atomic_load(&wrong), 0);
    EXPECT_OK(fa_shared_arena_destroy(ctx, shared_arena));
    EXPECT_OK(fa_allocator_destroy(shared_allocator));
}
END_TEST

static void *take_all(void *user)
{
    fa_context *ctx = NULL;
    uint64_t taken = 0;
    if (fa_context_attach(shared_allocator, NULL, &ctx) != FA_RESULT_OK) {
        atomic_fetch_add(&wrong, 1);
        return NULL;
    }
    for (int misses = 0; misses < 3;) {
        uint8_t *p = fa_shared_arena_alloc(ctx, shared_arena, (size_t)user, 1);
        misses += p == NULL ? 1 : 0;
        taken += p != NULL ? (size_t)user : 0;
        if (p != NULL) {
            p[0] = p[(size_t)user - 1] = 1;
        }
    }
    atomic_fetch_add(&taken_bytes, taken);
    (void)fa_context_detach(ctx);
    return NULL;
}

START_TEST(shared_arena_is_used_up_to_its_last_byte_by_racing_threads)
{
    for (int round = 0; round < (SUPPORT_SLOW ? 5 : 30); round++) {
        fa_context *ctx = NULL;
        const fa_shared_arena_desc desc = {.max_bytes = 100003};
        EXPECT_OK(fa_allocator_create(NULL, &shared_allocator));
        EXPECT_OK(fa_context_attach(shared_allocator, NULL, &ctx));
        EXPECT_OK(fa_shared_arena_create(ctx, &desc, &shared_arena));
        atomic_store(&taken_bytes, 0);
        pthread_t threads[3];
        static const size_t sizes[] = {1, 7, 1000};
        for (int i = 0; i < 3; i++) {
            EXPECT(pthread_create(&threads[i], NULL, take_all, (void *)sizes[i]) == 0);
        }
        for (int i = 0; i < 3; i++) {
            EXPECT(pthread_join(threads[i], NULL) == 0);
        }
        EXPECT_UINT(atomic_load(&wrong), 0);
        fa_shared_arena_stats s;
        EXPECT_OK(fa_shared_arena_stats_get(ctx, shared_arena, &s));
        if (SUPPORT_ASAN) {
            EXPECT(s.used_bytes <= 100003);
        } else { /* the byte-wise taker leaves nothing, whatever the others were refused */
            EXPECT_UINT(s.used_bytes, 100003);
            EXPECT_UINT(atomic_load(&taken_bytes), 100003);
        }
        EXPECT_OK(fa_shared_arena_destroy(ctx, shared_arena));
        EXPECT_OK(fa_allocator_destroy(shared_allocator));
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("shared arena");
    TCase *tcase = support_case(suite, "shared arena");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, shared_arena_blocks_are_aligned_and_keep_their_bytes);
    tcase_add_test(tcase, shared_arena_limit_is_exact_and_a_refused_request_takes_nothing);
    tcase_add_test(tcase, shared_arena_grows_and_gives_back_what_it_need_not_keep);
    tcase_add_test(tcase, shared_arena_is_not_reset_while_somebody_is_attached);
    tcase_add_test(tcase, shared_arena_misuse_is_refused);
    tcase_add_test(tcase, shared_arena_bytes_belong_to_its_tag);
    tcase_add_test(tcase, shared_arena_counts_in_budgets_to_the_byte);
    tcase = support_case(suite, "shared arena: threads");
    tcase_add_loop_test(tcase, shared_arena_is_filled_by_threads_at_once_and_reset_where_they_agree, 0, 2);
    tcase_add_test(tcase, shared_arena_is_used_up_to_its_last_byte_by_racing_threads);
    return support_run(suite);
}
