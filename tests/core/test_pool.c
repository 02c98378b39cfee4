/* Pool: any size, any alignment, freed in any order by anybody; every misuse told and without effect. */
#include "core/context.h"
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

/// Sizes of every class and around, up to whole pages.
static size_t interesting_size(size_t i)
{
    static const size_t large[] = {32767, 32768,  32769,  40000,   65535,  65536,
                                   65537, 100000, 131072, 1000000, 5000000};
    if (i < 300) {
        return i;
    }
    if (i < 300 + 44) {
        size_t step = i - 300;
        size_t base = (size_t)256 << (step / 6);
        static const int offsets[] = {-1, 0, 1};
        size_t size = (step % 6 < 3 ? base : base + base / 2) + (size_t)offsets[step % 3];
        return size < 32768 ? size : 32000 + i;
    }
    return i - 344 < sizeof large / sizeof large[0] ? large[i - 344] : SIZE_MAX;
}

/* The state of a block is its tag and its size in one word: no size may pass for another tag. */
START_TEST(pool_size_that_is_no_size_never_gets_the_block_freed_last)
{
    fa_tag tags[8];
    for (int i = 0; i < 8; i++) {
        char name[16];
        (void)snprintf(name, sizeof name, "t%d", i);
        tags[i] = fa_tag_intern(w.allocator, name);
    }
    for (int a = 0; a < 8; a++) {
        for (int b = 0; b < 8; b++) {
            EXPECT_OK(fa_tag_push(w.ctx, tags[a]));
            void *p = fa_pool_alloc(w.ctx, 32, 0);
            EXPECT(p != NULL);
            EXPECT_OK(fa_pool_free(w.ctx, p));
            EXPECT_OK(fa_tag_pop(w.ctx));
            EXPECT_OK(fa_tag_push(w.ctx, tags[b]));
            for (int shift = 31; shift < 64; shift++) {
                uint64_t size = ((uint64_t)(tags[a] - tags[b]) << shift) + 32;
                EXPECT(size <= FA_REQUEST_MAX || fa_pool_alloc(w.ctx, (size_t)size, 0) == NULL);
                size = ((uint64_t)1 << shift) - 1;
                EXPECT(size <= FA_REQUEST_MAX || fa_pool_alloc(w.ctx, (size_t)size, 0) == NULL);
                EXPECT(size + 1 <= FA_REQUEST_MAX || fa_pool_alloc(w.ctx, (size_t)size + 1, 0) == NULL);
            }
            EXPECT_OK(fa_tag_pop(w.ctx));
        }
    }
}
END_TEST

START_TEST(pool_serves_every_size_with_every_alignment)
{
    for (size_t i = 0; interesting_size(i) != SIZE_MAX; i += (SUPPORT_SLOW ? 7 : 1)) {
        size_t size = interesting_size(i);
        void *blocks[17];
        int n = 0;
        for (size_t align = 1; align <= FA_ALIGN_MAX; align *= 2) {
            void *p = fa_pool_alloc(w.ctx, size, align);
            EXPECTF(p != NULL && (uintptr_t)p % align == 0, "%zu bytes aligned to %zu: %p", size, align, p);
            EXPECT_UINT(fa_pool_size_bytes(w.ctx, p), size);
            pattern_fill(p, size, (uint64_t)n);
            blocks[n++] = p;
        }
        for (int k = 0; k < n; k++) {
            EXPECT(pattern_holds(blocks[k], size, (uint64_t)k, size));
            for (int m = 0; m < k; m++) {
                EXPECT(blocks[m] != blocks[k]);
            }
        }
        for (int k = 0; k < n; k++) {
            EXPECT_OK(fa_pool_free_sized(w.ctx, blocks[k], size));
            EXPECT_UINT(fa_pool_size_bytes(w.ctx, blocks[k]), 0);
        }
    }
    EXPECT_UINT(world_stats(&w).pool_bytes, 0);
}
END_TEST

START_TEST(pool_serves_every_size_up_to_the_largest_class)
{
    enum { BATCH = 512 };
    static void *blocks[BATCH];
    for (size_t first = 0; first <= FA_POOL_CLASS_MAX + BATCH; first += BATCH) {
        for (size_t i = 0; i < BATCH; i++) {
            blocks[i] = fa_pool_alloc(w.ctx, first + i, 1);
            EXPECT(blocks[i] != NULL);
            memset(blocks[i], (int)i, first + i < 64 ? first + i : 64);
            if (first + i > 0) {
                ((uint8_t *)blocks[i])[first + i - 1] = (uint8_t)i;
            }
        }
        for (size_t i = 0; i < BATCH; i++) {
            EXPECT_UINT(fa_pool_size_bytes(w.ctx, blocks[i]), first + i);
            EXPECT(first + i == 0 || all_bytes_are(blocks[i], first + i < 64 ? first + i : 64, (uint8_t)i));
            EXPECT_OK(fa_pool_free(w.ctx, blocks[i]));
        }
    }
}
END_TEST

START_TEST(pool_blocks_of_zero_bytes_are_unique_and_can_be_freed)
{
    enum { COUNT = 1000 };
    static void *blocks[COUNT];
    for (int i = 0; i < COUNT; i++) {
        blocks[i] = fa_pool_alloc(w.ctx, 0, (size_t)1 << (i % 8));
        EXPECT(blocks[i] != NULL);
        EXPECT_UINT(fa_pool_size_bytes(w.ctx, blocks[i]), 0);
        for (int k = 0; k < i; k++) {
            EXPECT(blocks[k] != blocks[i]);
        }
    }
    EXPECT_UINT(world_stats(&w).pool_objects, COUNT);
    EXPECT_UINT(world_stats(&w).pool_bytes, 0);
    for (int i = 0; i < COUNT; i++) {
        EXPECT_OK(fa_pool_free_sized(w.ctx, blocks[i], 0));
    }
    EXPECT_UINT(world_stats(&w).pool_objects, 0);
}
END_TEST

