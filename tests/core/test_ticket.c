/* Tickets: memory until a frame from now, a step, a job or a level is over. */
#include "core/support.h"

static world w;

static void setup(void)
{
    world_open(&w, &(fa_allocator_desc){.scratch_max_bytes = 1 << 20});
}
static void teardown(void)
{
    world_close(&w);
}

static void frames(int count)
{
    for (int i = 0; i < count; i++) {
        EXPECT_OK(fa_frame_begin(w.ctx));
        EXPECT(fa_frame_alloc(w.ctx, 100, 1) != NULL);
        EXPECT_OK(fa_frame_end(w.ctx));
    }
}

START_TEST(ticket_of_frames_closes_at_the_end_of_its_frame)
{
    frames(130); /* into the second window */
    for (uint64_t n = 0; n < 300; n = n * 2 + 1) {
        EXPECT_OK(fa_frame_begin(w.ctx));
        fa_ticket inside = fa_ticket_open(w.ctx, FA_TICKET_FRAME, n);
        uint8_t *p = fa_ticket_alloc(&inside, 1000, 16);
        pattern_fill(p, 1000, n);
        EXPECT_OK(fa_frame_end(w.ctx));
        fa_ticket outside = fa_ticket_open(w.ctx, FA_TICKET_FRAME, n); /* counts from the next frame */
        uint8_t *q = fa_ticket_alloc(&outside, 1000, 16);
        pattern_fill(q, 1000, n + 1);
        for (uint64_t i = 0; i < n; i++) {
            EXPECT_UINT(fa_ticket_count(w.ctx), 2);
            EXPECT(pattern_holds(p, 1000, n, 1000));
            frames(1);
        }
        EXPECT_UINT(fa_ticket_count(w.ctx), 1);
        EXPECT_REFUSED_NULL(&w, fa_ticket_alloc(&inside, 1, 1), FA606, STALE);
        EXPECT_REFUSED(&w, fa_ticket_close(inside), FA606, STALE);
        EXPECT(pattern_holds(q, 1000, n + 1, 1000));
        frames(1);
        EXPECT_UINT(fa_ticket_count(w.ctx), 0);
        EXPECT_REFUSED_NULL(&w, fa_ticket_alloc(&outside, 1, 1), FA606, STALE);
    }
    EXPECT_UINT(world_stats(&w).arena_bytes, 0);
}
END_TEST

START_TEST(ticket_of_step_job_and_level_closes_with_its_kind)
{
    fa_ticket level = fa_ticket_open(w.ctx, FA_TICKET_LEVEL, 0);
    fa_ticket second_level = fa_ticket_open(w.ctx, FA_TICKET_LEVEL, 0);
    fa_ticket job = fa_ticket_open(w.ctx, FA_TICKET_JOB, 0);
    uint64_t *walls = FA_TICKET_ARRAY(&level, uint64_t, 500);
    pattern_fill(walls, 4000, 1);
    *FA_TICKET_NEW(&job, int) = 7;
    for (int step = 0; step < 10; step++) {
        fa_ticket t = fa_ticket_open(w.ctx, FA_TICKET_STEP, 0);
        uint8_t *p = fa_ticket_alloc(&t, 5000, 64);
        EXPECT(p != NULL && (uintptr_t)p % 64 == 0);
        memset(p, 0xFF, 5000);
        frames(3);
        EXPECT_OK(fa_ticket_close_all(w.ctx, FA_TICKET_STEP));
        EXPECT_UINT(fa_ticket_count(w.ctx), 3);
        EXPECT(pattern_holds(walls, 4000, 1, 4000));
    }
    EXPECT_OK(fa_ticket_close(job));
    EXPECT_OK(fa_ticket_close_all(w.ctx, FA_TICKET_LEVEL));
    EXPECT_UINT(fa_ticket_count(w.ctx), 0);
    EXPECT_REFUSED_NULL(&w, fa_ticket_alloc(&second_level, 1, 1), FA606, STALE);
    fa_ticket again = fa_ticket_open(w.ctx, FA_TICKET_LEVEL, 0); /* a used slot: old tickets do not fit */
    EXPECT(fa_ticket_alloc(&again, 1, 1) != NULL);
    EXPECT_REFUSED_NULL(&w, fa_ticket_alloc(&level, 1, 1), FA606, STALE);
    EXPECT_REFUSED_NULL(&w, fa_ticket_alloc(&job, 1, 1), FA606, STALE);
    EXPECT_OK(fa_ticket_close(again));
}
END_TEST

