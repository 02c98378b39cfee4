/* Groups: memory freed together, from any thread. */
#include "core/support.h"

static world w;
static fa_group *group;

static void setup(void)
{
    world_open(&w, NULL);
    EXPECT_OK(fa_group_create(w.ctx, &(fa_group_desc){.name = "level"}, &group));
}
static void teardown(void)
{
    EXPECT_OK(fa_group_destroy(w.ctx, group));
    EXPECT_UINT(world_stats(&w).heap_bytes, 0);
    EXPECT_UINT(world_stats(&w).heap_objects, 0);
    world_close(&w);
}

static fa_group_stats group_stats(fa_group *of)
{
    fa_group_stats s;
    EXPECT_OK(fa_group_stats_get(w.ctx, of, &s));
    return s;
}

START_TEST(group_blocks_are_unique_aligned_and_freed_by_one_call)
{
    enum { COUNT = 3000 };
    static uint8_t *blocks[COUNT];
    static size_t sizes[COUNT];
    random_state r = {support_seed()};
    size_t bytes = 0;
    for (size_t i = 0; i < COUNT; i++) {
        sizes[i] = random_size(&r, i % 100 == 0 ? 200000 : 3000);
        size_t align = (size_t)1 << random_below(&r, i % 50 == 0 ? 17 : 10);
        blocks[i] = fa_group_alloc(w.ctx, group, sizes[i], align);
        EXPECT(blocks[i] != NULL && (uintptr_t)blocks[i] % align == 0);
        pattern_fill(blocks[i], sizes[i], i);
        bytes += sizes[i];
    }
    for (size_t i = 0; i < COUNT; i++) {
        EXPECT(pattern_holds(blocks[i], sizes[i], i, sizes[i]));
    }
    fa_group_stats s = group_stats(group);
    EXPECT_STR(s.name, "level");
    EXPECT_UINT(s.blocks, COUNT);
    EXPECT_UINT(s.bytes, bytes);
    EXPECT_UINT(world_stats(&w).heap_bytes, bytes);
    EXPECT_UINT(world_stats(&w).heap_objects, COUNT);
    EXPECT(fa_allocator_validate(w.allocator));
    EXPECT_OK(fa_group_free_all(w.ctx, group));
    s = group_stats(group);
    EXPECT_UINT(s.blocks, 0);
    EXPECT_UINT(s.bytes, 0);
    EXPECT_UINT(s.peak_bytes, bytes);
    EXPECT_UINT(s.allocs, COUNT);
    EXPECT_UINT(s.frees, COUNT);
    EXPECT_UINT(world_stats(&w).heap_bytes, 0);
}
END_TEST

START_TEST(group_random_walk_agrees_with_a_model)
{
    enum { SLOTS = 400 };
    static struct {
        uint8_t *p;
        size_t size;
        uint64_t id;
        int of;
    } live[SLOTS];
    fa_group *groups[2] = {group, NULL};
    EXPECT_OK(fa_group_create(w.ctx, NULL, &groups[1]));
    size_t bytes[2] = {0, 0};
    size_t blocks[2] = {0, 0};
    random_state r = {support_seed()};
    for (uint64_t step = 1; step <= (SUPPORT_SLOW ? 20000 : 200000); step++) {
        size_t i = random_below(&r, SLOTS);
        if (live[i].p == NULL) {
            live[i].size = random_size(&r, 5000);
            live[i].of = (int)random_below(&r, 2);
            live[i].id = step;
            live[i].p = fa_group_alloc(w.ctx, groups[live[i].of], live[i].size, 16);
            EXPECT(live[i].p != NULL);
            pattern_fill(live[i].p, live[i].size, step);
            bytes[live[i].of] += live[i].size;
            blocks[live[i].of]++;
        } else {
            EXPECT(pattern_holds(live[i].p, live[i].size, live[i].id, live[i].size));
            EXPECT_OK(fa_group_free(w.ctx, groups[live[i].of], live[i].p));
            bytes[live[i].of] -= live[i].size;
            blocks[live[i].of]--;
            live[i].p = NULL;
        }
        if (random_below(&r, 5000) == 0) {
            int which = (int)random_below(&r, 2);
            EXPECT_OK(fa_group_free_all(w.ctx, groups[which]));
            for (size_t k = 0; k < SLOTS; k++) {
                live[k].p = live[k].of == which ? NULL : live[k].p;
            }
            bytes[which] = blocks[which] = 0;
        }
        if (step % 64 == 0) {
            EXPECT_UINT(group_stats(groups[step / 64 % 2]).bytes, bytes[step / 64 % 2]);
            EXPECT_UINT(group_stats(groups[step / 64 % 2]).blocks, blocks[step / 64 % 2]);
            EXPECT_UINT(world_stats(&w).heap_bytes, bytes[0] + bytes[1]);
        }
    }
    EXPECT_OK(fa_group_destroy(w.ctx, groups[1]));
}
END_TEST

