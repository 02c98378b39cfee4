/* Typed pools: one type, one slot inlined, the same checks as the pool. */
#include "core/support.h"

typedef struct particle {
    float position[3];
    float speed[3];
    uint32_t colour;
} particle;

static world w;
static fa_typed_pool *pool;

static void setup(void)
{
    world_open(&w, NULL);
    EXPECT_OK(FA_TYPED_POOL_CREATE(w.ctx, particle, &pool));
}
static void teardown(void)
{
    EXPECT_OK(fa_typed_pool_destroy(pool));
    world_close(&w);
}

static fa_typed_pool *pool_of(size_t bytes, size_t align, size_t max)
{
    fa_typed_pool *made = NULL;
    fa_typed_pool_desc desc = {.object_bytes = bytes, .object_align = align, .max_objects = max};
    EXPECT_OK(fa_typed_pool_create(w.ctx, &desc, &made));
    EXPECT(made != NULL);
    return made;
}

START_TEST(typed_pool_objects_are_unique_aligned_and_keep_their_bytes)
{
    enum { COUNT = 5000 };
    static particle *objects[COUNT];
    for (size_t i = 0; i < COUNT; i++) {
        objects[i] = FA_TYPED_POOL_NEW(pool, particle);
        EXPECT(objects[i] != NULL && (uintptr_t)objects[i] % FA_ALIGNOF(particle) == 0);
        pattern_fill(objects[i], sizeof(particle), i);
        EXPECT_UINT(fa_typed_pool_live_count(pool), i + 1);
    }
    EXPECT_UINT(world_stats(&w).pool_objects, COUNT);
    EXPECT_UINT(world_stats(&w).pool_bytes, COUNT * sizeof(particle));
    for (size_t i = 0; i < COUNT; i++) {
        EXPECT(pattern_holds(objects[i], sizeof(particle), i, sizeof(particle)));
        EXPECT_OK(fa_typed_pool_free(pool, objects[i]));
        EXPECT_UINT(fa_typed_pool_live_count(pool), COUNT - i - 1);
    }
    EXPECT_UINT(world_stats(&w).pool_bytes, 0);
}
END_TEST

START_TEST(typed_pool_serves_every_size_and_alignment)
{
    for (size_t align = 1; align <= 4096; align *= 2) {
        for (size_t bytes = 1; bytes <= FA_POOL_CLASS_MAX; bytes = bytes * 2 + 1) {
            fa_typed_pool *made =
                pool_of(bytes < FA_POOL_CLASS_MAX / 2 ? bytes : FA_POOL_CLASS_MAX, align, 0);
            size_t size = bytes < FA_POOL_CLASS_MAX / 2 ? bytes : FA_POOL_CLASS_MAX;
            void *objects[10];
            for (size_t i = 0; i < 10; i++) {
                objects[i] = fa_typed_pool_alloc(made);
                EXPECTF(objects[i] != NULL && (uintptr_t)objects[i] % align == 0, "%p aligned to %zu",
                        objects[i], align);
                pattern_fill(objects[i], size, i);
            }
            for (size_t i = 0; i < 10; i++) {
                EXPECT(pattern_holds(objects[i], size, i, size));
            }
            EXPECT_OK(fa_typed_pool_destroy(made));
        }
    }
}
END_TEST

START_TEST(typed_pool_default_alignment_is_16)
{
    fa_typed_pool *made = pool_of(1, 0, 0);
    for (int i = 0; i < 100; i++) {
        EXPECT((uintptr_t)fa_typed_pool_alloc(made) % 16 == 0);
    }
    EXPECT_OK(fa_typed_pool_destroy(made));
}
END_TEST

