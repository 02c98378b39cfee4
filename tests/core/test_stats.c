/* Statistics: exact, whoever asks. */
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

START_TEST(stats_of_a_fresh_allocator_are_what_is_known)
{
    fa_allocator_stats s = world_stats(&w);
    EXPECT_UINT(s.frame_bytes, 0);
    EXPECT_UINT(s.arena_bytes, 0);
    EXPECT_UINT(s.pool_bytes, 0);
    EXPECT_UINT(s.heap_bytes, 0);
    EXPECT_UINT(s.pool_objects, 0);
    EXPECT_UINT(s.heap_objects, 0);
    EXPECT_UINT(s.contexts, 1);
    EXPECT_UINT(s.tags, 1);
    EXPECT_UINT(s.diagnostics, 0);
    fa_context_stats c = context_stats(w.ctx);
    EXPECT_UINT(c.frames, 0);
    EXPECT_UINT(c.frame_bytes, 0);
    EXPECT_UINT(c.last_frame_bytes, 0);
    EXPECT_UINT(c.peak_frame_bytes, 0);
    EXPECT_UINT(c.frame_grows, 0);
    EXPECT_UINT(c.frame_shrinks, 0);
    EXPECT_UINT(c.frame_oversize, 0);
    EXPECT_UINT(c.heap_allocs, 0);
    EXPECT_UINT(c.refused, 0);
}
END_TEST

START_TEST(stats_without_a_place_are_an_invalid_argument)
{
    EXPECT_RESULT(fa_allocator_stats_get(w.allocator, NULL), INVALID_ARGUMENT);
    EXPECT_RESULT(fa_context_stats_get(w.ctx, NULL), INVALID_ARGUMENT);
    w.rec.count = 0;
}
END_TEST

/// A17: frame, the thread's pool, batches for it, heap for what is too large.
START_TEST(stats_count_every_tier_that_served)
{
    enum { SMALL = 5000 };
    static void *small[SMALL];
    world_close(&w);
    world_open(&w, &(fa_allocator_desc){.frame_max_bytes = 1 << 20, .oversize_to_heap = true});
    fa_context_stats before = context_stats(w.ctx);
    EXPECT(before.frame_allocs == FA_UNKNOWN && before.pool_allocs == FA_UNKNOWN);
    EXPECT_UINT(before.pool_refills, 0);
    EXPECT_OK(fa_diagnostics_set(w.ctx, FA_DIAGNOSTICS_SITES));
    EXPECT_OK(fa_frame_begin(w.ctx));
    for (int i = 0; i < 100; i++) {
        EXPECT(fa_frame_alloc(w.ctx, 100, 16) != NULL);
    }
    EXPECT(fa_frame_alloc(w.ctx, 2 << 20, 16) != NULL); /* too large for a frame */
    EXPECT_OK(fa_frame_end(w.ctx));
    for (int i = 0; i < SMALL; i++) {
        small[i] = fa_pool_alloc(w.ctx, 64, 0);
    }
    void *large = fa_pool_alloc(w.ctx, FA_POOL_CLASS_MAX + 1, 0); /* for the pool */
    void *heap = fa_heap_alloc(w.ctx, 100, 0);
    fa_context_stats s = context_stats(w.ctx);
    EXPECT_UINT(s.frame_allocs, 101);
    EXPECT_UINT(s.frame_oversize, 1);
    EXPECT_UINT(s.pool_allocs, SMALL + 1);
    EXPECT_UINT(s.pool_oversize, 1);
    EXPECT_UINT(s.heap_allocs, 1);
    EXPECTF(s.pool_refills >= 5 && s.pool_refills <= SMALL / 8, "%d objects in %d batches", SMALL,
            (int)s.pool_refills);
    for (int i = 0; i < SMALL; i++) {
        EXPECT_OK(fa_pool_free(w.ctx, small[i]));
    }
    small[0] = fa_pool_alloc(w.ctx, 64, 0); /* from what the thread has */
    EXPECT(context_stats(w.ctx).pool_refills <= s.pool_refills + 1);
    EXPECT_OK(fa_pool_free(w.ctx, small[0]));
    EXPECT_OK(fa_pool_free(w.ctx, large));
    EXPECT_OK(fa_heap_free(w.ctx, heap));
    uint64_t refills = context_stats(w.ctx).pool_refills;
    fa_typed_pool *typed = NULL;
    EXPECT_OK(FA_TYPED_POOL_CREATE(w.ctx, double, &typed));
    EXPECT(fa_typed_pool_alloc(typed) != NULL);
    EXPECT_UINT(context_stats(w.ctx).pool_refills, refills + 1);
    EXPECT_OK(fa_typed_pool_destroy(typed));
    EXPECT_UINT(context_stats(w.ctx).pool_refills, refills + 1);
    EXPECT_OK(fa_diagnostics_set(w.ctx, FA_DIAGNOSTICS_OFF));
}
END_TEST