START_TEST(ticket_pages_serve_the_next_ticket)
{
    uint64_t calls = 0;
    size_t metadata = 0;
    for (int frame = 0; frame < 1000; frame++) {
        if (frame == 500) {
            calls = tracking_total_calls(&w.backing);
            metadata = world_stats(&w).metadata_bytes;
        }
        EXPECT_OK(fa_frame_begin(w.ctx));
        fa_ticket t = fa_ticket_open(w.ctx, FA_TICKET_FRAME, (uint64_t)frame % 5);
        EXPECT(fa_ticket_alloc(&t, 50000, 16) != NULL);
        fa_ticket step = fa_ticket_open(w.ctx, FA_TICKET_STEP, 0);
        EXPECT(fa_ticket_alloc(&step, 500, 16) != NULL);
        EXPECT_OK(fa_frame_end(w.ctx));
        EXPECT_OK(fa_ticket_close_all(w.ctx, FA_TICKET_STEP));
    }
    EXPECT_UINT(tracking_total_calls(&w.backing), calls);
    EXPECT_UINT(world_stats(&w).metadata_bytes, metadata);
    EXPECT(fa_ticket_count(w.ctx) <= 5);
}
END_TEST

START_TEST(ticket_bytes_are_charged_to_the_tag_it_was_opened_under)
{
    fa_tag tag = fa_tag_intern(w.allocator, "level");
    fa_ticket t;
    FA_TAG_SCOPE (w.ctx, tag) {
        t = fa_ticket_open(w.ctx, FA_TICKET_LEVEL, 0);
    }
    EXPECT(fa_ticket_alloc(&t, 1000, 1) != NULL);
    size_t bytes = tag_stats(w.allocator, tag).self.arena_bytes;
    EXPECT(bytes >= 1000 && bytes < 1100);
    EXPECT_UINT(world_stats(&w).arena_bytes, bytes);
    EXPECT_OK(fa_ticket_close(t));
    EXPECT_UINT(tag_stats(w.allocator, tag).self.arena_bytes, 0);
}
END_TEST

START_TEST(ticket_and_scratch_memory_obey_the_budget_of_their_tag)
{
    fa_tag tag = fa_tag_intern(w.allocator, "limited");
    EXPECT_OK(fa_tag_budget_set(w.allocator, tag, (fa_budget){.hard_bytes = 1000}));
    for (int round = 0; round < 3; round++) {
        fa_ticket free_one = fa_ticket_open(w.ctx, FA_TICKET_JOB, 0);
        EXPECT(fa_ticket_alloc(&free_one, 5000, 1) != NULL);
        EXPECT_OK(fa_ticket_close(free_one)); /* its arena serves the next one, under another tag */
        FA_TAG_SCOPE (w.ctx, tag) {
            fa_ticket t = fa_ticket_open(w.ctx, FA_TICKET_JOB, 0);
            EXPECT(fa_ticket_alloc(&t, 600, 1) != NULL);
            EXPECT_NO_MEMORY_NULL(&w, fa_ticket_alloc(&t, 401, 1), OVER_BUDGET);
            EXPECT_OK(fa_ticket_close(t));
            FA_SCRATCH_SCOPE (w.ctx, tmp) {
                EXPECT(fa_scratch_alloc(&tmp, 1000, 1) != NULL);
                EXPECT_NO_MEMORY_NULL(&w, fa_scratch_alloc(&tmp, 1, 1), OVER_BUDGET);
            }
        }
        FA_SCRATCH_SCOPE (w.ctx, tmp) {
            EXPECT(fa_scratch_alloc(&tmp, 5000, 1) != NULL);
        }
    }
}
END_TEST