START_TEST(typed_pool_hands_the_last_freed_object_out_next)
{
    void *a = opaque(fa_typed_pool_alloc(pool));
    void *b = opaque(fa_typed_pool_alloc(pool));
    EXPECT_OK(fa_typed_pool_free(pool, a));
    EXPECT(opaque(fa_typed_pool_alloc(pool)) == a);
    EXPECT_OK(fa_typed_pool_free(pool, b));
    EXPECT(opaque(fa_typed_pool_alloc(pool)) == b);
    EXPECT_OK(fa_typed_pool_free(pool, a));
    EXPECT_OK(fa_typed_pool_free(pool, b));
}
END_TEST

START_TEST(typed_pool_double_free_is_refused_for_the_slot_and_for_others)
{
    enum { COUNT = 50 };
    void *objects[COUNT];
    for (int i = 0; i < COUNT; i++) {
        objects[i] = opaque(fa_typed_pool_alloc(pool));
    }
    for (int i = 0; i < COUNT; i++) {
        size_t live = fa_typed_pool_live_count(pool);
        EXPECT_OK(fa_typed_pool_free(pool, objects[i]));
        for (int k = 0; k <= i; k++) { /* everything freed so far, the newest included */
            EXPECT_REFUSED(&w, fa_typed_pool_free(pool, objects[k]), FA607, DOUBLE_FREE);
        }
        EXPECT_UINT(fa_typed_pool_live_count(pool), live - 1);
    }
    for (int i = 0; i < COUNT; i++) {
        void *p = opaque(fa_typed_pool_alloc(pool));
        for (int k = 0; k < i; k++) {
            EXPECT(objects[k] != p);
        }
        objects[i] = p;
    }
    EXPECT_UINT(fa_typed_pool_live_count(pool), COUNT);
}
END_TEST

START_TEST(typed_pool_double_free_tells_where_the_object_was_freed_before)
{
    int alloc_line = __LINE__ + 1;
    void *p = opaque(fa_typed_pool_alloc(pool));
    void *q = opaque(fa_typed_pool_alloc(pool));
    char site[64];
    for (int round = 0; round < 2; round++) { /* first from the slot, then from beyond it */
        int free_line = __LINE__ + 1;
        EXPECT_OK(fa_typed_pool_free(pool, p));
        if (round == 1) {
            EXPECT_OK(fa_typed_pool_free(pool, q));
        }
        EXPECT_RESULT(fa_typed_pool_free(pool, p), DOUBLE_FREE);
        EXPECT_UINT(w.rec.count, 1);
        (void)snprintf(site, sizeof site, "test_typed_pool.c:%d", free_line);
        EXPECTF(strstr(w.rec.items[0].first_free, site) != NULL, "%s, expected %s", w.rec.items[0].first_free,
                site);
        (void)snprintf(site, sizeof site, "test_typed_pool.c:%d", alloc_line);
        EXPECTF(strstr(w.rec.items[0].earlier, site) != NULL, "%s, expected %s", w.rec.items[0].earlier,
                site);
        w.rec.count = 0;
        alloc_line = __LINE__ + 1;
        p = round == 0 ? opaque(fa_typed_pool_alloc(pool)) : NULL;
    }
}
END_TEST

START_TEST(typed_pool_object_of_another_pool_is_of_the_wrong_family)
{
    fa_typed_pool *other = pool_of(sizeof(particle), FA_ALIGNOF(particle), 0);
    void *slot = fa_typed_pool_alloc(other);
    void *rest = fa_typed_pool_alloc(other);
    EXPECT_REFUSED(&w, fa_typed_pool_free(pool, slot), FA607, WRONG_FAMILY);
    EXPECT_REFUSED(&w, fa_typed_pool_free(pool, rest), FA607, WRONG_FAMILY);
    EXPECT_UINT(fa_typed_pool_live_count(other), 2);
    EXPECT_UINT(fa_typed_pool_live_count(pool), 0);
    EXPECT_OK(fa_typed_pool_free(other, slot));
    EXPECT_OK(fa_typed_pool_free(other, rest));
    EXPECT_OK(fa_typed_pool_destroy(other));
}
END_TEST