START_TEST(group_maximum_is_exact_to_the_byte)
{
    fa_group *small = NULL;
    EXPECT_OK(fa_group_create(w.ctx, &(fa_group_desc){.max_bytes = 1000}, &small));
    void *first = fa_group_alloc(w.ctx, small, 600, 16);
    EXPECT(first != NULL);
    EXPECT_NO_MEMORY_NULL(&w, fa_group_alloc(w.ctx, small, 401, 16), FULL);
    EXPECT_NO_MEMORY_NULL(&w, fa_group_alloc(w.ctx, small, SIZE_MAX, 16), FULL);
    EXPECT(fa_group_alloc(w.ctx, small, 400, 16) != NULL);
    EXPECT(fa_group_alloc(w.ctx, small, 0, 16) != NULL);
    EXPECT_NO_MEMORY_NULL(&w, fa_group_alloc(w.ctx, small, 1, 16), FULL);
    EXPECT_UINT(group_stats(small).bytes, 1000);
    EXPECT_UINT(group_stats(small).refused, 3);
    EXPECT_OK(fa_group_free(w.ctx, small, first));
    EXPECT(fa_group_alloc(w.ctx, small, 600, 16) != NULL);
    EXPECT_NO_MEMORY_NULL(&w, fa_group_alloc(w.ctx, group, SIZE_MAX, 16), FULL);
    EXPECT_NO_MEMORY_NULL(&w, fa_group_alloc(w.ctx, group, FA_REQUEST_MAX + 1, 16), FULL);
    EXPECT_OK(fa_group_destroy(w.ctx, small));
}
END_TEST

START_TEST(group_bytes_go_to_the_tag_that_took_them)
{
    fa_tag level = fa_tag_intern(w.allocator, "level");
    fa_tag sound = fa_tag_intern(w.allocator, "level/sound");
    EXPECT_OK(fa_tag_push(w.ctx, sound));
    void *p = fa_group_alloc(w.ctx, group, 300, 16);
    EXPECT_OK(fa_tag_pop(w.ctx));
    EXPECT(fa_group_alloc(w.ctx, group, 50, 16) != NULL);
    EXPECT_UINT(tag_stats(w.allocator, sound).self.heap_bytes, 300);
    EXPECT_UINT(tag_stats(w.allocator, level).tree.heap_bytes, 300);
    EXPECT_UINT(tag_stats(w.allocator, FA_TAG_NONE).self.heap_bytes, 50);
    EXPECT_OK(fa_group_free(w.ctx, group, p));
    EXPECT_UINT(tag_stats(w.allocator, sound).self.heap_bytes, 0);
    fa_group *tagged = NULL;
    EXPECT_OK(fa_group_create(w.ctx, &(fa_group_desc){.tag = level}, &tagged));
    EXPECT_OK(fa_tag_push(w.ctx, sound));
    EXPECT(fa_group_alloc_zeroed(w.ctx, tagged, 70, 16) != NULL);
    EXPECT_OK(fa_tag_pop(w.ctx));
    EXPECT_UINT(tag_stats(w.allocator, level).self.heap_bytes, 70);
    EXPECT_OK(fa_group_destroy(w.ctx, tagged));
    EXPECT_UINT(tag_stats(w.allocator, level).tree.heap_bytes, 0);
}
END_TEST

