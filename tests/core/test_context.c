/* Contexts: whose they are, how they change hands, what a thread's end leaves. */
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

/* ---- attach and detach
 * --------------------------------------------------------------------------------------- */

START_TEST(context_attach_needs_an_allocator_and_an_out)
{
    EXPECT_RESULT(fa_context_attach(w.allocator, NULL, NULL), INVALID_ARGUMENT);
    fa_context *ctx = w.ctx;
    EXPECT_RESULT(fa_context_attach(NULL, NULL, &ctx), INVALID_ARGUMENT);
    EXPECT(ctx == NULL);
    w.rec.count = 0; /* whether it is reported too is not promised */
}
END_TEST

START_TEST(context_names_are_given_copied_or_numbered)
{
    char name[] = "render";
    fa_context *named = NULL;
    fa_context *first = NULL;
    fa_context *second = NULL;
    EXPECT_OK(fa_context_attach(w.allocator, &(fa_context_desc){.name = name}, &named));
    EXPECT_OK(fa_context_attach(w.allocator, NULL, &first));
    EXPECT_OK(fa_context_attach(w.allocator, &(fa_context_desc){0}, &second));
    memset(name, 'x', 6);
    EXPECT_STR(fa_context_name(named), "render");
    EXPECT_UINT(strncmp(fa_context_name(first), "context ", 8), 0);
    EXPECT_UINT(strncmp(fa_context_name(second), "context ", 8), 0);
    EXPECT(strcmp(fa_context_name(first), fa_context_name(second)) != 0);
    EXPECT(fa_context_allocator(named) == w.allocator);
    EXPECT_OK(fa_context_detach(named));
    EXPECT_OK(fa_context_detach(first));
    EXPECT_OK(fa_context_detach(second));
}
END_TEST

START_TEST(context_name_of_any_length_is_cut_at_31_bytes)
{
    char name[200];
    for (size_t length = 29; length < 34; length++) {
        memset(name, 'n', sizeof name);
        name[length] = '\0';
        fa_context *ctx = NULL;
        EXPECT_OK(fa_context_attach(w.allocator, &(fa_context_desc){.name = name}, &ctx));
        EXPECT_UINT(strlen(fa_context_name(ctx)), length < 31 ? length : 31);
        EXPECT_UINT(strncmp(fa_context_name(ctx), name, strlen(fa_context_name(ctx))), 0);
        EXPECT_OK(fa_context_detach(ctx));
    }
}
END_TEST

START_TEST(context_detach_of_null_is_fine)
{
    EXPECT_OK(fa_context_detach(NULL));
}
END_TEST

START_TEST(context_detach_with_an_open_frame_is_refused_and_changes_nothing)
{
    EXPECT_OK(fa_frame_begin(w.ctx));
    uint8_t *p = (uint8_t *)fa_frame_alloc(w.ctx, 100, 1);
    memset(p, 7, 100);
    snapshot before;
    snapshot_take(&before, w.allocator, w.ctx);
    EXPECT_RESULT(fa_context_detach(w.ctx), FRAME_OPEN);
    EXPECT_UINT(w.rec.count, 1);
    EXPECT(w.rec.items[0].result == FA_RESULT_FRAME_OPEN);
    EXPECT(strstr(w.rec.items[0].earlier, "test_context.c:") != NULL); /* where it was begun */
    w.rec.count = 0;
    support_expect_unchanged(&before, &w, false, "fa_context_detach");
    EXPECT(all_bytes_are(p, 100, 7));
}
END_TEST

START_TEST(context_detached_is_refused_as_an_invalid_argument)
{
    fa_context *ctx = NULL;
    EXPECT_OK(fa_context_attach(w.allocator, NULL, &ctx));
    EXPECT_OK(fa_context_detach(ctx));
    EXPECT_REFUSED(&w, fa_frame_begin(ctx), FA005, INVALID_ARGUMENT);
    EXPECT(fa_frame_alloc(ctx, 10, 1) == NULL);
    EXPECT_UINT(w.rec.count, 1);
    w.rec.count = 0;
    EXPECT(fa_pool_alloc(ctx, 10, 1) == NULL);
    EXPECT_UINT(w.rec.count, 1);
    w.rec.count = 0;
    EXPECT(fa_context_detach(ctx) != FA_RESULT_OK);
    EXPECT_UINT(w.rec.count, 1);
    w.rec.count = 0;
}
END_TEST