START_TEST(typed_pool_free_of_null_is_fine_in_every_state_of_the_slot)
{
    EXPECT_OK(fa_typed_pool_free(pool, NULL));
    void *p = fa_typed_pool_alloc(pool);
    EXPECT_OK(fa_typed_pool_free(pool, NULL));
    EXPECT_OK(fa_typed_pool_free(pool, p));
    EXPECT_OK(fa_typed_pool_free(pool, NULL));
    EXPECT_UINT(fa_typed_pool_live_count(pool), 0);
}
END_TEST

START_TEST(typed_pool_pointer_one_beside_an_object_is_foreign)
{
    void *p = fa_typed_pool_alloc(pool);
    void *q = fa_typed_pool_alloc(pool);
    EXPECT_REFUSED(&w, fa_typed_pool_free(pool, beside(p, 1)), FA607, FOREIGN_POINTER);
    EXPECT_REFUSED(&w, fa_typed_pool_free(pool, beside(p, -1)), FA607, FOREIGN_POINTER);
    EXPECT_REFUSED(&w, fa_typed_pool_free(pool, beside(q, 1)), FA607, FOREIGN_POINTER);
    EXPECT_REFUSED(&w, fa_typed_pool_free(pool, beside(NULL, -1)), FA607, FOREIGN_POINTER);
    EXPECT_REFUSED(&w, fa_typed_pool_free(pool, beside(NULL, 1)), FA607, FOREIGN_POINTER);
    EXPECT_OK(fa_typed_pool_free(pool, p));
    EXPECT_REFUSED(&w, fa_typed_pool_free(pool, beside(p, 1)), FA607, FOREIGN_POINTER);
    EXPECT_REFUSED(&w, fa_typed_pool_free(pool, beside(p, -1)), FA607, FOREIGN_POINTER);
    EXPECT_OK(fa_typed_pool_free(pool, q));
}
END_TEST

START_TEST(typed_pool_is_full_at_its_maximum)
{
    static const size_t limits[] = {1, 2, 3, 100, 1000};
    for (unsigned i = 0; i < sizeof limits / sizeof limits[0]; i++) {
        fa_typed_pool *small = pool_of(40, 8, limits[i]);
        static void *objects[1000];
        for (int round = 0; round < 3; round++) {
            for (size_t k = 0; k < limits[i]; k++) {
                objects[k] = fa_typed_pool_alloc(small);
                EXPECT(objects[k] != NULL);
            }
            EXPECT_NO_MEMORY_NULL(&w, fa_typed_pool_alloc(small), FULL);
            EXPECT_UINT(fa_typed_pool_live_count(small), limits[i]);
            EXPECT_OK(fa_typed_pool_free(small, objects[0]));
            objects[0] = fa_typed_pool_alloc(small);
            EXPECT(objects[0] != NULL);
            EXPECT_NO_MEMORY_NULL(&w, fa_typed_pool_alloc(small), FULL);
            if (round == 1) {
                EXPECT_OK(fa_typed_pool_reset(small));
            } else {
                for (size_t k = limits[i]; k > 0; k--) {
                    EXPECT_OK(fa_typed_pool_free(small, objects[k - 1]));
                }
            }
            EXPECT_UINT(fa_typed_pool_live_count(small), 0);
        }
        EXPECT_OK(fa_typed_pool_destroy(small));
    }
}
END_TEST

START_TEST(typed_pool_reset_frees_everything_and_keeps_its_pages)
{
    enum { COUNT = 10000 };
    for (int i = 0; i < COUNT; i++) {
        EXPECT(fa_typed_pool_alloc(pool) != NULL);
    }
    uint64_t calls = tracking_total_calls(&w.backing);
    for (int round = 0; round < 10; round++) {
        EXPECT_OK(fa_typed_pool_reset(pool));
        EXPECT_UINT(fa_typed_pool_live_count(pool), 0);
        EXPECT_UINT(world_stats(&w).pool_bytes, 0);
        for (int i = 0; i < COUNT; i++) {
            EXPECT(fa_typed_pool_alloc(pool) != NULL);
        }
    }
    EXPECT_UINT(tracking_total_calls(&w.backing), calls);
}
END_TEST