START_TEST(group_misuse_is_refused_and_changes_nothing)
{
    fa_group *other = NULL;
    EXPECT_OK(fa_group_create(w.ctx, NULL, &other));
    void *p = fa_group_alloc(w.ctx, group, 100, 16);
    void *large = fa_group_alloc(w.ctx, group, 100000, 16);
    int local = 0;
    EXPECT_REFUSED(&w, fa_group_free(w.ctx, other, p), FA607, WRONG_FAMILY);
    EXPECT_REFUSED(&w, fa_group_free(w.ctx, other, large), FA607, WRONG_FAMILY);
    EXPECT_REFUSED(&w, fa_group_free(w.ctx, group, beside(p, 16)), FA607, FOREIGN_POINTER);
    EXPECT_REFUSED(&w, fa_group_free(w.ctx, group, opaque(&local)), FA607, FOREIGN_POINTER);
    EXPECT_REFUSED(&w, fa_pool_free(w.ctx, p), FA607, WRONG_FAMILY);
    EXPECT_REFUSED(&w, fa_heap_free(w.ctx, large), FA607, WRONG_FAMILY);
    EXPECT(strstr(w.rec.items[0].message, "group") != NULL);
    EXPECT_REFUSED_NULL(&w, fa_group_alloc(w.ctx, group, 1, 3), FA004, INVALID_ARGUMENT);
    EXPECT_REFUSED_NULL(&w, fa_group_alloc(w.ctx, opaque(w.ctx), 1, 1), FA005, INVALID_ARGUMENT);
    EXPECT_REFUSED_NULL(&w, fa_group_alloc(w.ctx, NULL, 1, 1), FA005, INVALID_ARGUMENT);
    EXPECT_REFUSED(&w, fa_group_free_all(w.ctx, NULL), FA005, INVALID_ARGUMENT);
    EXPECT_OK(fa_group_free(w.ctx, group, NULL));
    EXPECT_OK(fa_group_free(w.ctx, group, p));
    EXPECT_OK(fa_group_free(w.ctx, group, large));
    EXPECT_REFUSED(&w, fa_group_free(w.ctx, group, opaque(p)), FA607, DOUBLE_FREE);
    EXPECT_REFUSED(&w, fa_group_free(w.ctx, group, opaque(large)), FA607, DOUBLE_FREE);
    EXPECT_UINT(group_stats(group).frees, 2);
    EXPECT_OK(fa_group_destroy(w.ctx, other));
    EXPECT_OK(fa_group_destroy(w.ctx, NULL));
    EXPECT_REFUSED(&w, fa_group_destroy(w.ctx, opaque(other)), FA005, INVALID_ARGUMENT);
    fa_group *made = group;
    fa_group_desc dirty = {.end_canary = 1, .tag = 77};
    EXPECT_REFUSED(&w, fa_group_create(w.ctx, &dirty, &made), FA103, INVALID_DESC);
    EXPECT(made == NULL);
}
END_TEST

START_TEST(group_of_another_allocator_is_refused)
{
    world two;
    world_open(&two, NULL);
    EXPECT_REFUSED_NULL(&two, fa_group_alloc(two.ctx, group, 1, 1), FA005, INVALID_ARGUMENT);
    EXPECT_REFUSED(&two, fa_group_destroy(two.ctx, group), FA005, INVALID_ARGUMENT);
    world_close(&two);
}
END_TEST