START_TEST(pool_zeroed_blocks_are_zero_also_where_they_were_written_before)
{
    for (int round = 0; round < 4; round++) {
        for (size_t i = 0; interesting_size(i) != SIZE_MAX; i += 5) {
            size_t size = interesting_size(i);
            void *p = fa_pool_alloc_zeroed(w.ctx, size, 16);
            EXPECT(p != NULL && all_bytes_are(p, size, 0));
            memset(p, 0xFF, size);
            EXPECT_OK(fa_pool_free(w.ctx, p));
        }
    }
    typedef struct {
        double a;
        char b[1000];
    } object;
    object *zero = FA_POOL_NEW_ZEROED(w.ctx, object);
    object *raw = FA_POOL_NEW(w.ctx, object);
    EXPECT(zero != NULL && raw != NULL && all_bytes_are(zero, sizeof *zero, 0));
    EXPECT_OK(fa_pool_free_sized(w.ctx, zero, sizeof *zero));
    EXPECT_OK(fa_pool_free(w.ctx, raw));
}
END_TEST

START_TEST(pool_free_of_null_is_fine)
{
    EXPECT_OK(fa_pool_free(w.ctx, NULL));
    EXPECT_OK(fa_pool_free_sized(w.ctx, NULL, 100));
    EXPECT_UINT(fa_pool_size_bytes(w.ctx, NULL), 0);
}
END_TEST

START_TEST(pool_figures_are_exact)
{
    void *a = fa_pool_alloc(w.ctx, 10, 8);
    void *b = fa_pool_alloc(w.ctx, 1000, 8);
    void *c = fa_pool_alloc(w.ctx, 100000, 8);
    EXPECT_UINT(world_stats(&w).pool_bytes, 101010);
    EXPECT_UINT(world_stats(&w).pool_objects, 3);
    EXPECT(world_stats(&w).object_page_bytes >= 101010);
    EXPECT_UINT(world_stats(&w).heap_bytes, 0);
    EXPECT_OK(fa_pool_free(w.ctx, b));
    EXPECT_UINT(world_stats(&w).pool_bytes, 100010);
    EXPECT_OK(fa_pool_free(w.ctx, a));
    EXPECT_OK(fa_pool_free(w.ctx, c));
    EXPECT_UINT(world_stats(&w).pool_bytes, 0);
    EXPECT_UINT(world_stats(&w).pool_objects, 0);
}
END_TEST

START_TEST(pool_random_walk_never_overlaps_and_forgets_nothing)
{
    enum { COUNT = 3000 };
    static struct {
        void *p;
        size_t size;
        uint64_t id;
    } live[COUNT];
    random_state r = {support_seed()};
    uint64_t id = 0;
    size_t bytes = 0;
    size_t objects = 0;
    for (int step = 0; step < (SUPPORT_SLOW ? 20000 : 100000); step++) {
        size_t i = random_below(&r, COUNT);
        if (live[i].p != NULL) {
            EXPECT(pattern_holds(live[i].p, live[i].size, live[i].id, live[i].size));
            EXPECT_OK(random_below(&r, 2) != 0 ? fa_pool_free(w.ctx, live[i].p)
                                               : fa_pool_free_sized(w.ctx, live[i].p, live[i].size));
            live[i].p = NULL;
            bytes -= live[i].size;
            objects--;
        } else {
            live[i].size = random_size(&r, random_below(&r, 50) == 0 ? 200000 : 3000);
            live[i].id = id++;
            live[i].p = fa_pool_alloc(w.ctx, live[i].size, (size_t)1 << random_below(&r, 10));
            EXPECT(live[i].p != NULL);
            pattern_fill(live[i].p, live[i].size, live[i].id);
            bytes += live[i].size;
            objects++;
        }
        if (step % 10000 == 0) {
            EXPECT_UINT(world_stats(&w).pool_bytes, bytes);
            EXPECT_UINT(world_stats(&w).pool_objects, objects);
            EXPECT(fa_allocator_validate(w.allocator));
        }
    }
    for (int i = 0; i < COUNT; i++) {
        EXPECT(live[i].p == NULL || pattern_holds(live[i].p, live[i].size, live[i].id, live[i].size));
        EXPECT_OK(fa_pool_free(w.ctx, live[i].p));
    }
    EXPECT_UINT(world_stats(&w).pool_bytes, 0);
}
END_TEST

START_TEST(pool_pages_go_back_to_the_system_when_the_objects_are_gone)
{
    enum { COUNT = 50000 };
    static void *blocks[COUNT];
    random_state r = {support_seed()};
    const size_t before = w.backing.committed_bytes;
    for (int round = 0; round < 3; round++) {
        for (size_t i = 0; i < COUNT; i++) {
            blocks[i] = fa_pool_alloc(w.ctx, 200 + i % 1800, 8);
            EXPECT(blocks[i] != NULL);
        }
        EXPECT(w.backing.committed_bytes > before + COUNT * 1000);
        for (size_t i = COUNT; i > 1; i--) { /* in random order */
            size_t k = random_below(&r, i);
            void *swap = blocks[k];
            blocks[k] = blocks[i - 1];
            blocks[i - 1] = swap;
        }
        for (size_t i = 0; i < COUNT; i++) {
            EXPECT_OK(fa_pool_free(w.ctx, blocks[i]));
        }
        EXPECTF(w.backing.committed_bytes <= before + (16 << 20), "%zu more than before 55 MB were taken",
                w.backing.committed_bytes - before);
        EXPECT(world_stats(&w).object_page_bytes <= 12 << 20);
    }
}
END_TEST

START_TEST(pool_large_blocks_go_back_to_the_system_when_freed)
{
    size_t before = w.backing.committed_bytes;
    for (int i = 0; i < 5; i++) {
        void *p = fa_pool_alloc(w.ctx, 50 << 20, 16);
        EXPECT(p != NULL);
        ((uint8_t *)p)[(50 << 20) - 1] = 1;
        EXPECT_OK(fa_pool_free(w.ctx, p));
        EXPECT(w.backing.committed_bytes <= before + (8 << 20));
    }
}
END_TEST

