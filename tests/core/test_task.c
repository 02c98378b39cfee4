/* Tasks: memory that lives as long as a piece of work, on whatever thread it runs. */
#include "core/support.h"

static world w;
static fa_task *task;
static fa_allocator *shared;

static void setup(void)
{
    fa_allocator_desc desc = {.backing = fa_backing_os()};
    world_open(&w, &desc);
    shared = w.allocator;
    EXPECT_OK(fa_task_create(w.ctx, "load-level", &task));
}
static void teardown(void)
{
    EXPECT_OK(fa_task_end(task, w.ctx));
    EXPECT_UINT(world_stats(&w).pool_bytes, 0);
    EXPECT_UINT(world_stats(&w).pool_objects, 0);
    world_close(&w);
}

START_TEST(task_frees_everything_when_it_ends)
{
    EXPECT_OK(fa_task_enter(task, w.ctx));
    EXPECT(fa_task_current(w.ctx) == task);
    random_state r = {support_seed()};
    size_t bytes = 0;
    for (unsigned i = 0; i < 1000; i++) {
        size_t size = random_size(&r, 100000);
        void *p = fa_task_alloc(task, w.ctx, size, (size_t)1 << random_below(&r, 8));
        EXPECT(p != NULL);
        pattern_fill(p, size, i);
        bytes += size;
    }
    EXPECT_UINT(fa_task_block_count(task), 1000);
    EXPECT_UINT(fa_task_bytes(task), bytes);
    EXPECT_UINT(world_stats(&w).pool_bytes, bytes);
    EXPECT_UINT(world_stats(&w).pool_objects, 1000);
    EXPECT_STR(fa_task_name(task), "load-level");
}
END_TEST

/* ---- one owner at a time ------------------------------------------------------------------------------- */

enum { STATIONS = 6, PER_STATION = 100 };
static void *blocks[STATIONS * PER_STATION];

static void *visit(void *user)
{
    size_t station = (size_t)(uintptr_t)user;
    fa_context *ctx = NULL;
    EXPECT_OK(fa_context_attach(shared, NULL, &ctx));
    EXPECT_OK(fa_task_enter(task, ctx));
    for (size_t i = 0; i < station * PER_STATION; i++) {
        EXPECT(pattern_holds(blocks[i], 200, i, 200));
    }
    for (size_t i = station * PER_STATION; i < (station + 1) * PER_STATION; i++) {
        blocks[i] = fa_task_alloc(task, ctx, 200, 16);
        pattern_fill(blocks[i], 200, i);
    }
    if (station % 2 == 0) {
        EXPECT_OK(fa_task_leave(task, ctx));
        EXPECT_OK(fa_context_detach(ctx));
    } /* else the thread ends inside the task, which is left for it */
    return NULL;
}

START_TEST(task_moves_from_thread_to_thread_and_keeps_its_memory)
{
    for (uintptr_t i = 0; i < STATIONS; i++) {
        on_another_thread(visit, (void *)i);
    }
    EXPECT_OK(fa_task_enter(task, w.ctx));
    EXPECT_UINT(fa_task_block_count(task), STATIONS * PER_STATION);
    for (size_t i = 0; i < STATIONS * PER_STATION; i++) {
        EXPECT(pattern_holds(blocks[i], 200, i, 200));
    }
    EXPECT_UINT(w.rec.count, 0);
    EXPECT_UINT(w.rec.log_count[FA_LOG_THREAD_ENDED_ATTACHED], STATIONS / 2);
}
END_TEST

static pthread_barrier_t together;
static atomic_uint entered;
static unsigned turns; /* by whoever runs the task: a race if two did */
static void *fight_for_it(void *user)
{
    (void)user;
    fa_context *ctx = NULL;
    EXPECT_OK(fa_context_attach(shared, NULL, &ctx));
    (void)pthread_barrier_wait(&together);
    for (int i = 0; i < (SUPPORT_SLOW ? 200 : 2000); i++) {
        fa_result result = fa_task_enter(task, ctx);
        EXPECT(result == FA_RESULT_OK || result == FA_RESULT_BUSY);
        if (result == FA_RESULT_OK) {
            turns++;
            atomic_fetch_add(&entered, 1);
            EXPECT(fa_task_alloc(task, ctx, 40, 8) != NULL);
            EXPECT_OK(fa_task_leave(task, ctx));
        }
    }
    EXPECT_OK(fa_context_detach(ctx));
    return NULL;
}