START_TEST(context_detach_closes_tags_and_keeps_pool_and_heap_blocks_alive)
{
    fa_context *ctx = NULL;
    EXPECT_OK(fa_context_attach(w.allocator, NULL, &ctx));
    fa_tag tag = fa_tag_intern(w.allocator, "kept");
    EXPECT_OK(fa_tag_push(ctx, tag));
    void *small = fa_pool_alloc(ctx, 100, 8);
    void *large = fa_pool_alloc(ctx, 100000, 8);
    void *heap = fa_heap_alloc(ctx, 5000, 8);
    pattern_fill(small, 100, 1);
    pattern_fill(large, 100000, 2);
    pattern_fill(heap, 5000, 3);
    EXPECT_OK(fa_context_detach(ctx));
    w.rec.count = 0; /* the open tag scope may be told */
    EXPECT_UINT(tag_stats(w.allocator, tag).self.pool_bytes, 100100);
    EXPECT_UINT(tag_stats(w.allocator, tag).self.heap_bytes, 5000);
    EXPECT(pattern_holds(small, 100, 1, 100));
    EXPECT(pattern_holds(large, 100000, 2, 100000));
    EXPECT(pattern_holds(heap, 5000, 3, 5000));
    EXPECT_UINT(fa_pool_size_bytes(w.ctx, small), 100);
    EXPECT_OK(fa_pool_free(w.ctx, small));
    EXPECT_OK(fa_pool_free(w.ctx, large));
    EXPECT_OK(fa_heap_free(w.ctx, heap));
    EXPECT_UINT(tag_stats(w.allocator, tag).self.pool_bytes, 0);
    EXPECT_UINT(tag_stats(w.allocator, tag).self.heap_bytes, 0);
    EXPECT_UINT(world_stats(&w).pool_objects, 0);
    EXPECT_UINT(world_stats(&w).heap_objects, 0);
}
END_TEST

START_TEST(context_attach_and_detach_a_thousand_times_costs_nothing)
{
    fa_context *ctx = NULL;
    uint64_t reserved = 0;
    uint64_t committed = 0;
    for (int i = 0; i < 1000; i++) {
        EXPECT_OK(fa_context_attach(w.allocator, NULL, &ctx));
        EXPECT_OK(fa_frame_begin(ctx));
        EXPECT(fa_frame_alloc(ctx, 300000, 16) != NULL);
        EXPECT_OK(fa_frame_end(ctx));
        void *p = fa_pool_alloc(ctx, 100, 8);
        EXPECT_OK(fa_pool_free(ctx, p));
        EXPECT_OK(fa_context_detach(ctx));
        if (i == 10) {
            reserved = world_stats(&w).reserved_bytes;
            committed = world_stats(&w).committed_bytes;
        }
    }
    EXPECT_UINT(world_stats(&w).reserved_bytes, reserved);
    EXPECT_UINT(world_stats(&w).committed_bytes, committed);
    EXPECT_UINT(world_stats(&w).contexts, 1);
}
END_TEST

START_TEST(context_several_on_one_thread_have_frames_of_their_own)
{
    enum { COUNT = 20 };
    fa_context *many[COUNT];
    uint8_t *p[COUNT];
    for (int i = 0; i < COUNT; i++) {
        EXPECT_OK(fa_context_attach(w.allocator, NULL, &many[i]));
        EXPECT_OK(fa_frame_begin(many[i]));
        p[i] = (uint8_t *)fa_frame_alloc(many[i], 1000, 16);
        memset(p[i], i, 1000);
    }
    EXPECT_UINT(world_stats(&w).contexts, COUNT + 1);
    for (int i = 0; i < COUNT; i += 2) {
        EXPECT_OK(fa_frame_end(many[i]));
        EXPECT_OK(fa_frame_begin(many[i]));
        memset(fa_frame_alloc(many[i], 1000, 16), 0xFF, 1000);
    }
    for (int i = 1; i < COUNT; i += 2) {
        EXPECT(all_bytes_are(p[i], 1000, (uint8_t)i));
        EXPECT_UINT(fa_frame_index(many[i]), 1);
        EXPECT_UINT(fa_frame_index(many[i - 1]), 2);
    }
    for (int i = 0; i < COUNT; i++) {
        EXPECT_OK(fa_frame_end(many[i]));
        EXPECT_OK(fa_context_detach(many[i]));
    }
    EXPECT_UINT(world_stats(&w).contexts, 1);
}
END_TEST