START_TEST(pool_pages_emptied_of_one_size_serve_another)
{
    enum { COUNT = 2000 };
    static void *blocks[COUNT];
    size_t peak = 0;
    for (size_t size = 16; size <= 32768; size *= 2) {
        size_t count = (size_t)4 << 20;
        count = count / size < COUNT ? count / size : COUNT;
        for (size_t i = 0; i < count; i++) {
            blocks[i] = fa_pool_alloc(w.ctx, size, 16);
            EXPECT(blocks[i] != NULL);
        }
        for (size_t i = 0; i < count; i++) {
            EXPECT_OK(fa_pool_free(w.ctx, blocks[i]));
        }
        if (size == 1024) {
            peak = w.backing.peak_committed_bytes;
        }
    }
    EXPECTF(w.backing.peak_committed_bytes <= peak + (8 << 20), "%zu, %zu", w.backing.peak_committed_bytes,
            peak);
}
END_TEST

/* ---- misuse
 * ------------------------------------------------------------------------------------------------------- */

START_TEST(pool_double_free_is_refused_at_once_and_later)
{
    static const size_t sizes[] = {0, 8, 100, 5000, 32768, 32769, 500000};
    for (unsigned i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        void *keep = fa_pool_alloc(w.ctx, sizes[i], 8);
        void *p = fa_pool_alloc(w.ctx, sizes[i], 8);
        void *q = fa_pool_alloc(w.ctx, sizes[i], 8);
        EXPECT_OK(fa_pool_free(w.ctx, opaque(p)));
        EXPECT_REFUSED(&w, fa_pool_free(w.ctx, opaque(p)), FA607, DOUBLE_FREE);
        EXPECT_REFUSED(&w, fa_pool_free_sized(w.ctx, opaque(p), sizes[i]), FA607, DOUBLE_FREE);
        EXPECT_OK(fa_pool_free(w.ctx, q));
        EXPECT_REFUSED(&w, fa_pool_free(w.ctx, opaque(p)), FA607, DOUBLE_FREE);
        EXPECT_OK(fa_pool_free(w.ctx, keep));
    }
}
END_TEST

START_TEST(pool_double_free_never_makes_a_block_be_handed_out_twice)
{
    enum { COUNT = 200 };
    void *blocks[COUNT];
    void *p = fa_pool_alloc(w.ctx, 64, 8);
    EXPECT_OK(fa_pool_free(w.ctx, opaque(p)));
    for (int i = 0; i < 5; i++) {
        EXPECT_RESULT(fa_pool_free(w.ctx, opaque(p)), DOUBLE_FREE);
    }
    w.rec.count = 0;
    for (int i = 0; i < COUNT; i++) {
        blocks[i] = fa_pool_alloc(w.ctx, 64, 8);
        for (int k = 0; k < i; k++) {
            EXPECT(blocks[k] != blocks[i]);
        }
    }
    for (int i = 0; i < COUNT; i++) {
        EXPECT_OK(fa_pool_free(w.ctx, blocks[i]));
    }
}
END_TEST

START_TEST(pool_double_free_is_told_from_a_foreign_pointer_after_the_page_has_gone_back)
{
    enum { COUNT = 20000 };
    static void *blocks[COUNT];
    for (size_t i = 0; i < COUNT; i++) {
        blocks[i] = fa_pool_alloc(w.ctx, 500, 8);
        EXPECT(blocks[i] != NULL);
    }
    for (size_t i = 0; i < COUNT; i++) {
        EXPECT_OK(fa_pool_free(w.ctx, opaque(blocks[i])));
    }
    for (size_t i = 0; i < COUNT; i += 97) {
        EXPECT_REFUSED(&w, fa_pool_free(w.ctx, opaque(blocks[i])), FA607, DOUBLE_FREE);
    }
}
END_TEST

START_TEST(pool_wrong_size_is_refused_and_the_block_lives_on)
{
    static const size_t sizes[] = {0, 1, 16, 100, 4096, 32768, 32769, 200000};
    for (unsigned i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        void *p = fa_pool_alloc(w.ctx, sizes[i], 8);
        pattern_fill(p, sizes[i], i);
        EXPECT_REFUSED(&w, fa_pool_free_sized(w.ctx, p, sizes[i] + 1), FA607, WRONG_SIZE);
        EXPECT_REFUSED(&w, fa_pool_free_sized(w.ctx, p, sizes[i] - 1), FA607, WRONG_SIZE);
        EXPECT_REFUSED(&w, fa_pool_free_sized(w.ctx, p, sizes[i] + 65536), FA607, WRONG_SIZE);
        EXPECT_REFUSED(&w, fa_pool_free_sized(w.ctx, p, SIZE_MAX), FA607, WRONG_SIZE);
        EXPECT_UINT(fa_pool_size_bytes(w.ctx, p), sizes[i]);
        EXPECT(pattern_holds(p, sizes[i], i, sizes[i]));
        EXPECT_OK(fa_pool_free_sized(w.ctx, p, sizes[i]));
    }
}
END_TEST

START_TEST(pool_middle_of_a_block_is_a_foreign_pointer)
{
    static const size_t sizes[] = {2, 64, 100, 5000, 32768, 32769, 500000};
    for (unsigned i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        void *p = fa_pool_alloc(w.ctx, sizes[i], 16);
        EXPECT_REFUSED(&w, fa_pool_free(w.ctx, beside(p, 1)), FA607, FOREIGN_POINTER);
        EXPECT_REFUSED(&w, fa_pool_free(w.ctx, beside(p, (ptrdiff_t)sizes[i] - 1)), FA607, FOREIGN_POINTER);
        EXPECT_UINT(fa_pool_size_bytes(w.ctx, beside(p, 1)), 0);
        EXPECT_OK(fa_pool_free(w.ctx, p));
    }
}
END_TEST