START_TEST(typed_pool_object_of_before_a_reset_is_a_double_free)
{
    void *p = opaque(fa_typed_pool_alloc(pool));
    void *q = opaque(fa_typed_pool_alloc(pool));
    EXPECT_OK(fa_typed_pool_reset(pool));
    EXPECT_REFUSED(&w, fa_typed_pool_free(pool, p), FA607, DOUBLE_FREE);
    EXPECT_REFUSED(&w, fa_typed_pool_free(pool, q), FA607, DOUBLE_FREE);
    EXPECT_UINT(fa_typed_pool_live_count(pool), 0);
}
END_TEST

START_TEST(typed_pool_destroy_releases_live_objects_without_a_report)
{
    for (int round = 0; round < 50; round++) {
        fa_typed_pool *made = pool_of(200, 8, 0);
        for (int i = 0; i < 2000; i++) {
            EXPECT(fa_typed_pool_alloc(made) != NULL);
        }
        EXPECT_OK(fa_typed_pool_destroy(made));
        EXPECT_UINT(world_stats(&w).pool_objects, 0);
        EXPECT_UINT(world_stats(&w).pool_bytes, 0);
    }
    EXPECT_OK(fa_typed_pool_destroy(NULL));
    EXPECT(w.backing.peak_committed_bytes < (size_t)16 << 20);
}
END_TEST

START_TEST(typed_pool_create_refuses_what_the_desc_may_not_say)
{
    static const fa_typed_pool_desc bad[] = {
        {.object_bytes = 0},
        {.object_bytes = FA_POOL_CLASS_MAX + 1},
        {.object_bytes = SIZE_MAX},
        {.object_bytes = 8, .object_align = 3},
        {.object_bytes = 8, .object_align = 131072},
        {.object_bytes = 8, .object_align = SIZE_MAX},
        {.object_bytes = 8, .tag = 77},
        {.object_bytes = 8, .tag = FA_TAG_INVALID},
        {.object_bytes = 8, .start_canary = 1},
        {.object_bytes = 8, .end_canary = 1},
    };
    for (unsigned i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        fa_typed_pool *made = (fa_typed_pool *)opaque(&w);
        EXPECT_REFUSED(&w, fa_typed_pool_create(w.ctx, &bad[i], &made), FA103, INVALID_DESC);
        EXPECTF(made == NULL, "number %u", i);
    }
    fa_typed_pool_desc good = {.object_bytes = 8};
    EXPECT_RESULT(fa_typed_pool_create(w.ctx, &good, NULL), INVALID_ARGUMENT);
    w.rec.count = 0;
}
END_TEST

START_TEST(typed_pool_gives_out_of_memory_when_the_system_has_none)
{
    w.backing.commit_limit_bytes = w.backing.committed_bytes;
    int got = 0;
    while (got < 100000 && fa_typed_pool_alloc(pool) != NULL) {
        got++;
    }
    EXPECT_RESULT(fa_context_last_result(w.ctx), OUT_OF_MEMORY);
    EXPECT_UINT(fa_typed_pool_live_count(pool), got);
    EXPECT_NO_MEMORY_NULL(&w, fa_typed_pool_alloc(pool), OUT_OF_MEMORY);
    w.backing.commit_limit_bytes = 0;
    EXPECT(fa_typed_pool_alloc(pool) != NULL);
    EXPECT_UINT(fa_typed_pool_live_count(pool), got + 1);
}
END_TEST

static void *use_a_foreign_pool(void *user)
{
    fa_typed_pool *theirs = (fa_typed_pool *)user;
    EXPECT_RESULT(fa_typed_pool_reset(theirs), WRONG_THREAD);
    EXPECT_RESULT(fa_typed_pool_destroy(theirs), WRONG_THREAD);
    return NULL;
}

