/* Heap: large and foreign memory; reallocation keeps contents, alignment and tag. */
#include "core/support.h"

static world w;

static void setup(void)
{
    world_open(&w, NULL);
}
static void teardown(void)
{
    world_close(&w);
}

START_TEST(heap_serves_sizes_and_alignments_of_every_magnitude)
{
    for (size_t size = 0; size < 20000000; size = size * 3 + 1) {
        void *blocks[17];
        int n = 0;
        for (size_t align = 1; align <= FA_ALIGN_MAX; align *= 2) {
            void *p = fa_heap_alloc(w.ctx, size, align);
            EXPECTF(p != NULL && (uintptr_t)p % align == 0, "%zu bytes aligned to %zu: %p", size, align, p);
            EXPECT_UINT(fa_heap_size_bytes(w.ctx, p), size);
            pattern_fill(p, size, (uint64_t)n);
            blocks[n++] = p;
        }
        for (int k = 0; k < n; k++) {
            EXPECT(pattern_holds(blocks[k], size, (uint64_t)k, size));
        }
        for (int k = 0; k < n; k++) {
            EXPECT_OK(k % 2 != 0 ? fa_heap_free(w.ctx, blocks[k])
                                 : fa_heap_free_sized(w.ctx, blocks[k], size));
            EXPECT_UINT(fa_heap_size_bytes(w.ctx, blocks[k]), 0);
        }
    }
    EXPECT_UINT(world_stats(&w).heap_bytes, 0);
}
END_TEST

START_TEST(heap_blocks_of_zero_bytes_are_unique_and_can_be_freed)
{
    void *blocks[300];
    for (int i = 0; i < 300; i++) {
        blocks[i] = fa_heap_alloc(w.ctx, 0, 16);
        EXPECT(blocks[i] != NULL);
        for (int k = 0; k < i; k++) {
            EXPECT(blocks[k] != blocks[i]);
        }
    }
    EXPECT_UINT(world_stats(&w).heap_objects, 300);
    for (int i = 0; i < 300; i++) {
        EXPECT_OK(fa_heap_free(w.ctx, blocks[i]));
    }
    EXPECT_UINT(world_stats(&w).heap_objects, 0);
}
END_TEST

START_TEST(heap_zeroed_blocks_are_zero_also_where_they_were_written_before)
{
    for (int round = 0; round < 4; round++) {
        for (size_t size = 0; size < 3000000; size = size * 2 + 1) {
            void *p = fa_heap_alloc_zeroed(w.ctx, size, 16);
            EXPECT(p != NULL && all_bytes_are(p, size, 0));
            memset(p, 0xFF, size);
            EXPECT_OK(fa_heap_free(w.ctx, p));
        }
    }
}
END_TEST

START_TEST(heap_free_of_null_is_fine)
{
    EXPECT_OK(fa_heap_free(w.ctx, NULL));
    EXPECT_OK(fa_heap_free_sized(w.ctx, NULL, 3));
    EXPECT_UINT(fa_heap_size_bytes(w.ctx, NULL), 0);
}
END_TEST

START_TEST(heap_realloc_of_null_allocates_with_the_default_alignment)
{
    void *p = fa_heap_realloc(w.ctx, NULL, 1000);
    EXPECT(p != NULL && (uintptr_t)p % FA_ALIGN_DEFAULT == 0);
    EXPECT_UINT(fa_heap_size_bytes(w.ctx, p), 1000);
    EXPECT_OK(fa_heap_free(w.ctx, p));
}
END_TEST

START_TEST(heap_realloc_to_zero_gives_a_block_of_size_zero)
{
    void *p = fa_heap_alloc(w.ctx, 100, 16);
    p = fa_heap_realloc(w.ctx, p, 0);
    EXPECT(p != NULL);
    EXPECT_UINT(fa_heap_size_bytes(w.ctx, p), 0);
    EXPECT_UINT(world_stats(&w).heap_objects, 1);
    p = fa_heap_realloc(w.ctx, p, 50);
    EXPECT(p != NULL);
    EXPECT_UINT(fa_heap_size_bytes(w.ctx, p), 50);
    EXPECT_OK(fa_heap_free(w.ctx, p));
    void *q = fa_heap_realloc(w.ctx, NULL, 0);
    EXPECT(q != NULL);
    EXPECT_OK(fa_heap_free(w.ctx, q));
}
END_TEST