START_TEST(context_attach_gives_null_when_there_is_no_address_space_or_memory)
{
    snapshot before;
    snapshot_take(&before, w.allocator, w.ctx);
    for (int op = OP_RESERVE; op <= OP_COMMIT; op++) {
        tracking_fail(&w.backing, (backing_op)op, 1, true);
        fa_context *ctx = (fa_context *)opaque(&before);
        fa_result result = fa_context_attach(w.allocator, NULL, &ctx);
        if (w.backing.refused[op] > 0) {
            EXPECT_RESULT(result, OUT_OF_MEMORY);
            EXPECT(ctx == NULL);
            support_expect_unchanged(&before, &w, true, "fa_context_attach");
        } else {
            EXPECT_OK(result); /* it needed none */
            EXPECT_OK(fa_context_detach(ctx));
        }
        tracking_fail(&w.backing, (backing_op)op, 0, false);
    }
    EXPECT(w.backing.refused[OP_RESERVE] > 0);
}
END_TEST

/* ---- current
 * ----------------------------------------------------------------------------------------------------- */

static void *current_on_a_thread(void *user)
{
    fa_allocator *allocator = (fa_allocator *)user;
    fa_context *ctx = fa_context_current(allocator);
    EXPECT(ctx != NULL);
    EXPECT(ctx == fa_context_current(allocator));
    EXPECT(ctx != w.ctx);
    EXPECT_OK(fa_frame_begin(ctx));
    EXPECT_OK(fa_frame_end(ctx));
    EXPECT_OK(fa_context_detach(ctx));
    fa_context *again = fa_context_current(allocator);
    EXPECT(again != NULL);
    EXPECT_OK(fa_context_detach(again));
    return NULL;
}

START_TEST(context_current_is_attached_on_first_use_and_per_thread)
{
    EXPECT(fa_context_current(w.allocator) == w.ctx);
    on_another_thread(current_on_a_thread, w.allocator);
    EXPECT(fa_context_current(w.allocator) == w.ctx);
    EXPECT_UINT(world_stats(&w).contexts, 1);
}
END_TEST

START_TEST(context_current_is_the_one_attached_first_that_is_still_there)
{
    fa_context *second = NULL;
    fa_context *third = NULL;
    EXPECT_OK(fa_context_attach(w.allocator, NULL, &second));
    EXPECT_OK(fa_context_attach(w.allocator, NULL, &third));
    EXPECT(fa_context_current(w.allocator) == w.ctx);
    EXPECT_OK(fa_context_detach(w.ctx));
    EXPECT(fa_context_current(w.allocator) == second);
    EXPECT_OK(fa_context_detach(second));
    EXPECT(fa_context_current(w.allocator) == third);
    EXPECT_OK(fa_context_detach(third));
    w.ctx = fa_context_current(w.allocator);
    EXPECT(w.ctx != NULL);
    EXPECT_OK(fa_context_detach(w.ctx));
    EXPECT_OK(fa_context_attach(w.allocator, NULL, &w.ctx));
}
END_TEST