START_TEST(pool_written_after_free_damages_nothing)
{
    if (SUPPORT_ASAN) {
        return; /* there the write itself is the report */
    }
    enum { COUNT = 1000 };
    static void *blocks[COUNT];
    for (int i = 0; i < COUNT; i++) {
        blocks[i] = opaque(fa_pool_alloc(w.ctx, 64, 8));
    }
    for (int i = 0; i < COUNT - 1; i++) {
        EXPECT_OK(fa_pool_free(w.ctx, opaque(blocks[i])));
        memset(opaque(blocks[i]), 0xFF, 64); /* the page stays: its last block is live */
    }
    EXPECT(fa_allocator_validate(w.allocator));
    for (int i = 0; i < COUNT - 1; i++) {
        blocks[i] = fa_pool_alloc(w.ctx, 64, 8);
        EXPECT(blocks[i] != NULL);
        pattern_fill(blocks[i], 64, (uint64_t)i);
    }
    for (int i = 0; i < COUNT - 1; i++) {
        EXPECT(pattern_holds(blocks[i], 64, (uint64_t)i, 64));
        EXPECT_OK(fa_pool_free(w.ctx, blocks[i]));
    }
    EXPECT_OK(fa_pool_free(w.ctx, blocks[COUNT - 1]));
}
END_TEST

START_TEST(pool_alignment_that_is_none_is_refused)
{
    EXPECT_REFUSED_NULL(&w, fa_pool_alloc(w.ctx, 10, 3), FA004, INVALID_ARGUMENT);
    EXPECT_REFUSED_NULL(&w, fa_pool_alloc(w.ctx, 10, 2 * FA_ALIGN_MAX), FA004, INVALID_ARGUMENT);
    EXPECT_REFUSED_NULL(&w, fa_pool_alloc(w.ctx, 10, SIZE_MAX), FA004, INVALID_ARGUMENT);
    EXPECT_REFUSED_NULL(&w, fa_pool_alloc_zeroed(w.ctx, 10, 24), FA004, INVALID_ARGUMENT);
}
END_TEST

START_TEST(pool_is_full_at_its_maximum_and_serves_again_after_a_free)
{
    world small;
    world_open(&small, &(fa_allocator_desc){.object_max_bytes = 8 << 20});
    enum { COUNT = 100000 };
    static void *blocks[COUNT];
    size_t count = 0;
    while (count < COUNT && (blocks[count] = fa_pool_alloc(small.ctx, 1000, 8)) != NULL) {
        count++;
    }
    EXPECT_RESULT(fa_context_last_result(small.ctx), FULL);
    EXPECTF(count >= 7000 && count <= 8389, "%zu blocks of 1000 bytes in 8 MiB", count);
    EXPECT_NO_MEMORY_NULL(&small, fa_pool_alloc(small.ctx, 1000, 8), FULL);
    EXPECT_NO_MEMORY_NULL(&small, fa_pool_alloc(small.ctx, 1 << 20, 8), FULL);
    EXPECT_NO_MEMORY_NULL(&small, fa_heap_alloc(small.ctx, 1 << 20, 8), FULL);
    EXPECT_NO_MEMORY_NULL(&small, fa_pool_alloc(small.ctx, opaque_size(SIZE_MAX), 8), FULL);
    EXPECT_OK(fa_pool_free(small.ctx, blocks[count / 2]));
    blocks[count / 2] = fa_pool_alloc(small.ctx, 1000, 8);
    EXPECT(blocks[count / 2] != NULL);
    for (size_t i = 0; i < count; i++) {
        EXPECT_OK(fa_pool_free(small.ctx, blocks[i]));
    }
    void *all = fa_pool_alloc(small.ctx, 7 << 20, 8); /* one piece again */
    EXPECT(all != NULL);
    EXPECT_OK(fa_pool_free(small.ctx, all));
    world_close(&small);
}
END_TEST

START_TEST(pool_gives_out_of_memory_when_the_system_has_none_and_works_again_afterwards)
{
    void *p = fa_pool_alloc(w.ctx, 100, 8);
    pattern_fill(p, 100, 1);
    w.backing.commit_limit_bytes = w.backing.committed_bytes;
    EXPECT_NO_MEMORY_NULL(&w, fa_pool_alloc(w.ctx, 20 << 20, 8), OUT_OF_MEMORY);
    EXPECT_NO_MEMORY_NULL(&w, fa_pool_alloc_zeroed(w.ctx, 20 << 20, 8), OUT_OF_MEMORY);
    EXPECT_NO_MEMORY_NULL(&w, fa_heap_alloc(w.ctx, 20 << 20, 8), OUT_OF_MEMORY);
    EXPECT(pattern_holds(p, 100, 1, 100));
    EXPECT_OK(fa_pool_free(w.ctx, p)); /* a free needs no memory */
    w.backing.commit_limit_bytes = 0;
    p = fa_pool_alloc(w.ctx, 20 << 20, 8);
    EXPECT(p != NULL);
    EXPECT_OK(fa_pool_free(w.ctx, p));
}
END_TEST

/* ---- threads
 * ---------------------------------------------------------------------------------------------------------
 */

enum { SHARED = 3000 };
static void *shared[SHARED];

static void *free_shared(void *user)
{
    fa_context *ctx = fa_context_current((fa_allocator *)user);
    for (size_t i = 0; i < SHARED; i++) {
        if (i % 3 != 0) {
            EXPECT(pattern_holds(shared[i], i % 700, i, i % 700));
            EXPECT_OK(fa_pool_free(ctx, shared[i]));
        }
    }
    EXPECT_OK(fa_context_detach(ctx));
    return NULL;
}

START_TEST(pool_blocks_freed_by_another_thread_come_back_to_their_owner)
{
    size_t committed = 0;
    for (int round = 0; round < 10; round++) {
        for (size_t i = 0; i < SHARED; i++) {
            shared[i] = fa_pool_alloc(w.ctx, i % 700, 8);
            EXPECT(shared[i] != NULL);
            pattern_fill(shared[i], i % 700, i);
        }
        on_another_thread(free_shared, w.allocator);
        for (size_t i = 0; i < SHARED; i += 3) {
            EXPECT_OK(fa_pool_free(w.ctx, shared[i]));
        }
        EXPECT_UINT(world_stats(&w).pool_objects, 0);
        EXPECT_UINT(world_stats(&w).pool_bytes, 0);
        if (round == 3) {
            committed = w.backing.committed_bytes;
        }
    }
    EXPECTF(w.backing.committed_bytes <= committed + (1 << 20), "%zu, then %zu", committed,
            w.backing.committed_bytes);
}
END_TEST

static _Atomic(void *) racing_block;
static pthread_barrier_t racing_start;
static atomic_int racing_freed;
static atomic_int racing_refused;