START_TEST(group_never_freed_is_listed_by_call_site)
{
    world two;
    world_open(&two, NULL);
    fa_group *leaked = NULL;
    EXPECT_OK(fa_group_create(two.ctx, NULL, &leaked));
    int line = __LINE__ + 2;
    for (int i = 0; i < 3; i++) {
        EXPECT(fa_group_alloc(two.ctx, leaked, 100, 16) != NULL);
    }
    EXPECT_OK(fa_context_detach(two.ctx));
    EXPECT_OK(fa_allocator_destroy(two.allocator));
    EXPECT_UINT(two.rec.count, 1);
    EXPECT(two.rec.items[0].id == FA_CODE_FA608 && two.rec.items[0].bytes == 300);
    char site[64];
    (void)snprintf(site, sizeof site, "test_group.c:%d", line);
    EXPECT(strstr(two.rec.items[0].earlier, site) != NULL);
    EXPECT(strstr(two.rec.items[0].message, "group") != NULL);
    world_expect_nothing_left(&two);
    tracking_close(&two.backing);
}
END_TEST

START_TEST(group_without_memory_for_its_list_is_as_it_was)
{
    enum { COUNT = 100000 };
    tracking_fail(&w.backing, OP_COMMIT, 1, true);
    size_t taken = 0;
    while (taken < COUNT && fa_group_alloc(w.ctx, group, 16, 16) != NULL) {
        taken++;
    }
    EXPECT(taken < COUNT && fa_context_last_result(w.ctx) == FA_RESULT_OUT_OF_MEMORY);
    EXPECT_NO_MEMORY_NULL(&w, fa_group_alloc(w.ctx, group, 16, 16), OUT_OF_MEMORY);
    EXPECT_UINT(group_stats(group).blocks, taken);
    tracking_fail(&w.backing, OP_COMMIT, 0, false);
    EXPECT(fa_group_alloc(w.ctx, group, 16, 16) != NULL);
    EXPECT_OK(fa_group_free_all(w.ctx, group));
}
END_TEST

static fa_group *hook_group;
static fa_handle_heap *hook_heap;
static fa_stream_cache *hook_cache;
static unsigned hook_calls;

static void allocate_everywhere(void *user, const fa_budget_event *event)
{
    (void)user;
    hook_calls++;
    EXPECT_RESULT(fa_context_detach(event->ctx), REENTRANT); /* the call that told us goes on */
    EXPECT_RESULT(fa_allocator_destroy(fa_context_allocator(event->ctx)), BUSY);
    EXPECT(fa_group_alloc(event->ctx, hook_group, 1, 16) != NULL);
    fa_handle h = fa_handle_alloc(event->ctx, hook_heap, 1, 16);
    EXPECT_OK(fa_handle_free(event->ctx, hook_heap, h));
    fa_stream s;
    EXPECT_OK(fa_stream_reserve(event->ctx, hook_cache, &(fa_stream_desc){.bytes = 1}, &s));
    EXPECT_OK(fa_stream_release(event->ctx, hook_cache, s));
}