START_TEST(stats_follow_every_kind_of_memory)
{
    fa_allocator_stats before = world_stats(&w);
    EXPECT_OK(fa_frame_begin(w.ctx));
    EXPECT(fa_frame_alloc(w.ctx, 1000, 16) != NULL);
    fa_arena *arena = NULL;
    EXPECT_OK(fa_arena_create(w.ctx, NULL, &arena));
    EXPECT(fa_arena_alloc(arena, 2000, 16) != NULL);
    void *pool = fa_pool_alloc(w.ctx, 333, 16);
    void *heap = fa_heap_alloc(w.ctx, 444, 16);
    fa_typed_pool *typed = NULL;
    EXPECT_OK(FA_TYPED_POOL_CREATE(w.ctx, double, &typed));
    void *object = fa_typed_pool_alloc(typed);
    fa_allocator_stats s = world_stats(&w);
    EXPECT_UINT(s.frame_bytes, fa_frame_used_bytes(w.ctx));
    EXPECT_UINT(s.arena_bytes, fa_arena_used_bytes(arena));
    EXPECT_UINT(s.pool_bytes, 333 + sizeof(double));
    EXPECT_UINT(s.pool_objects, 2);
    EXPECT_UINT(s.heap_bytes, 444);
    EXPECT_UINT(s.heap_objects, 1);
    EXPECT(s.object_page_bytes >= 333 + 8 + 444);
    EXPECT(s.reserved_bytes > before.reserved_bytes); /* the arena's */
    EXPECT(s.committed_bytes >= s.frame_bytes + s.arena_bytes + s.object_page_bytes + s.metadata_bytes);
    EXPECT_OK(fa_typed_pool_free(typed, object));
    EXPECT_OK(fa_pool_free(w.ctx, pool));
    EXPECT_OK(fa_heap_free(w.ctx, heap));
    EXPECT_OK(fa_typed_pool_destroy(typed));
    EXPECT_OK(fa_arena_destroy(arena));
    EXPECT_OK(fa_frame_end(w.ctx));
    s = world_stats(&w);
    EXPECT_UINT(s.frame_bytes, 0);
    EXPECT_UINT(s.arena_bytes, 0);
    EXPECT_UINT(s.pool_bytes, 0);
    EXPECT_UINT(s.heap_bytes, 0);
    EXPECT_UINT(s.reserved_bytes, before.reserved_bytes);
}
END_TEST