static void *race_to_free(void *user)
{
    fa_context *ctx = fa_context_current((fa_allocator *)user);
    for (int i = 0; i < 200; i++) {
        (void)pthread_barrier_wait(&racing_start);
        fa_result result = fa_pool_free(ctx, atomic_load(&racing_block));
        atomic_fetch_add(result == FA_RESULT_OK ? &racing_freed : &racing_refused, 1);
        EXPECTF(result == FA_RESULT_OK || result == FA_RESULT_DOUBLE_FREE, "%s in round %d: %s",
                fa_result_name(result), i, w.rec.items[0].message);
        (void)pthread_barrier_wait(&racing_start);
    }
    EXPECT_OK(fa_context_detach(ctx));
    return NULL;
}

START_TEST(pool_block_freed_by_racing_threads_is_freed_once)
{
    enum { THREADS = 4 };
    pthread_t threads[THREADS];
    (void)pthread_barrier_init(&racing_start, NULL, THREADS + 1);
    for (int i = 0; i < THREADS; i++) {
        EXPECT(pthread_create(&threads[i], NULL, race_to_free, w.allocator) == 0);
    }
    for (int i = 0; i < 200; i++) {
        void *p = fa_pool_alloc(w.ctx, i % 2 != 0 ? 100 : 100000, 8);
        EXPECT(p != NULL);
        atomic_store(&racing_block, p);
        atomic_store(&racing_freed, 0);
        atomic_store(&racing_refused, 0);
        (void)pthread_barrier_wait(&racing_start);
        (void)pthread_barrier_wait(&racing_start);
        EXPECT_UINT(atomic_load(&racing_freed), 1);
        EXPECT_UINT(atomic_load(&racing_refused), THREADS - 1);
        EXPECT_UINT(w.rec.count, THREADS - 1);
        recorder_clear(&w.rec);
    }
    for (int i = 0; i < THREADS; i++) {
        EXPECT(pthread_join(threads[i], NULL) == 0);
    }
    EXPECT_UINT(world_stats(&w).pool_objects, 0);
}
END_TEST

/* ---- frees on their way home --------------------------------------------------------------------------- */

enum { HOME_COUNT = 300 };
static void *home_blocks[HOME_COUNT];

static void *free_and_drain(void *allocator)
{
    fa_context *ctx = fa_context_current(allocator);
    for (int i = 0; i < HOME_COUNT; i++) {
        EXPECT_OK(fa_pool_free(ctx, opaque(home_blocks[i])));
        EXPECT_RESULT(fa_pool_free(ctx, opaque(home_blocks[i])), DOUBLE_FREE);
    }
    EXPECT_OK(fa_pool_drain(ctx));
    return ctx;
}

static void free_elsewhere(void)
{
    for (int i = 0; i < HOME_COUNT; i++) {
        home_blocks[i] = fa_pool_alloc(w.ctx, 500, 8);
        EXPECT(home_blocks[i] != NULL);
    }
    pthread_t thread;
    EXPECT(pthread_create(&thread, NULL, free_and_drain, w.allocator) == 0);
    EXPECT(pthread_join(thread, NULL) == 0);
    EXPECT_UINT(w.rec.count, HOME_COUNT);
    recorder_clear(&w.rec);
    EXPECT_UINT(world_stats(&w).pool_bytes, 0);
    EXPECT_UINT(world_stats(&w).pool_objects, 0);
    EXPECT_RESULT(fa_pool_free(w.ctx, opaque(home_blocks[7])), DOUBLE_FREE);
    recorder_clear(&w.rec);
}

static void expect_home_again(void)
{
    size_t pages = world_stats(&w).object_page_bytes;
    EXPECT_OK(fa_pool_drain(w.ctx));
    EXPECT(fa_allocator_validate(w.allocator));
    for (int i = 0; i < HOME_COUNT; i++) {
        void *p = fa_pool_alloc(w.ctx, 500, 8);
        EXPECT(p != NULL);
        pattern_fill(p, 500, (uint64_t)i);
        home_blocks[i] = p;
    }
    EXPECT(world_stats(&w).object_page_bytes <= pages);
    for (int i = 0; i < HOME_COUNT; i++) {
        EXPECT(pattern_holds(home_blocks[i], 500, (uint64_t)i, 500));
        EXPECT_OK(fa_pool_free(w.ctx, home_blocks[i]));
    }
}

START_TEST(pool_frees_from_another_thread_are_home_after_a_drain)
{
    free_elsewhere();
    expect_home_again();
}
END_TEST

START_TEST(pool_frees_from_another_thread_need_no_memory)
{
    fa_context *warm = fa_context_current(w.allocator);
    EXPECT(warm == w.ctx);
    fa_context *second;
    EXPECT_OK(fa_context_attach(w.allocator, NULL, &second));
    for (int i = 0; i < HOME_COUNT; i++) {
        home_blocks[i] = fa_pool_alloc(w.ctx, 500, 8);
    }
    /* No metadata is left: not on the free lists, not in the extent. */
    fai_meta *meta = &w.allocator->meta;
    fai_meta saved = *meta;
    memset(meta->bins, 0, sizeof meta->bins);
    meta->extent.end = meta->cursor;
    for (int i = 0; i < HOME_COUNT; i++) {
        EXPECT_OK(fa_pool_free(second, opaque(home_blocks[i])));
        EXPECT_RESULT(fa_pool_free(second, opaque(home_blocks[i])), DOUBLE_FREE);
    }
    recorder_clear(&w.rec);
    memcpy(meta->bins, saved.bins, sizeof meta->bins);
    meta->extent.end = saved.extent.end;
    EXPECT(fai_inbox_has_mail(&fai_ctx(w.ctx)->inbox));
    EXPECT_UINT(world_stats(&w).pool_bytes, 0);
    expect_home_again();
    EXPECT_OK(fa_context_detach(second));
}
END_TEST

/* The owner and another thread free the same block at the same time: one of them is told, at once or when
 * the queue is collected, and the block is handed out once. */