START_TEST(heap_realloc_keeps_contents_alignment_and_figures)
{
    random_state r = {support_seed()};
    for (size_t align = 1; align <= FA_ALIGN_MAX; align *= 2) {
        size_t size = 100;
        void *p = fa_heap_alloc(w.ctx, size, align);
        pattern_fill(p, size, align);
        for (int i = 0; i < 60; i++) {
            size_t next = random_size(&r, i % 10 == 0 ? 3000000 : 100000);
            void *q = fa_heap_realloc(w.ctx, p, next);
            EXPECT(q != NULL);
            EXPECTF((uintptr_t)q % align == 0, "%p after a reallocation of a block aligned to %zu", q, align);
            EXPECT(pattern_holds(q, next < size ? next : size, align, size));
            EXPECT_UINT(fa_heap_size_bytes(w.ctx, q), next);
            EXPECT_UINT(world_stats(&w).heap_bytes, next);
            EXPECT_UINT(world_stats(&w).heap_objects, 1);
            pattern_fill(q, next, align);
            p = q;
            size = next;
        }
        EXPECT_OK(fa_heap_free_sized(w.ctx, p, size));
    }
}
END_TEST

START_TEST(heap_realloc_that_fails_leaves_the_block_as_it_was)
{
    static const size_t sizes[] = {100, 100000};
    for (int i = 0; i < 2; i++) {
        void *p = fa_heap_alloc(w.ctx, sizes[i], 16);
        pattern_fill(p, sizes[i], 1);
        EXPECT_NO_MEMORY_NULL(&w, fa_heap_realloc(w.ctx, p, opaque_size(SIZE_MAX)), FULL);
        EXPECT_NO_MEMORY_NULL(&w, fa_heap_realloc(w.ctx, p, FA_REQUEST_MAX + 1), FULL);
        EXPECT_NO_MEMORY_NULL(&w, fa_heap_realloc(w.ctx, p, (size_t)65 << 30), FULL);
        w.backing.commit_limit_bytes = w.backing.committed_bytes;
        EXPECT_NO_MEMORY_NULL(&w, fa_heap_realloc(w.ctx, p, 100 << 20), OUT_OF_MEMORY);
        w.backing.commit_limit_bytes = 0;
        EXPECT_UINT(fa_heap_size_bytes(w.ctx, p), sizes[i]);
        EXPECT(pattern_holds(p, sizes[i], 1, sizes[i]));
        EXPECT_OK(fa_heap_free(w.ctx, p));
    }
}
END_TEST

START_TEST(heap_realloc_of_what_is_no_live_heap_block_is_refused)
{
    int local = 0;
    void *p = opaque(fa_heap_alloc(w.ctx, 100, 16));
    void *large = opaque(fa_heap_alloc(w.ctx, 100000, 16));
    void *pool = fa_pool_alloc(w.ctx, 100, 16);
    EXPECT_REFUSED_NULL(&w, fa_heap_realloc(w.ctx, opaque(&local), 10), FA607, FOREIGN_POINTER);
    EXPECT_REFUSED_NULL(&w, fa_heap_realloc(w.ctx, beside(p, 16), 10), FA607, FOREIGN_POINTER);
    EXPECT_REFUSED_NULL(&w, fa_heap_realloc(w.ctx, beside(large, 65536), 10), FA607, FOREIGN_POINTER);
    EXPECT_REFUSED_NULL(&w, fa_heap_realloc(w.ctx, pool, 10), FA607, WRONG_FAMILY);
    EXPECT_OK(fa_heap_free(w.ctx, p));
    EXPECT_OK(fa_heap_free(w.ctx, large));
    EXPECT_REFUSED_NULL(&w, fa_heap_realloc(w.ctx, opaque(p), 10), FA607, DOUBLE_FREE);
    EXPECT_REFUSED_NULL(&w, fa_heap_realloc(w.ctx, opaque(large), 10), FA607, DOUBLE_FREE);
    EXPECT_OK(fa_pool_free(w.ctx, pool));
}
END_TEST

START_TEST(heap_misuse_is_refused)
{
    static const size_t sizes[] = {0, 1, 100, 5000, 32768, 32769, 500000};
    for (unsigned i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        void *p = opaque(fa_heap_alloc(w.ctx, sizes[i], 8));
        EXPECT_REFUSED(&w, fa_heap_free_sized(w.ctx, p, sizes[i] + 1), FA607, WRONG_SIZE);
        EXPECT_REFUSED(&w, fa_heap_free(w.ctx, beside(p, 1)), FA607, FOREIGN_POINTER);
        EXPECT_OK(fa_heap_free(w.ctx, p));
        EXPECT_REFUSED(&w, fa_heap_free(w.ctx, p), FA607, DOUBLE_FREE);
        EXPECT_REFUSED(&w, fa_heap_free_sized(w.ctx, p, sizes[i]), FA607, DOUBLE_FREE);
    }
    EXPECT_REFUSED_NULL(&w, fa_heap_alloc(w.ctx, 10, 3), FA004, INVALID_ARGUMENT);
    EXPECT_REFUSED_NULL(&w, fa_heap_alloc_zeroed(w.ctx, 10, 2 * FA_ALIGN_MAX), FA004, INVALID_ARGUMENT);
}
END_TEST