START_TEST(task_that_two_threads_enter_is_run_by_one)
{
    pthread_t threads[4];
    (void)pthread_barrier_init(&together, NULL, 4);
    for (int i = 0; i < 4; i++) {
        EXPECT(pthread_create(&threads[i], NULL, fight_for_it, NULL) == 0);
    }
    for (int i = 0; i < 4; i++) {
        EXPECT(pthread_join(threads[i], NULL) == 0);
    }
    EXPECT_UINT(turns, atomic_load(&entered));
    EXPECT_UINT(fa_task_block_count(task), turns);
    for (unsigned i = 0; i < w.rec.count && i < RECORDER_KEEPS; i++) {
        EXPECT(w.rec.items[i].id == FA_CODE_FA704);
    }
    w.rec.count = 0;
}
END_TEST

/* ---- frames -------------------------------------------------------------------------------------------- */

START_TEST(task_may_not_take_memory_of_a_frame_that_it_did_not_begin)
{
    EXPECT_OK(fa_frame_begin(w.ctx));
    char *before = fa_frame_alloc(w.ctx, 10, 1);
    EXPECT(before != NULL);
    EXPECT_OK(fa_task_enter(task, w.ctx));
    EXPECT_REFUSED_NULL(&w, fa_frame_alloc(w.ctx, 10, 1), FA701, INVALID_ARGUMENT);
    EXPECT_REFUSED_NULL(&w, fa_frame_alloc_zeroed(w.ctx, 10, 1), FA701, INVALID_ARGUMENT);
    EXPECT_REFUSED_NULL(&w, fa_frame_strdup(w.ctx, "text"), FA701, INVALID_ARGUMENT);
    EXPECT_REFUSED_NULL(&w, fa_frame_realloc(w.ctx, before, 10, 20, 1), FA701, INVALID_ARGUMENT);
    EXPECT_REFUSED_NULL(&w, fa_frame_alloc(w.ctx, 0, 1), FA701, INVALID_ARGUMENT);
    fa_task *inner = NULL;
    EXPECT_OK(fa_task_create(w.ctx, NULL, &inner));
    EXPECT_OK(fa_task_enter(inner, w.ctx));
    EXPECT_REFUSED_NULL(&w, fa_frame_alloc(w.ctx, 10, 1), FA701, INVALID_ARGUMENT);
    EXPECT_REFUSED(&w, fa_task_leave(task, w.ctx), FA704, BUSY); /* not the innermost one */
    EXPECT_OK(fa_task_end(inner, w.ctx));
    EXPECT_REFUSED_NULL(&w, fa_frame_alloc(w.ctx, 10, 1), FA701, INVALID_ARGUMENT);
    EXPECT(fa_task_alloc(task, w.ctx, 10, 1) != NULL);
    EXPECT_OK(fa_task_leave(task, w.ctx));
    EXPECT(fa_frame_alloc(w.ctx, 10, 1) != NULL);
    EXPECT_OK(fa_frame_end(w.ctx));
}
END_TEST

START_TEST(task_may_begin_and_end_frames_of_its_own)
{
    EXPECT_OK(fa_task_enter(task, w.ctx));
    EXPECT_OK(fa_frame_begin(w.ctx));
    EXPECT(fa_frame_alloc(w.ctx, 10, 1) != NULL);
    EXPECT_REFUSED(&w, fa_task_leave(task, w.ctx), FA704, FRAME_OPEN);
    EXPECT_REFUSED(&w, fa_task_end(task, w.ctx), FA704, FRAME_OPEN);
    EXPECT_OK(fa_frame_end(w.ctx));
    EXPECT_OK(fa_task_leave(task, w.ctx));
    /* The frame that was open ends inside the task, and another one begins. */
    EXPECT_OK(fa_frame_begin(w.ctx));
    EXPECT_OK(fa_task_enter(task, w.ctx));
    EXPECT_OK(fa_frame_end(w.ctx));
    EXPECT_OK(fa_frame_begin(w.ctx));
    EXPECT(fa_frame_alloc(w.ctx, 10, 1) != NULL);
    EXPECT_OK(fa_frame_end(w.ctx));
    EXPECT_OK(fa_task_leave(task, w.ctx));
}
END_TEST