static void *race_with_owner(void *allocator)
{
    fa_context *ctx = fa_context_current(allocator);
    for (int i = 0; i < (SUPPORT_SLOW ? 300 : 2000); i++) {
        (void)pthread_barrier_wait(&racing_start);
        (void)fa_pool_free(ctx, atomic_load(&racing_block));
        EXPECT_OK(fa_pool_drain(ctx));
        (void)pthread_barrier_wait(&racing_start);
    }
    (void)pthread_barrier_wait(&racing_start); /* while its figures move to the allocator, sums miss them */
    EXPECT_OK(fa_context_detach(ctx));
    return NULL;
}

START_TEST(pool_block_freed_by_its_owner_and_another_thread_at_once_is_freed_once)
{
    pthread_t thread;
    (void)pthread_barrier_init(&racing_start, NULL, 2);
    EXPECT(pthread_create(&thread, NULL, race_with_owner, w.allocator) == 0);
    for (int i = 0; i < (SUPPORT_SLOW ? 300 : 2000); i++) {
        void *keep = fa_pool_alloc(w.ctx, 64, 8);
        void *p = fa_pool_alloc(w.ctx, 64, 8);
        void *after = i % 2 != 0 ? fa_pool_alloc(w.ctx, 64, 8) : NULL; /* else the hot block is raced for */
        atomic_store(&racing_block, p);
        (void)pthread_barrier_wait(&racing_start);
        (void)fa_pool_free(w.ctx, opaque(p));
        (void)pthread_barrier_wait(&racing_start);
        EXPECT_OK(fa_pool_drain(w.ctx));
        EXPECTF(w.rec.count == 1 && w.rec.items[0].id == FA_CODE_FA607, "%zu reports in round %d",
                (size_t)w.rec.count, i);
        recorder_clear(&w.rec);
        EXPECT_UINT(world_stats(&w).pool_bytes, after != NULL ? 128 : 64);
        void *a = fa_pool_alloc(w.ctx, 64, 8);
        void *b = fa_pool_alloc(w.ctx, 64, 8);
        EXPECT(a != b && a != keep && b != keep && a != after && b != after);
        EXPECT_OK(fa_pool_free(w.ctx, a));
        EXPECT_OK(fa_pool_free(w.ctx, b));
        EXPECT_OK(fa_pool_free(w.ctx, after));
        EXPECT_OK(fa_pool_free(w.ctx, keep));
    }
    (void)pthread_barrier_wait(&racing_start);
    EXPECT(pthread_join(thread, NULL) == 0);
    EXPECT(fa_allocator_validate(w.allocator));
}
END_TEST

/* Fault 38: a number on the stack of free blocks is overwritten with each thing that it could be. */
START_TEST(pool_damaged_stack_of_free_blocks_is_told_and_serves_no_block_twice)
{
    static const int wrong[] = {-1, 0, 1, 2, 100, 0xFFFF};
    for (unsigned k = 0; k < sizeof wrong / sizeof wrong[0]; k++) {
        world damaged;
        world_open(&damaged, NULL);
        enum { COUNT = 200 };
        void *blocks[COUNT];
        for (int i = 0; i < 10; i++) {
            blocks[i] = fa_pool_alloc(damaged.ctx, 1000, 8);
        }
        fai_page *page = fai_page_of(&damaged.allocator->objects, blocks[0]);
        EXPECT(page->free_count > 3);
        uint16_t *slot = &page->stack[page->free_count - 2];
        *slot = (uint16_t)(wrong[k] < 0 ? page->stack[page->free_count - 1] : wrong[k]);
        for (int i = 10; i < COUNT; i++) {
            blocks[i] = fa_pool_alloc(damaged.ctx, 1000, 8);
            EXPECT(blocks[i] != NULL);
            for (int m = 0; m < i; m++) {
                EXPECT(blocks[m] != blocks[i]);
            }
        }
        EXPECT_UINT(damaged.rec.count, 1);
        EXPECT(damaged.rec.items[0].id == FA_CODE_FA901);
        recorder_clear(&damaged.rec);
        for (int i = 0; i < COUNT; i++) {
            EXPECT_OK(fa_pool_free(damaged.ctx, blocks[i]));
        }
        EXPECT_OK(fa_context_detach(damaged.ctx)); /* validation would find what is lost for good */
        EXPECT_OK(fa_allocator_destroy(damaged.allocator));
        world_expect_nothing_left(&damaged);
        tracking_close(&damaged.backing);
    }
}
END_TEST

/* ---- reset --------------------------------------------------------------------------------------------- */

enum { RESET_COUNT = SUPPORT_SLOW ? 1500 : 6000 };
static void *reset_blocks[RESET_COUNT];

static void take_reset_blocks(void)
{
    for (size_t i = 0; i < RESET_COUNT; i++) {
        reset_blocks[i] = fa_pool_alloc(w.ctx, i * 7 % 3000, 8);
        EXPECT(reset_blocks[i] != NULL);
    }
}

START_TEST(pool_reset_frees_every_object_and_keeps_the_pages)
{
    fa_tag tag = fa_tag_intern(w.allocator, "reset");
    EXPECT_OK(fa_tag_push(w.ctx, tag));
    take_reset_blocks();
    EXPECT_OK(fa_tag_pop(w.ctx));
    void *untagged = fa_pool_alloc(w.ctx, 77, 8);
    void *large = fa_pool_alloc(w.ctx, 100000, 8);
    EXPECT_UINT(tag_stats(w.allocator, FA_TAG_NONE).self.pool_bytes, 100077);
    uint64_t calls = tracking_total_calls(&w.backing);
    for (int round = 0; round < 5; round++) {
        EXPECT_OK(fa_pool_reset(w.ctx));
        EXPECT(fa_allocator_validate(w.allocator));
        EXPECT_UINT(world_stats(&w).pool_bytes, 100000);
        EXPECT_UINT(world_stats(&w).pool_objects, 1);
        EXPECT_UINT(tag_stats(w.allocator, tag).self.pool_bytes, 0);
        EXPECT_REFUSED(&w, fa_pool_free(w.ctx, opaque(reset_blocks[17])), FA607, DOUBLE_FREE);
        EXPECT_REFUSED(&w, fa_pool_free(w.ctx, opaque(round == 0 ? untagged : reset_blocks[0])), FA607,
                       DOUBLE_FREE);
        take_reset_blocks();
        for (size_t i = 0; i < RESET_COUNT; i++) {
            pattern_fill(reset_blocks[i], i * 7 % 3000, i);
        }
        for (size_t i = 0; i < RESET_COUNT; i++) {
            EXPECT(pattern_holds(reset_blocks[i], i * 7 % 3000, i, i * 7 % 3000));
        }
    }
    EXPECT_UINT(tracking_total_calls(&w.backing), calls);
    for (size_t i = 0; i < RESET_COUNT; i++) {
        EXPECT_OK(fa_pool_free(w.ctx, reset_blocks[i]));
    }
    EXPECT_OK(fa_pool_free(w.ctx, large));
    EXPECT_OK(fa_pool_reset(w.ctx)); /* of an empty pool */
    EXPECT_UINT(world_stats(&w).pool_objects, 0);
}
END_TEST