START_TEST(heap_random_walk_never_overlaps_and_forgets_nothing)
{
    enum { COUNT = 500 };
    static struct {
        void *p;
        size_t size;
        uint64_t id;
    } live[COUNT];
    random_state r = {support_seed()};
    size_t bytes = 0;
    for (uint64_t step = 0; step < (SUPPORT_SLOW ? 10000 : 40000); step++) {
        size_t i = random_below(&r, COUNT);
        size_t size = random_size(&r, random_below(&r, 20) == 0 ? 500000 : 20000);
        if (live[i].p == NULL || random_below(&r, 3) == 0) {
            void *q = fa_heap_realloc(w.ctx, live[i].p, size);
            EXPECT(q != NULL);
            EXPECT(live[i].p == NULL ||
                   pattern_holds(q, size < live[i].size ? size : live[i].size, live[i].id, live[i].size));
            bytes += size - live[i].size;
            live[i].p = q;
            live[i].size = size;
            live[i].id = step;
            pattern_fill(q, size, step);
        } else {
            EXPECT(pattern_holds(live[i].p, live[i].size, live[i].id, live[i].size));
            EXPECT_OK(fa_heap_free_sized(w.ctx, live[i].p, live[i].size));
            bytes -= live[i].size;
            live[i].p = NULL;
            live[i].size = 0;
        }
        if (step % 5000 == 0) {
            EXPECT_UINT(world_stats(&w).heap_bytes, bytes);
            EXPECT(fa_allocator_validate(w.allocator));
        }
    }
    for (int i = 0; i < COUNT; i++) {
        EXPECT_OK(fa_heap_free(w.ctx, live[i].p));
    }
}
END_TEST

START_TEST(heap_memory_goes_back_to_the_system)
{
    size_t before = w.backing.committed_bytes;
    for (int round = 0; round < 5; round++) {
        void *blocks[40];
        for (int i = 0; i < 40; i++) {
            blocks[i] = fa_heap_alloc(w.ctx, 2000000, 16);
            EXPECT(blocks[i] != NULL);
        }
        for (int i = 0; i < 40; i++) {
            EXPECT_OK(fa_heap_free(w.ctx, blocks[(i * 7) % 40]));
        }
        EXPECT(w.backing.committed_bytes <= before + (8 << 20));
    }
}
END_TEST

static void *use_the_heap(void *user)
{
    fa_context *ctx = fa_context_current((fa_allocator *)user);
    random_state r = {(uint64_t)(uintptr_t)&ctx};
    void *live[50] = {NULL};
    for (int step = 0; step < 5000; step++) {
        size_t i = random_below(&r, 50);
        if (live[i] != NULL) {
            EXPECT_OK(fa_heap_free(ctx, live[i]));
            live[i] = NULL;
        } else {
            size_t size = random_size(&r, 50000);
            live[i] = fa_heap_alloc(ctx, size, 16);
            EXPECT(live[i] != NULL);
            memset(live[i], 1, size);
        }
    }
    for (int i = 0; i < 50; i++) {
        EXPECT_OK(fa_heap_free(ctx, live[i]));
    }
    EXPECT_OK(fa_context_detach(ctx));
    return NULL;
}

START_TEST(heap_is_shared_by_threads)
{
    world plain;
    fa_allocator_desc desc = {.backing = fa_backing_os()}; /* no mutex of ours in between */
    world_open(&plain, &desc);
    pthread_t threads[4];
    for (int i = 0; i < 4; i++) {
        EXPECT(pthread_create(&threads[i], NULL, use_the_heap, plain.allocator) == 0);
    }
    for (int i = 0; i < 4; i++) {
        EXPECT(pthread_join(threads[i], NULL) == 0);
    }
    EXPECT_UINT(world_stats(&plain).heap_bytes, 0);
    EXPECT_UINT(world_stats(&plain).heap_objects, 0);
    world_close(&plain);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("heap");
    TCase *tcase = support_case(suite, "heap");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, heap_serves_sizes_and_alignments_of_every_magnitude);
    tcase_add_test(tcase, heap_blocks_of_zero_bytes_are_unique_and_can_be_freed);
    tcase_add_test(tcase, heap_zeroed_blocks_are_zero_also_where_they_were_written_before);
    tcase_add_test(tcase, heap_free_of_null_is_fine);
    tcase_add_test(tcase, heap_realloc_of_null_allocates_with_the_default_alignment);
    tcase_add_test(tcase, heap_realloc_to_zero_gives_a_block_of_size_zero);
    tcase_add_test(tcase, heap_realloc_keeps_contents_alignment_and_figures);
    tcase_add_test(tcase, heap_realloc_that_fails_leaves_the_block_as_it_was);
    tcase_add_test(tcase, heap_realloc_of_what_is_no_live_heap_block_is_refused);
    tcase_add_test(tcase, heap_misuse_is_refused);
    tcase_add_test(tcase, heap_random_walk_never_overlaps_and_forgets_nothing);
    tcase_add_test(tcase, heap_memory_goes_back_to_the_system);
    tcase_add_test(tcase, heap_is_shared_by_threads);
    return support_run(suite);
}