START_TEST(group_handle_and_stream_requests_told_of_a_limit_may_come_again_from_the_hook)
{
    world two;
    world_open(&two, &(fa_allocator_desc){.budget_hook = {.fn = allocate_everywhere}});
    fa_tag tag = fa_tag_intern(two.allocator, "assets");
    EXPECT_OK(fa_tag_push(two.ctx, tag));
    EXPECT_OK(fa_group_create(two.ctx, NULL, &hook_group));
    EXPECT_OK(fa_handle_heap_create(two.ctx, NULL, &hook_heap));
    EXPECT_OK(fa_stream_cache_create(two.ctx, NULL, &hook_cache));
    EXPECT_OK(fa_tag_budget_set(two.allocator, tag, (fa_budget){.soft_bytes = 1000, .hard_bytes = 5000}));
    EXPECT(fa_group_alloc(two.ctx, hook_group, 2000, 16) != NULL); /* passes the soft limit */
    EXPECT(hook_calls > 0);
    unsigned calls = hook_calls;
    EXPECT(fa_group_alloc(two.ctx, hook_group, 5000, 16) == NULL); /* the hard one */
    EXPECT_RESULT(fa_context_last_result(two.ctx), OVER_BUDGET);
    EXPECT(fa_handle_is_null(fa_handle_alloc(two.ctx, hook_heap, 5000, 16)));
    EXPECT_RESULT(fa_context_last_result(two.ctx), OVER_BUDGET);
    fa_stream s;
    EXPECT_RESULT(fa_stream_reserve(two.ctx, hook_cache, &(fa_stream_desc){.bytes = 5000}, &s), OVER_BUDGET);
    EXPECT(hook_calls >= calls + 3);
    EXPECT_UINT(two.rec.count, 2 * hook_calls);
    recorder_clear(&two.rec);
    fa_budget_stats b;
    EXPECT_OK(fa_tag_budget_get(two.allocator, tag, &b));
    EXPECT_UINT(b.used_bytes, tag_stats(two.allocator, tag).self.heap_bytes);
    EXPECT_OK(fa_group_destroy(two.ctx, hook_group));
    EXPECT_OK(fa_handle_heap_destroy(two.ctx, hook_heap));
    EXPECT_OK(fa_stream_cache_destroy(two.ctx, hook_cache));
    EXPECT_OK(fa_tag_budget_get(two.allocator, tag, &b));
    EXPECT_UINT(b.used_bytes, 0);
    EXPECT_OK(fa_tag_pop(two.ctx));
    world_close(&two);
}
END_TEST

/* ---- threads ------------------------------------------------------------------------------------------------- */

enum { THREADS = 4, ROUNDS = SUPPORT_SLOW ? 1500 : 12000 };

static fa_allocator *shared_allocator;
static fa_group *shared_group;
static _Atomic(void *) mailbox[64];
static atomic_size_t freed_single;
static atomic_uint wrong;

static void *use_group(void *user)
{
    fa_context *ctx = NULL;
    random_state r = {(uint64_t)(uintptr_t)user};
    if (fa_context_attach(shared_allocator, NULL, &ctx) != FA_RESULT_OK) {
        atomic_fetch_add(&wrong, 1);
        return NULL;
    }
    for (int i = 0; i < ROUNDS; i++) {
        size_t size = 16 + random_below(&r, 500);
        uint8_t *p = fa_group_alloc(ctx, shared_group, size, 16);
        if (p == NULL) {
            atomic_fetch_add(&wrong, 1);
            break;
        }
        memset(p, (int)(size & 0xFF), size);
        p[0] = (uint8_t)i;
        /* Blocks wander between threads; who finds one frees it. */
        void *found = atomic_exchange(&mailbox[random_below(&r, 64)], p);
        if (found != NULL) {
            if (fa_group_free(ctx, shared_group, found) != FA_RESULT_OK) {
                atomic_fetch_add(&wrong, 1);
            }
            atomic_fetch_add(&freed_single, 1);
        }
    }
    (void)fa_context_detach(ctx);
    return NULL;
}