START_TEST(context_current_of_many_allocators_on_one_thread)
{
    enum { COUNT = 40 };
    fa_allocator *allocators[COUNT];
    fa_context *contexts[COUNT];
    for (int i = 0; i < COUNT; i++) {
        EXPECT_OK(fa_allocator_create(NULL, &allocators[i]));
        contexts[i] = fa_context_current(allocators[i]);
        EXPECT(contexts[i] != NULL && fa_context_allocator(contexts[i]) == allocators[i]);
    }
    for (int i = 0; i < COUNT; i += 2) {
        EXPECT_OK(fa_allocator_destroy(allocators[i]));
        EXPECT_OK(fa_allocator_create(NULL, &allocators[i])); /* likely at the same address */
    }
    for (int i = 0; i < COUNT; i++) {
        fa_context *ctx = fa_context_current(allocators[i]);
        EXPECT(ctx != NULL && fa_context_allocator(ctx) == allocators[i]);
        EXPECT(i % 2 == 0 || ctx == contexts[i]);
        EXPECT_OK(fa_frame_begin(ctx));
        EXPECT_OK(fa_frame_end(ctx));
        EXPECT_OK(fa_allocator_destroy(allocators[i]));
    }
}
END_TEST

/* ---- hand over
 * ----------------------------------------------------------------------------------------------------- */

static uint8_t *handed_bytes;
static void *take_over_and_end_the_frame(void *user)
{
    fa_context *ctx = (fa_context *)user;
    EXPECT_OK(fa_context_take_over(ctx));
    EXPECT(fa_frame_is_open(ctx));
    EXPECT(all_bytes_are(handed_bytes, 1000, 0x5A));
    EXPECT(fa_frame_alloc(ctx, 1000, 16) != NULL);
    EXPECT_OK(fa_frame_end(ctx));
    EXPECT_OK(fa_frame_begin(ctx));
    EXPECT(fa_frame_alloc(ctx, 1000, 16) != NULL);
    EXPECT_OK(fa_context_hand_over(ctx));
    return NULL;
}

START_TEST(context_handed_over_goes_on_with_its_open_frame_elsewhere_and_back)
{
    EXPECT_OK(fa_frame_begin(w.ctx));
    handed_bytes = (uint8_t *)fa_frame_alloc(w.ctx, 1000, 16);
    memset(handed_bytes, 0x5A, 1000);
    EXPECT_OK(fa_context_hand_over(w.ctx));
    on_another_thread(take_over_and_end_the_frame, w.ctx);
    EXPECT_OK(fa_context_take_over(w.ctx));
    EXPECT(fa_frame_is_open(w.ctx));
    EXPECT_UINT(fa_frame_index(w.ctx), 2);
    EXPECT_OK(fa_frame_end(w.ctx));
}
END_TEST

START_TEST(context_handed_over_is_refused_to_its_former_owner_until_taken_back)
{
    void *block = fa_pool_alloc(w.ctx, 10, 8);
    EXPECT_OK(fa_context_hand_over(w.ctx));
    EXPECT_RESULT(fa_frame_begin(w.ctx), WRONG_THREAD);
    EXPECT_RESULT(fa_pool_free(w.ctx, block), WRONG_THREAD);
    EXPECT_RESULT(fa_context_hand_over(w.ctx), WRONG_THREAD);
    EXPECT_RESULT(fa_context_detach(w.ctx), WRONG_THREAD);
    EXPECT(fa_pool_alloc(w.ctx, 10, 8) == NULL);
    EXPECT(fa_heap_alloc(w.ctx, 10, 8) == NULL);
    EXPECT_UINT(w.rec.count, 6);
    for (unsigned i = 0; i < w.rec.count; i++) {
        EXPECT(w.rec.items[i].id == FA_CODE_FA206 && w.rec.items[i].result == FA_RESULT_WRONG_THREAD);
    }
    w.rec.count = 0;
    EXPECT_OK(fa_context_take_over(w.ctx));
    EXPECT_OK(fa_pool_free(w.ctx, block));
}
END_TEST

START_TEST(context_with_an_owner_cannot_be_taken_over)
{
    EXPECT_REFUSED(&w, fa_context_take_over(w.ctx), FA206, WRONG_THREAD);
}
END_TEST

static void *try_to_take(void *user)
{
    EXPECT_RESULT(fa_context_take_over((fa_context *)user), WRONG_THREAD);
    EXPECT_RESULT(fa_context_hand_over((fa_context *)user), WRONG_THREAD);
    EXPECT_RESULT(fa_context_detach((fa_context *)user), WRONG_THREAD);
    return NULL;
}