START_TEST(pool_object_of_before_a_reset_names_the_reset)
{
    void *p = fa_pool_alloc(w.ctx, 64, 8);
    void *q = fa_pool_alloc(w.ctx, 64, 8);
    int line = __LINE__ + 1;
    EXPECT_OK(fa_pool_reset(w.ctx));
    EXPECT_RESULT(fa_pool_free(w.ctx, opaque(p)), DOUBLE_FREE);
    EXPECT_RESULT(fa_pool_free(w.ctx, opaque(q)), DOUBLE_FREE);
    char site[32];
    (void)snprintf(site, sizeof site, "test_pool.c:%d", line);
    EXPECT_UINT(w.rec.count, 2);
    EXPECTF(strstr(w.rec.items[0].first_free, site) != NULL, "%s", w.rec.items[0].first_free);
    EXPECTF(strstr(w.rec.items[1].first_free, site) != NULL, "%s", w.rec.items[1].first_free);
    recorder_clear(&w.rec);
}
END_TEST

START_TEST(pool_reset_leaves_frees_that_are_on_their_way_alone)
{
    fa_context *second;
    EXPECT_OK(fa_context_attach(w.allocator, NULL, &second));
    for (int round = 0; round < 4; round++) {
        take_reset_blocks();
        /* Some are posted, the last few of them still in the parcel of the one who frees. */
        for (size_t i = 0; i < RESET_COUNT; i += 3) {
            EXPECT_OK(fa_pool_free(second, opaque(reset_blocks[i])));
        }
        EXPECT_OK(fa_pool_reset(w.ctx));
        EXPECT(fa_allocator_validate(w.allocator));
        EXPECT_UINT(world_stats(&w).pool_objects, 0);
        EXPECT_UINT(world_stats(&w).pool_bytes, 0);
        take_reset_blocks(); /* while the parcel is on its way: none of its blocks is handed out */
        size_t last = (RESET_COUNT - 1) / 3 * 3;
        for (size_t i = 0; i < RESET_COUNT; i++) {
            pattern_fill(reset_blocks[i], i * 7 % 3000, i);
        }
        EXPECT_OK(fa_pool_drain(second));
        EXPECT_OK(fa_pool_drain(w.ctx)); /* no late double free is told: the fixture would complain */
        EXPECT(fa_allocator_validate(w.allocator));
        for (size_t i = 0; i < RESET_COUNT; i++) {
            EXPECT(pattern_holds(reset_blocks[i], i * 7 % 3000, i, i * 7 % 3000));
        }
        EXPECT_OK(fa_pool_free(second, opaque(reset_blocks[last])));
        EXPECT_OK(fa_pool_reset(w.ctx));
        EXPECT_UINT(world_stats(&w).pool_objects, 0);
    }
    EXPECT_OK(fa_context_detach(second));
    EXPECT_UINT(w.rec.count, 0);
}
END_TEST

static void *free_during_reset(void *allocator)
{
    /* How many it freed differs from round to round: that the figures add up is what counts. */
    fa_context *ctx = fa_context_current(allocator);
    for (int round = 0; round < (SUPPORT_SLOW ? 20 : 100); round++) {
        int freed = 0;
        (void)pthread_barrier_wait(&racing_start);
        for (size_t i = 0; i < RESET_COUNT; i += 2) {
            freed += fa_pool_free(ctx, opaque(reset_blocks[i])) == FA_RESULT_OK ? 1 : 0;
        }
        atomic_fetch_add(&racing_freed, freed);
        EXPECT_OK(fa_pool_drain(ctx));
        (void)pthread_barrier_wait(&racing_start);
    }
    (void)pthread_barrier_wait(&racing_start);
    EXPECT_OK(fa_context_detach(ctx));
    return NULL;
}

/* Each block is freed by the reset or by the other thread; whoever is late is refused. */
START_TEST(pool_reset_while_another_thread_frees_frees_each_object_once)
{
    pthread_t thread;
    (void)pthread_barrier_init(&racing_start, NULL, 2);
    atomic_store(&racing_freed, 0);
    EXPECT(pthread_create(&thread, NULL, free_during_reset, w.allocator) == 0);
    for (int round = 0; round < (SUPPORT_SLOW ? 20 : 100); round++) {
        take_reset_blocks();
        (void)pthread_barrier_wait(&racing_start);
        EXPECT_OK(fa_pool_reset(w.ctx));
        (void)pthread_barrier_wait(&racing_start);
        EXPECT_OK(fa_pool_drain(w.ctx));
        EXPECT(fa_allocator_validate(w.allocator));
        EXPECT_UINT(world_stats(&w).pool_objects, 0);
        EXPECT_UINT(world_stats(&w).pool_bytes, 0);
        EXPECT(w.rec.count == 0 || w.rec.items[0].id == FA_CODE_FA607);
        recorder_clear(&w.rec);
    }
    (void)pthread_barrier_wait(&racing_start);
    EXPECT(pthread_join(thread, NULL) == 0);
}
END_TEST

/* ---- the system ---------------------------------------------------------------------------------------- */