START_TEST(group_may_be_used_by_many_threads_at_once)
{
    fa_context *ctx = NULL;
    EXPECT_OK(fa_allocator_create(NULL, &shared_allocator));
    EXPECT_OK(fa_context_attach(shared_allocator, NULL, &ctx));
    EXPECT_OK(fa_group_create(ctx, NULL, &shared_group));
    pthread_t threads[THREADS];
    for (uintptr_t i = 0; i < THREADS; i++) {
        EXPECT(pthread_create(&threads[i], NULL, use_group, (void *)(i + 1)) == 0);
    }
    fa_group_stats s;
    for (int i = 0; i < 50; i++) {
        EXPECT_OK(fa_group_stats_get(ctx, shared_group, &s));
        EXPECT(s.allocs == s.frees + s.blocks && s.bytes <= s.peak_bytes);
    }
    for (int i = 0; i < THREADS; i++) {
        EXPECT(pthread_join(threads[i], NULL) == 0);
    }
    EXPECT_UINT(atomic_load(&wrong), 0);
    EXPECT_OK(fa_group_stats_get(ctx, shared_group, &s));
    EXPECT_UINT(s.allocs, (uint64_t)THREADS * ROUNDS);
    EXPECT_UINT(s.frees, atomic_load(&freed_single));
    EXPECT_UINT(s.blocks, s.allocs - s.frees);
    EXPECT_OK(fa_group_destroy(ctx, shared_group));
    fa_allocator_stats all;
    EXPECT_OK(fa_allocator_stats_get(shared_allocator, &all));
    EXPECT_UINT(all.heap_bytes, 0);
    EXPECT_UINT(all.heap_objects, 0);
    EXPECT(fa_allocator_validate(shared_allocator));
    EXPECT_OK(fa_allocator_destroy(shared_allocator));
}
END_TEST

static atomic_bool stop_clearing;

static void *clear_group(void *user)
{
    (void)user;
    fa_context *ctx = NULL;
    if (fa_context_attach(shared_allocator, NULL, &ctx) != FA_RESULT_OK) {
        atomic_fetch_add(&wrong, 1);
        return NULL;
    }
    while (!atomic_load(&stop_clearing)) {
        if (fa_group_free_all(ctx, shared_group) != FA_RESULT_OK) {
            atomic_fetch_add(&wrong, 1);
        }
    }
    (void)fa_context_detach(ctx);
    return NULL;
}

START_TEST(group_freed_while_others_allocate_loses_and_doubles_nothing)
{
    fa_context *ctx = NULL;
    EXPECT_OK(fa_allocator_create(NULL, &shared_allocator));
    EXPECT_OK(fa_context_attach(shared_allocator, NULL, &ctx));
    EXPECT_OK(fa_group_create(ctx, NULL, &shared_group));
    pthread_t thread;
    EXPECT(pthread_create(&thread, NULL, clear_group, NULL) == 0);
    for (int i = 0; i < ROUNDS; i++) {
        EXPECT(fa_group_alloc(ctx, shared_group, 100, 16) != NULL);
    }
    atomic_store(&stop_clearing, true);
    EXPECT(pthread_join(thread, NULL) == 0);
    EXPECT_UINT(atomic_load(&wrong), 0);
    fa_group_stats s;
    EXPECT_OK(fa_group_stats_get(ctx, shared_group, &s));
    EXPECT_UINT(s.allocs, ROUNDS);
    EXPECT_UINT(s.frees + s.blocks, ROUNDS);
    EXPECT_UINT(s.bytes, s.blocks * 100);
    EXPECT_OK(fa_group_destroy(ctx, shared_group));
    EXPECT_OK(fa_allocator_destroy(shared_allocator));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("group");
    TCase *tcase = support_case(suite, "group");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, group_blocks_are_unique_aligned_and_freed_by_one_call);
    tcase_add_test(tcase, group_random_walk_agrees_with_a_model);
    tcase_add_test(tcase, group_maximum_is_exact_to_the_byte);
    tcase_add_test(tcase, group_bytes_go_to_the_tag_that_took_them);
    tcase_add_test(tcase, group_misuse_is_refused_and_changes_nothing);
    tcase_add_test(tcase, group_of_another_allocator_is_refused);
    tcase_add_test(tcase, group_never_freed_is_listed_by_call_site);
    tcase_add_test(tcase, group_without_memory_for_its_list_is_as_it_was);
    tcase_add_test(tcase, group_handle_and_stream_requests_told_of_a_limit_may_come_again_from_the_hook);
    tcase = support_case(suite, "group: threads");
    tcase_add_test(tcase, group_may_be_used_by_many_threads_at_once);
    tcase_add_test(tcase, group_freed_while_others_allocate_loses_and_doubles_nothing);
    return support_run(suite);
}