/* ---- blocks one by one, batches ------------------------------------------------------------------------ */

START_TEST(task_blocks_can_be_freed_early_and_kept)
{
    EXPECT_OK(fa_task_enter(task, w.ctx));
    void *p[5];
    for (int i = 0; i < 5; i++) {
        p[i] = fa_task_alloc(task, w.ctx, 100, 8);
    }
    EXPECT_OK(fa_task_free(task, w.ctx, p[4]));
    EXPECT_OK(fa_task_free(task, w.ctx, p[1]));
    EXPECT_OK(fa_task_free(task, w.ctx, NULL));
    EXPECT_REFUSED(&w, fa_task_free(task, w.ctx, p[1]), FA704, NOT_FOUND);
    EXPECT_OK(fa_task_keep(task, w.ctx, p[2]));
    EXPECT_REFUSED(&w, fa_task_keep(task, w.ctx, p[2]), FA704, NOT_FOUND);
    EXPECT_REFUSED(&w, fa_task_free(task, w.ctx, &w), FA704, NOT_FOUND);
    EXPECT_UINT(fa_task_block_count(task), 2);
    EXPECT_UINT(fa_task_bytes(task), 200);
    EXPECT_OK(fa_task_end(task, w.ctx));
    EXPECT_UINT(world_stats(&w).pool_bytes, 100);
    memset(p[2], 1, 100);
    EXPECT_OK(fa_pool_free(w.ctx, p[2]));
    task = NULL;
}
END_TEST

START_TEST(task_reports_a_block_that_was_freed_behind_its_back)
{
    EXPECT_OK(fa_task_enter(task, w.ctx));
    void *p = fa_task_alloc(task, w.ctx, 100, 8);
    EXPECT_OK(fa_pool_free(w.ctx, p));
    void *again = fa_pool_alloc(w.ctx, 100, 8); /* perhaps the same place: not the task's to free */
    EXPECT_OK(fa_task_end(task, w.ctx));
    task = NULL;
    EXPECT_UINT(w.rec.count, 1);
    EXPECT(w.rec.items[0].id == FA_CODE_FA607);
    w.rec.count = 0;
    EXPECT_UINT(fa_pool_size_bytes(w.ctx, again), 100);
    EXPECT_OK(fa_pool_free(w.ctx, again));
}
END_TEST

static int leave_the_loop_early(void)
{
    for (int i = 0; i < 10; i++) {
        FA_TASK_BATCH(task, w.ctx)
        {
            EXPECT(fa_task_alloc(task, w.ctx, 64, 8) != NULL);
            EXPECT_UINT(fa_task_block_count(task), 2);
            if (i == 5) {
                return i;
            }
            if (i % 2 == 0) {
                continue; /* leaves the batch */
            }
            (void)fa_task_alloc(task, w.ctx, 64, 8);
        }
        EXPECT_UINT(fa_task_block_count(task), 1);
    }
    return -1;
}

START_TEST(task_batches_free_what_was_allocated_in_them_however_they_are_left)
{
    EXPECT_OK(fa_task_enter(task, w.ctx));
    EXPECT(fa_task_alloc(task, w.ctx, 64, 8) != NULL);
    EXPECT_UINT(leave_the_loop_early(), 5);
    EXPECT_UINT(fa_task_block_count(task), 1);
    fa_task_batch outer = fa_task_batch_begin(task, w.ctx);
    void *kept = fa_task_alloc(task, w.ctx, 64, 8);
    fa_task_batch inner = fa_task_batch_begin(task, w.ctx);
    (void)fa_task_alloc(task, w.ctx, 64, 8);
    EXPECT_OK(fa_task_keep(task, w.ctx, kept));
    EXPECT_OK(fa_task_batch_end(&outer));
    EXPECT_UINT(fa_task_block_count(task), 1);
    (void)fa_task_alloc(task, w.ctx, 64, 8);
    EXPECT_OK(fa_task_batch_end(&outer)); /* ended: nothing */
    EXPECT_UINT(fa_task_block_count(task), 2);
    fa_task_batch late = fa_task_batch_begin(task, w.ctx);
    EXPECT_OK(fa_task_leave(task, w.ctx));
    EXPECT_REFUSED(&w, fa_task_batch_end(&late), FA704, BUSY);
    EXPECT_REFUSED(&w, fa_task_batch_end(&inner), FA704, BUSY);
    EXPECT_OK(fa_pool_free(w.ctx, kept));
}
END_TEST