START_TEST(typed_pool_of_another_thread_is_refused)
{
    void *p = fa_typed_pool_alloc(pool);
    on_another_thread(use_a_foreign_pool, pool);
    EXPECT_UINT(recorder_count_of(&w.rec, FA_CODE_FA206), 2);
    w.rec.count = 0;
    EXPECT_UINT(fa_typed_pool_live_count(pool), 1);
    EXPECT_OK(fa_typed_pool_free(pool, p));
}
END_TEST

START_TEST(typed_pool_model_agrees_through_a_random_walk)
{
    enum { COUNT = 400 };
    struct {
        void *p;
        uint64_t id;
    } live[COUNT];
    void *freed[16] = {NULL};
    memset(live, 0, sizeof live);
    random_state r = {support_seed()};
    size_t count = 0;
    for (uint64_t step = 0; step < (SUPPORT_SLOW ? 50000 : 500000); step++) {
        size_t i = random_below(&r, random_below(&r, 3) == 0 ? COUNT : 4); /* mostly around the slot */
        if (live[i].p != NULL) {
            EXPECT(pattern_holds(live[i].p, sizeof(particle), live[i].id, sizeof(particle)));
            freed[random_below(&r, 16)] = live[i].p;
            EXPECT_OK(fa_typed_pool_free(pool, opaque(live[i].p)));
            live[i].p = NULL;
            count--;
        } else {
            live[i].p = opaque(fa_typed_pool_alloc(pool));
            live[i].id = step;
            EXPECT(live[i].p != NULL);
            pattern_fill(live[i].p, sizeof(particle), step);
            count++;
        }
        if (step % 7 == 0) {
            void *p = freed[random_below(&r, 16)];
            bool is_live = p == NULL;
            for (int k = 0; k < COUNT && !is_live; k++) {
                is_live = live[k].p == p;
            }
            if (!is_live) {
                EXPECT_RESULT(fa_typed_pool_free(pool, p), DOUBLE_FREE);
                w.rec.count = 0;
            }
        }
        EXPECT(fa_typed_pool_live_count(pool) == count);
        if (step % 20000 == 0) {
            EXPECT(fa_allocator_validate(w.allocator));
            EXPECT_UINT(world_stats(&w).pool_objects, count);
        }
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("typed_pool");
    TCase *tcase = support_case(suite, "typed pool");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, typed_pool_objects_are_unique_aligned_and_keep_their_bytes);
    tcase_add_test(tcase, typed_pool_serves_every_size_and_alignment);
    tcase_add_test(tcase, typed_pool_default_alignment_is_16);
    tcase_add_test(tcase, typed_pool_hands_the_last_freed_object_out_next);
    tcase_add_test(tcase, typed_pool_double_free_is_refused_for_the_slot_and_for_others);
    tcase_add_test(tcase, typed_pool_double_free_tells_where_the_object_was_freed_before);
    tcase_add_test(tcase, typed_pool_object_of_another_pool_is_of_the_wrong_family);
    tcase_add_test(tcase, typed_pool_free_of_null_is_fine_in_every_state_of_the_slot);
    tcase_add_test(tcase, typed_pool_pointer_one_beside_an_object_is_foreign);
    tcase_add_test(tcase, typed_pool_is_full_at_its_maximum);
    tcase_add_test(tcase, typed_pool_reset_frees_everything_and_keeps_its_pages);
    tcase_add_test(tcase, typed_pool_object_of_before_a_reset_is_a_double_free);
    tcase_add_test(tcase, typed_pool_destroy_releases_live_objects_without_a_report);
    tcase_add_test(tcase, typed_pool_create_refuses_what_the_desc_may_not_say);
    tcase_add_test(tcase, typed_pool_gives_out_of_memory_when_the_system_has_none);
    tcase_add_test(tcase, typed_pool_of_another_thread_is_refused);
    tcase_add_test(tcase, typed_pool_model_agrees_through_a_random_walk);
    return support_run(suite);
}