START_TEST(context_of_another_thread_can_be_neither_taken_nor_handed_over_nor_detached)
{
    on_another_thread(try_to_take, w.ctx);
    EXPECT_UINT(w.rec.count, 3);
    EXPECT_UINT(recorder_count_of(&w.rec, FA_CODE_FA206), 3);
    w.rec.count = 0;
    EXPECT_OK(fa_frame_begin(w.ctx));
    EXPECT_OK(fa_frame_end(w.ctx));
}
END_TEST

START_TEST(context_handed_over_is_not_current_any_more)
{
    fa_context *mine = w.ctx;
    EXPECT_OK(fa_context_hand_over(mine));
    fa_context *another = fa_context_current(w.allocator);
    EXPECT(another != NULL && another != mine);
    EXPECT_OK(fa_context_detach(another));
    EXPECT_OK(fa_context_take_over(mine));
    EXPECT(fa_context_current(w.allocator) == mine);
}
END_TEST

static atomic_int takers;
static pthread_barrier_t start;
static void *race_to_take(void *user)
{
    fa_context *ctx = (fa_context *)user;
    (void)pthread_barrier_wait(&start);
    if (fa_context_take_over(ctx) == FA_RESULT_OK) {
        atomic_fetch_add(&takers, 1);
        EXPECT_OK(fa_frame_begin(ctx));
        EXPECT_OK(fa_frame_end(ctx));
    }
    (void)pthread_barrier_wait(&start);
    (void)fa_context_hand_over(ctx); /* only the owner can */
    return NULL;
}

START_TEST(context_handed_over_is_taken_by_exactly_one_of_many)
{
    enum { THREADS = 8 };
    pthread_t threads[THREADS];
    for (int round = 0; round < 20; round++) {
        atomic_store(&takers, 0);
        (void)pthread_barrier_init(&start, NULL, THREADS);
        EXPECT_OK(fa_context_hand_over(w.ctx));
        for (int i = 0; i < THREADS; i++) {
            EXPECT(pthread_create(&threads[i], NULL, race_to_take, w.ctx) == 0);
        }
        for (int i = 0; i < THREADS; i++) {
            EXPECT(pthread_join(threads[i], NULL) == 0);
        }
        EXPECT_UINT(atomic_load(&takers), 1);
        (void)pthread_barrier_destroy(&start);
        EXPECT_OK(fa_context_take_over(w.ctx));
        EXPECT_UINT(w.rec.count, 2 * (THREADS - 1));
        w.rec.count = 0;
    }
}
END_TEST

/* ---- a thread's end
 * -------------------------------------------------------------------------------------------------- */

static int on_end_calls;
static void count_on_end(void *user)
{
    (void)user;
    on_end_calls++;
}

static struct {
    void *small;
    void *large;
    void *heap;
} left;

static void *end_with_everything_open(void *user)
{
    fa_allocator *allocator = (fa_allocator *)user;
    fa_context *first = NULL;
    fa_context *second = NULL;
    EXPECT_OK(fa_context_attach(allocator, NULL, &first));
    EXPECT_OK(fa_context_attach(allocator, NULL, &second));
    EXPECT_OK(fa_frame_begin(first));
    EXPECT_OK(fa_frame_begin(second));
    EXPECT_OK(fa_tag_push(first, fa_tag_intern(allocator, "ended")));
    EXPECT_OK(fa_frame_on_end(first, count_on_end, NULL));
    EXPECT(fa_frame_alloc(first, 100000, 16) != NULL);
    EXPECT(fa_frame_alloc(second, 100000, 16) != NULL);
    left.small = fa_pool_alloc(first, 100, 8);
    left.large = fa_pool_alloc(second, 100000, 8);
    left.heap = fa_heap_alloc(first, 200, 8);
    pattern_fill(left.small, 100, 1);
    pattern_fill(left.large, 100000, 2);
    pattern_fill(left.heap, 200, 3);
    return NULL;
}