static void *use_foreign(void *user)
{
    EXPECT(fa_ticket_open(w.ctx, FA_TICKET_JOB, 0).serial == 0);
    EXPECT(fa_ticket_alloc((fa_ticket *)user, 1, 1) == NULL);
    EXPECT_RESULT(fa_ticket_close(*(fa_ticket *)user), WRONG_THREAD);
    EXPECT_RESULT(fa_ticket_close_all(w.ctx, FA_TICKET_JOB), WRONG_THREAD);
    return NULL;
}

START_TEST(ticket_misuse_and_want_of_memory_are_refused)
{
    fa_ticket t = fa_ticket_open(w.ctx, FA_TICKET_JOB, 0);
    on_another_thread(use_foreign, &t);
    EXPECT_UINT(w.rec.count, 4);
    recorder_clear(&w.rec);
    EXPECT(fa_ticket_open(w.ctx, FA_TICKET_JOB, 3).serial == 0);
    EXPECT(fa_ticket_open(w.ctx, (fa_ticket_kind)4, 0).serial == 0);
    EXPECT_UINT(recorder_count_of(&w.rec, FA_CODE_FA005), 2);
    recorder_clear(&w.rec);
    EXPECT_REFUSED(&w, fa_ticket_close_all(w.ctx, (fa_ticket_kind)4), FA005, INVALID_ARGUMENT);
    EXPECT_NO_MEMORY_NULL(&w, fa_ticket_alloc(&t, 2 << 20, 1), FULL);
    EXPECT_NO_MEMORY_NULL(&w, FA_TICKET_ARRAY(&t, uint64_t, SIZE_MAX / 4), FULL);
    tracking_fail(&w.backing, OP_RESERVE, 1, true);
    fa_ticket none = fa_ticket_open(w.ctx, FA_TICKET_LEVEL, 0);
    EXPECT(none.serial == 0 && fa_ticket_alloc(&none, 1, 1) == NULL);
    EXPECT_RESULT(fa_context_last_result(w.ctx), OUT_OF_MEMORY);
    EXPECT_OK(fa_ticket_close(none));
    tracking_fail(&w.backing, OP_RESERVE, 0, false);
    world_expect_quiet(&w);
    EXPECT_OK(fa_ticket_close(t));
    fa_context *second = NULL;
    EXPECT_OK(fa_context_attach(w.allocator, NULL, &second));
    fa_ticket theirs = fa_ticket_open(second, FA_TICKET_LEVEL, 0);
    EXPECT(fa_ticket_alloc(&theirs, 100000, 1) != NULL);
    EXPECT_OK(fa_context_detach(second));
    EXPECT(fa_ticket_alloc(&theirs, 1, 1) == NULL);
    EXPECT_UINT(w.rec.count, 1);
    recorder_clear(&w.rec);
    EXPECT_UINT(world_stats(&w).arena_bytes, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("ticket");
    TCase *tcase = support_case(suite, "ticket");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, ticket_of_frames_closes_at_the_end_of_its_frame);
    tcase_add_test(tcase, ticket_of_step_job_and_level_closes_with_its_kind);
    tcase_add_test(tcase, ticket_pages_serve_the_next_ticket);
    tcase_add_test(tcase, ticket_bytes_are_charged_to_the_tag_it_was_opened_under);
    tcase_add_test(tcase, ticket_and_scratch_memory_obey_the_budget_of_their_tag);
    tcase_add_test(tcase, ticket_misuse_and_want_of_memory_are_refused);
    return support_run(suite);
}