START_TEST(stats_count_contexts_tags_and_heap_calls)
{
    fa_context *second = NULL;
    EXPECT_OK(fa_context_attach(w.allocator, NULL, &second));
    EXPECT(fa_tag_intern(w.allocator, "a/b/c") != FA_TAG_INVALID);
    EXPECT_UINT(world_stats(&w).contexts, 2);
    EXPECT_UINT(world_stats(&w).tags, 4);
    EXPECT_UINT(world_stats(&w).tags, fa_tag_count(w.allocator));
    void *p = fa_heap_alloc(w.ctx, 10, 8);
    p = fa_heap_realloc(w.ctx, p, 20);
    EXPECT_UINT(context_stats(w.ctx).heap_allocs, 2);
    EXPECT_UINT(context_stats(second).heap_allocs, 0);
    EXPECT_OK(fa_heap_free(w.ctx, p));
    EXPECT_UINT(context_stats(w.ctx).heap_allocs, 2);
    EXPECT_OK(fa_context_detach(second));
    EXPECT_UINT(world_stats(&w).contexts, 1);
}
END_TEST

START_TEST(stats_count_growth_when_memory_was_committed)
{
    EXPECT_OK(fa_frame_begin(w.ctx));
    uint64_t commits = w.backing.calls[OP_COMMIT];
    uint64_t grows = context_stats(w.ctx).frame_grows;
    EXPECT(fa_frame_alloc(w.ctx, 50 << 20, 16) != NULL);
    EXPECT(w.backing.calls[OP_COMMIT] > commits);
    EXPECT(context_stats(w.ctx).frame_grows > grows);
    EXPECT(context_stats(w.ctx).frame_committed_bytes >= (size_t)50 << 20);
    EXPECT_OK(fa_frame_end(w.ctx));
}
END_TEST

static void *read_stats_of_others(void *user)
{
    fa_allocator *allocator = (fa_allocator *)user;
    for (int i = 0; i < 2000; i++) {
        fa_allocator_stats s;
        fa_tag_stats t;
        EXPECT_OK(fa_allocator_stats_get(allocator, &s));
        EXPECT_OK(fa_tag_stats_get(allocator, (fa_tag)(i % 3), &t));
        EXPECT(s.contexts >= 1);
        EXPECT(t.self.frame_bytes <= t.tree.frame_bytes || t.path[0] == 'u');
    }
    return NULL;
}

START_TEST(stats_may_be_read_by_any_thread_while_others_allocate)
{
    world plain;
    fa_allocator_desc desc = {.backing = fa_backing_os()};
    world_open(&plain, &desc);
    fa_tag tag = fa_tag_intern(plain.allocator, "busy/loop");
    pthread_t threads[3];
    for (int i = 0; i < 3; i++) {
        EXPECT(pthread_create(&threads[i], NULL, read_stats_of_others, plain.allocator) == 0);
    }
    for (int frame = 0; frame < 1000; frame++) {
        EXPECT_OK(fa_frame_begin(plain.ctx));
        FA_TAG_SCOPE (plain.ctx, tag) {
            EXPECT(fa_frame_alloc(plain.ctx, 10000, 16) != NULL);
            void *p = fa_pool_alloc(plain.ctx, 100, 8);
            void *q = fa_heap_alloc(plain.ctx, 100, 8);
            EXPECT_OK(fa_pool_free(plain.ctx, p));
            EXPECT_OK(fa_heap_free(plain.ctx, q));
        }
        EXPECT_OK(fa_frame_end(plain.ctx));
    }
    for (int i = 0; i < 3; i++) {
        EXPECT(pthread_join(threads[i], NULL) == 0);
    }
    world_close(&plain);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("stats");
    TCase *tcase = support_case(suite, "stats");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, stats_of_a_fresh_allocator_are_what_is_known);
    tcase_add_test(tcase, stats_without_a_place_are_an_invalid_argument);
    tcase_add_test(tcase, stats_count_every_tier_that_served);
    tcase_add_test(tcase, stats_follow_every_kind_of_memory);
    tcase_add_test(tcase, stats_count_contexts_tags_and_heap_calls);
    tcase_add_test(tcase, stats_count_growth_when_memory_was_committed);
    tcase_add_test(tcase, stats_may_be_read_by_any_thread_while_others_allocate);
    return support_run(suite);
}