START_TEST(context_of_an_ended_thread_is_adopted_and_its_objects_live_on)
{
    on_another_thread(end_with_everything_open, w.allocator);
    fa_tag tag = fa_tag_intern(w.allocator, "ended");
    w.rec.count = 0; /* the open scope may be told */
    EXPECT_UINT(on_end_calls, 1);
    EXPECT_UINT(w.rec.log_count[FA_LOG_THREAD_ENDED_ATTACHED], 2);
    fa_allocator_stats s = world_stats(&w);
    EXPECT_UINT(s.contexts, 1);
    EXPECT_UINT(s.frame_bytes, 0);
    EXPECT_UINT(s.pool_bytes, 100100);
    EXPECT_UINT(s.heap_bytes, 200);
    EXPECT_UINT(tag_stats(w.allocator, tag).self.frame_bytes, 0);
    EXPECT_UINT(tag_stats(w.allocator, tag).self.pool_bytes, 100);
    EXPECT(pattern_holds(left.small, 100, 1, 100));
    EXPECT(pattern_holds(left.large, 100000, 2, 100000));
    EXPECT(pattern_holds(left.heap, 200, 3, 200));
    EXPECT_OK(fa_pool_free(w.ctx, left.small));
    EXPECT_OK(fa_pool_free(w.ctx, left.large));
    EXPECT_OK(fa_heap_free(w.ctx, left.heap));
    EXPECT_UINT(world_stats(&w).pool_bytes, 0);
    EXPECT_UINT(tag_stats(w.allocator, tag).self.pool_bytes, 0);
}
END_TEST

static void *come_and_go(void *user)
{
    fa_context *ctx = fa_context_current((fa_allocator *)user);
    EXPECT(ctx != NULL);
    EXPECT_OK(fa_frame_begin(ctx));
    memset(fa_frame_alloc(ctx, 100000, 16), 1, 100000);
    void *p = fa_pool_alloc(ctx, 64, 8);
    EXPECT_OK(fa_pool_free(ctx, p));
    return NULL;
}

START_TEST(context_of_many_short_threads_costs_no_more_than_that_of_one)
{
    uint64_t committed = 0;
    for (int i = 0; i < 300; i++) {
        on_another_thread(come_and_go, w.allocator);
        if (i == 10) {
            committed = w.backing.committed_bytes;
        }
    }
    EXPECT_UINT(w.backing.committed_bytes, committed);
    EXPECT_UINT(world_stats(&w).contexts, 1);
}
END_TEST

static void *end_after_hand_over(void *user)
{
    fa_context **out = (fa_context **)user;
    EXPECT_OK(fa_context_attach(w.allocator, NULL, out));
    EXPECT_OK(fa_frame_begin(*out));
    handed_bytes = (uint8_t *)fa_frame_alloc(*out, 1000, 1);
    memset(handed_bytes, 0x11, 1000);
    EXPECT_OK(fa_context_hand_over(*out));
    return NULL;
}

START_TEST(context_handed_over_survives_the_end_of_its_former_owner)
{
    fa_context *ctx = NULL;
    on_another_thread(end_after_hand_over, &ctx);
    EXPECT_UINT(w.rec.log_count[FA_LOG_THREAD_ENDED_ATTACHED], 0);
    EXPECT_OK(fa_context_take_over(ctx));
    EXPECT(fa_frame_is_open(ctx) && all_bytes_are(handed_bytes, 1000, 0x11));
    EXPECT_OK(fa_frame_end(ctx));
    EXPECT_OK(fa_context_detach(ctx));
}
END_TEST

/* ---- last result
 * ------------------------------------------------------------------------------------------------------ */

