/* Threads: a number for each, the closed list of tags, and two contexts used at the same time. */
#include "core/support.h"

START_TEST(thread_tags_are_the_closed_list)
{
    static const char *const tags[] = {
#define FA_X(name, text) text,
        FA_THREAD_TAG_TABLE(FA_X)
#undef FA_X
    };
    static const char *const expected[] = {"[any-thread]",    "[owner-thread]", "[main-thread]",
                                           "[worker-thread]", "[startup]",      "[frame-boundary]"};
    EXPECT_UINT(sizeof tags / sizeof tags[0], 6);
    for (int i = 0; i < 6; i++) {
        EXPECT_STR(tags[i], expected[i]);
    }
}
END_TEST

enum { THREADS = 16 };
static uintptr_t ids[THREADS];
static pthread_barrier_t all_alive;

static void *note_id(void *user)
{
    size_t i = (size_t)(uintptr_t)user;
    ids[i] = fa_thread_id();
    (void)pthread_barrier_wait(&all_alive);
    EXPECT(ids[i] == fa_thread_id());
    return NULL;
}

START_TEST(thread_id_is_unique_among_the_living_stable_and_never_0)
{
    pthread_t threads[THREADS];
    (void)pthread_barrier_init(&all_alive, NULL, THREADS);
    for (uintptr_t i = 0; i < THREADS; i++) {
        EXPECT(pthread_create(&threads[i], NULL, note_id, (void *)i) == 0);
    }
    for (int i = 0; i < THREADS; i++) {
        EXPECT(pthread_join(threads[i], NULL) == 0);
    }
    for (int i = 0; i < THREADS; i++) {
        EXPECT(ids[i] != 0 && ids[i] != fa_thread_id());
        for (int k = 0; k < i; k++) {
            EXPECT(ids[k] != ids[i]);
        }
    }
    EXPECT(fa_thread_id() == fa_thread_id());
}
END_TEST

static fa_allocator *shared;

static void *work(void *user)
{
    random_state r = {(uint64_t)(uintptr_t)user + 1};
    fa_context *ctx = NULL;
    EXPECT_OK(fa_context_attach(shared, NULL, &ctx));
    fa_tag tag = fa_tag_intern(shared, (uintptr_t)user % 2 != 0 ? "odd/work" : "even/work");
    void *live[64] = {NULL};
    for (int frame = 0; frame < 100; frame++) {
        EXPECT_OK(fa_frame_begin(ctx));
        FA_TAG_SCOPE (ctx, tag) {
            for (int i = 0; i < 40; i++) {
                size_t size = random_size(&r, 4000);
                memset(fa_frame_alloc(ctx, size, 16), 1, size);
                size_t at = random_below(&r, 64);
                if (live[at] != NULL) {
                    EXPECT_OK(fa_pool_free(ctx, live[at]));
                    live[at] = NULL;
                } else {
                    live[at] = fa_pool_alloc(ctx, size, 8);
                    memset(live[at], 2, size);
                }
            }
        }
        EXPECT_OK(fa_frame_end(ctx));
    }
    for (int i = 0; i < 64; i++) {
        EXPECT_OK(fa_pool_free(ctx, live[i]));
    }
    EXPECT_OK(fa_context_detach(ctx));
    return NULL;
}

START_TEST(threads_with_contexts_of_their_own_do_not_meet)
{
    world plain;
    fa_allocator_desc desc = {.backing = fa_backing_os()};
    world_open(&plain, &desc);
    shared = plain.allocator;
    pthread_t threads[8];
    for (uintptr_t i = 0; i < 8; i++) {
        EXPECT(pthread_create(&threads[i], NULL, work, (void *)i) == 0);
    }
    for (int i = 0; i < 8; i++) {
        EXPECT(pthread_join(threads[i], NULL) == 0);
    }
    fa_allocator_stats s = world_stats(&plain);
    EXPECT_UINT(s.contexts, 1);
    EXPECT_UINT(s.pool_bytes, 0);
    EXPECT_UINT(s.pool_objects, 0);
    EXPECT_UINT(s.frame_bytes, 0);
    EXPECT_UINT(tag_stats(shared, fa_tag_intern(shared, "odd")).tree.pool_bytes, 0);
    world_close(&plain);
}
END_TEST

enum { RING = 512 };
static struct {
    _Atomic(void *) slots[RING];
    atomic_bool done;
} ring;

static void *produce(void *user)
{
    (void)user;
    fa_context *ctx = fa_context_current(shared);
    for (uint64_t i = 0; i < 20000; i++) {
        void *p = fa_pool_alloc(ctx, 16 + i % 200, 8);
        EXPECT(p != NULL);
        pattern_fill(p, 16, i % RING);
        while (atomic_load_explicit(&ring.slots[i % RING], memory_order_acquire) != NULL) {
            (void)usleep(10);
        }
        atomic_store_explicit(&ring.slots[i % RING], p, memory_order_release);
    }
    atomic_store(&ring.done, true);
    EXPECT_OK(fa_context_detach(ctx));
    return NULL;
}

static void *consume(void *user)
{
    (void)user;
    fa_context *ctx = fa_context_current(shared);
    for (uint64_t i = 0; i < 20000; i++) {
        void *p = NULL;
        while ((p = atomic_load_explicit(&ring.slots[i % RING], memory_order_acquire)) == NULL) {
            (void)usleep(10);
        }
        EXPECT(pattern_holds(p, 16, i % RING, 16));
        EXPECT_OK(fa_pool_free_sized(ctx, p, 16 + i % 200));
        atomic_store_explicit(&ring.slots[i % RING], NULL, memory_order_release);
    }
    EXPECT_OK(fa_context_detach(ctx));
    return NULL;
}

START_TEST(threads_may_free_what_others_took_while_both_run)
{
    world plain;
    fa_allocator_desc desc = {.backing = fa_backing_os()};
    world_open(&plain, &desc);
    shared = plain.allocator;
    pthread_t threads[2];
    EXPECT(pthread_create(&threads[0], NULL, produce, NULL) == 0);
    EXPECT(pthread_create(&threads[1], NULL, consume, NULL) == 0);
    EXPECT(pthread_join(threads[0], NULL) == 0);
    EXPECT(pthread_join(threads[1], NULL) == 0);
    EXPECT_UINT(world_stats(&plain).pool_objects, 0);
    EXPECT_UINT(world_stats(&plain).pool_bytes, 0);
    EXPECTF(world_stats(&plain).object_page_bytes < 16 << 20, "%" PRIu64,
            world_stats(&plain).object_page_bytes);
    world_close(&plain);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("threads");
    TCase *tcase = support_case(suite, "threads");
    tcase_add_test(tcase, thread_tags_are_the_closed_list);
    tcase_add_test(tcase, thread_id_is_unique_among_the_living_stable_and_never_0);
    tcase_add_test(tcase, threads_with_contexts_of_their_own_do_not_meet);
    tcase_add_test(tcase, threads_may_free_what_others_took_while_both_run);
    return support_run(suite);
}