START_TEST(pool_large_block_around_what_is_kept_makes_no_call_of_the_system_per_round)
{
    for (size_t pages = 31; pages <= 96; pages += pages < 34 ? 1 : 31) {
        uint64_t calls = 0;
        for (int round = 0; round < 12; round++) {
            if (round == 4) {
                calls = tracking_total_calls(&w.backing);
            }
            uint8_t *p = fa_pool_alloc(w.ctx, pages << 16, 16);
            EXPECT(p != NULL);
            p[0] = p[(pages << 16) - 1] = 1;
            EXPECT_OK(fa_pool_free(w.ctx, p));
        }
        EXPECTF(tracking_total_calls(&w.backing) == calls, "%zu pages: %u calls in 8 rounds", pages,
                (unsigned)(tracking_total_calls(&w.backing) - calls));
    }
    EXPECT(w.backing.committed_bytes < (size_t)24 << 20);
}
END_TEST

static size_t resident_kib(void)
{
    FILE *file = fopen("/proc/self/statm", "r");
    size_t total = 0;
    size_t resident = 0;
    EXPECT(file != NULL && fscanf(file, "%zu %zu", &total, &resident) == 2);
    (void)fclose(file);
    return resident * (size_t)sysconf(_SC_PAGESIZE) / 1024;
}

static void ignore_diagnostic(void *user, const fa_diagnostic *diagnostic)
{
    *(size_t *)user += diagnostic->id == FA_CODE_FA608 ? 1 : 0;
}
static void ignore_log(void *user, fa_log_item item, fa_log_level level, const char *text)
{
    (void)user;
    (void)item;
    (void)level;
    (void)text;
}

START_TEST(pool_resident_memory_is_flat_over_allocators_that_come_and_go_with_live_objects)
{
    enum { LIVE = 20000 };
    const int cycles = SUPPORT_SLOW ? 40 : 1000;
    size_t leaks = 0;
    size_t early = 0;
    for (int cycle = 0; cycle < cycles; cycle++) {
        fa_allocator *allocator;
        fa_context *ctx;
        EXPECT_OK(fa_allocator_create(&(fa_allocator_desc){.handler = {ignore_diagnostic, &leaks},
                                                           .log = {.fn = ignore_log},
                                                           .strictness = FA_STRICT_REPORT},
                                      &allocator));
        EXPECT_OK(fa_context_attach(allocator, NULL, &ctx));
        for (size_t i = 0; i < LIVE; i++) {
            uint8_t *p = fa_pool_alloc(ctx, 1 + (i & 31), 8);
            EXPECT(p != NULL);
            *p = (uint8_t)i;
        }
        EXPECT_OK(fa_allocator_destroy(allocator));
        if (cycle == cycles / 10) {
            early = resident_kib();
        }
    }
    EXPECT(leaks >= (size_t)cycles);
    size_t end = resident_kib();
    EXPECTF(end <= early + (SUPPORT_SLOW ? 16384 : 256), "%zu KiB after a tenth, %zu KiB at the end", early,
            end);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("pool");
    TCase *tcase = support_case(suite, "alloc");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, pool_size_that_is_no_size_never_gets_the_block_freed_last);
    tcase_add_test(tcase, pool_serves_every_size_with_every_alignment);
    tcase_add_test(tcase, pool_serves_every_size_up_to_the_largest_class);
    tcase_add_test(tcase, pool_blocks_of_zero_bytes_are_unique_and_can_be_freed);
    tcase_add_test(tcase, pool_zeroed_blocks_are_zero_also_where_they_were_written_before);
    tcase_add_test(tcase, pool_free_of_null_is_fine);
    tcase_add_test(tcase, pool_figures_are_exact);
    tcase_add_test(tcase, pool_random_walk_never_overlaps_and_forgets_nothing);
    tcase = support_case(suite, "pages");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, pool_pages_go_back_to_the_system_when_the_objects_are_gone);
    tcase_add_test(tcase, pool_large_blocks_go_back_to_the_system_when_freed);
    tcase_add_test(tcase, pool_pages_emptied_of_one_size_serve_another);
    tcase = support_case(suite, "misuse");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, pool_double_free_is_refused_at_once_and_later);
    tcase_add_test(tcase, pool_double_free_never_makes_a_block_be_handed_out_twice);
    tcase_add_test(tcase, pool_double_free_is_told_from_a_foreign_pointer_after_the_page_has_gone_back);
    tcase_add_test(tcase, pool_wrong_size_is_refused_and_the_block_lives_on);
    tcase_add_test(tcase, pool_middle_of_a_block_is_a_foreign_pointer);
    tcase_add_test(tcase, pool_written_after_free_damages_nothing);
    tcase_add_test(tcase, pool_alignment_that_is_none_is_refused);
    tcase = support_case(suite, "limits");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, pool_is_full_at_its_maximum_and_serves_again_after_a_free);
    tcase_add_test(tcase, pool_gives_out_of_memory_when_the_system_has_none_and_works_again_afterwards);
    tcase = support_case(suite, "threads");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, pool_blocks_freed_by_another_thread_come_back_to_their_owner);
    tcase_add_test(tcase, pool_block_freed_by_racing_threads_is_freed_once);
    tcase_add_test(tcase, pool_frees_from_another_thread_are_home_after_a_drain);
    tcase_add_test(tcase, pool_frees_from_another_thread_need_no_memory);
    tcase_add_test(tcase, pool_block_freed_by_its_owner_and_another_thread_at_once_is_freed_once);
    tcase_add_test(tcase, pool_damaged_stack_of_free_blocks_is_told_and_serves_no_block_twice);
    tcase = support_case(suite, "reset");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, pool_reset_frees_every_object_and_keeps_the_pages);
    tcase_add_test(tcase, pool_object_of_before_a_reset_names_the_reset);
    tcase_add_test(tcase, pool_reset_leaves_frees_that_are_on_their_way_alone);
    tcase_add_test(tcase, pool_reset_while_another_thread_frees_frees_each_object_once);
    tcase = support_case(suite, "system");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, pool_large_block_around_what_is_kept_makes_no_call_of_the_system_per_round);
    tcase = support_case(suite, "resident");
    tcase_add_test(tcase, pool_resident_memory_is_flat_over_allocators_that_come_and_go_with_live_objects);
    return support_run(suite);
}