START_TEST(context_last_result_says_why_and_success_does_not_reset_it)
{
    EXPECT_RESULT(fa_context_last_result(w.ctx), OK);
    EXPECT(fa_frame_alloc(w.ctx, 10, 1) == NULL);
    EXPECT_RESULT(fa_context_last_result(w.ctx), NO_FRAME);
    EXPECT_OK(fa_frame_begin(w.ctx));
    EXPECT(fa_frame_alloc(w.ctx, 10, 1) != NULL);
    EXPECT_RESULT(fa_context_last_result(w.ctx), NO_FRAME);
    EXPECT(fa_frame_alloc(w.ctx, SIZE_MAX, 1) == NULL);
    EXPECT_RESULT(fa_context_last_result(w.ctx), FULL);
    EXPECT_RESULT(fa_frame_begin(w.ctx), FRAME_OPEN);
    EXPECT_RESULT(fa_context_last_result(w.ctx), FRAME_OPEN);
    EXPECT(fa_frame_alloc(w.ctx, 10, 3) == NULL);
    EXPECT_RESULT(fa_context_last_result(w.ctx), INVALID_ARGUMENT);
    EXPECT_OK(fa_frame_end(w.ctx));
    EXPECT_RESULT(fa_frame_end(w.ctx), NO_FRAME);
    EXPECT_RESULT(fa_context_last_result(w.ctx), NO_FRAME);
    EXPECT_RESULT(fa_pool_free(w.ctx, opaque(&w)), FOREIGN_POINTER);
    EXPECT_RESULT(fa_context_last_result(w.ctx), FOREIGN_POINTER);
    w.rec.count = 0;
}
END_TEST

START_TEST(context_last_results_of_two_contexts_are_apart)
{
    fa_context *other = NULL;
    EXPECT_OK(fa_context_attach(w.allocator, NULL, &other));
    EXPECT(fa_frame_alloc(other, 10, 1) == NULL);
    EXPECT_RESULT(fa_context_last_result(other), NO_FRAME);
    EXPECT_RESULT(fa_context_last_result(w.ctx), OK);
    w.rec.count = 0;
    EXPECT_OK(fa_context_detach(other));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("context");
    TCase *tcase = support_case(suite, "attach");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, context_attach_needs_an_allocator_and_an_out);
    tcase_add_test(tcase, context_names_are_given_copied_or_numbered);
    tcase_add_test(tcase, context_name_of_any_length_is_cut_at_31_bytes);
    tcase_add_test(tcase, context_detach_of_null_is_fine);
    tcase_add_test(tcase, context_detach_with_an_open_frame_is_refused_and_changes_nothing);
    tcase_add_test(tcase, context_detached_is_refused_as_an_invalid_argument);
    tcase_add_test(tcase, context_detach_closes_tags_and_keeps_pool_and_heap_blocks_alive);
    tcase_add_test(tcase, context_attach_and_detach_a_thousand_times_costs_nothing);
    tcase_add_test(tcase, context_several_on_one_thread_have_frames_of_their_own);
    tcase_add_test(tcase, context_attach_gives_null_when_there_is_no_address_space_or_memory);
    tcase = support_case(suite, "current");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, context_current_is_attached_on_first_use_and_per_thread);
    tcase_add_test(tcase, context_current_is_the_one_attached_first_that_is_still_there);
    tcase_add_test(tcase, context_current_of_many_allocators_on_one_thread);
    tcase = support_case(suite, "hand over");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, context_handed_over_goes_on_with_its_open_frame_elsewhere_and_back);
    tcase_add_test(tcase, context_handed_over_is_refused_to_its_former_owner_until_taken_back);
    tcase_add_test(tcase, context_with_an_owner_cannot_be_taken_over);
    tcase_add_test(tcase, context_of_another_thread_can_be_neither_taken_nor_handed_over_nor_detached);
    tcase_add_test(tcase, context_handed_over_is_not_current_any_more);
    tcase_add_test(tcase, context_handed_over_is_taken_by_exactly_one_of_many);
    tcase = support_case(suite, "thread end");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, context_of_an_ended_thread_is_adopted_and_its_objects_live_on);
    tcase_add_test(tcase, context_of_many_short_threads_costs_no_more_than_that_of_one);
    tcase_add_test(tcase, context_handed_over_survives_the_end_of_its_former_owner);
    tcase = support_case(suite, "last result");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, context_last_result_says_why_and_success_does_not_reset_it);
    tcase_add_test(tcase, context_last_results_of_two_contexts_are_apart);
    return support_run(suite);
}