/* ---- misuse, no memory --------------------------------------------------------------------------------- */

START_TEST(task_misuse_is_refused_and_changes_nothing)
{
    EXPECT_RESULT(fa_task_create(w.ctx, NULL, NULL), INVALID_ARGUMENT);
    EXPECT_REFUSED_NULL(&w, fa_task_alloc(task, w.ctx, 10, 1), FA704, BUSY);
    EXPECT_REFUSED(&w, fa_task_leave(task, w.ctx), FA704, BUSY);
    EXPECT_REFUSED(&w, fa_task_enter(NULL, w.ctx), FA005, INVALID_ARGUMENT);
    EXPECT_OK(fa_task_enter(task, w.ctx));
    EXPECT_REFUSED(&w, fa_task_enter(task, w.ctx), FA704, BUSY);
    EXPECT_REFUSED(&w, fa_context_detach(w.ctx), FA104, BUSY);
    fa_context *second = NULL;
    EXPECT_OK(fa_context_attach(w.allocator, NULL, &second));
    EXPECT_REFUSED(&w, fa_task_enter(task, second), FA704, BUSY);
    EXPECT_REFUSED(&w, fa_task_end(task, second), FA704, BUSY);
    EXPECT_REFUSED(&w, fa_task_leave(task, second), FA704, BUSY);
    EXPECT_OK(fa_context_detach(second));
    world other;
    fa_allocator_desc desc = {.backing = fa_backing_os()};
    world_open(&other, &desc);
    EXPECT_RESULT(fa_task_enter(task, other.ctx), INVALID_ARGUMENT);
    other.rec.count = 0;
    world_close(&other);
    EXPECT_OK(fa_task_end(NULL, w.ctx));
    EXPECT(fa_task_current(NULL) == NULL);
}
END_TEST

START_TEST(task_that_gets_no_memory_holds_what_it_held)
{
    world small;
    world_open(&small, NULL);
    fa_task *t = NULL;
    EXPECT_OK(fa_task_create(small.ctx, NULL, &t));
    EXPECT_OK(fa_task_enter(t, small.ctx));
    small.backing.commit_limit_bytes = small.backing.committed_bytes + (1 << 20);
    size_t count = 0;
    while (fa_task_alloc(t, small.ctx, 3000, 8) != NULL) {
        count++;
    }
    EXPECT_RESULT(fa_context_last_result(small.ctx), OUT_OF_MEMORY);
    EXPECT_UINT(fa_task_block_count(t), count);
    small.backing.commit_limit_bytes = 0;
    EXPECT(fa_task_alloc(t, small.ctx, 3000, 8) != NULL);
    EXPECT_OK(fa_task_end(t, small.ctx));
    EXPECT_UINT(world_stats(&small).pool_bytes, 0);
    world_close(&small);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("task");
    TCase *tcase = support_case(suite, "task");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, task_frees_everything_when_it_ends);
    tcase_add_test(tcase, task_moves_from_thread_to_thread_and_keeps_its_memory);
    tcase_add_test(tcase, task_that_two_threads_enter_is_run_by_one);
    tcase_add_test(tcase, task_may_not_take_memory_of_a_frame_that_it_did_not_begin);
    tcase_add_test(tcase, task_may_begin_and_end_frames_of_its_own);
    tcase_add_test(tcase, task_blocks_can_be_freed_early_and_kept);
    tcase_add_test(tcase, task_reports_a_block_that_was_freed_behind_its_back);
    tcase_add_test(tcase, task_batches_free_what_was_allocated_in_them_however_they_are_left);
    tcase_add_test(tcase, task_misuse_is_refused_and_changes_nothing);
    tcase_add_test(tcase, task_that_gets_no_memory_holds_what_it_held);
    return support_run(suite);
}
