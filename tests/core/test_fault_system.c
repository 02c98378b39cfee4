/* Fault 20: the system refuses. For every kind of backing call and many k
 * (tests/stress/test_system_refusals.c: every k): the k-th is refused, once and from then on, while a
 * scenario uses everything there is. */
#include "core/refusal_sweep.h"

START_TEST(fault_20_scenario_runs_without_a_refusal_when_the_system_gives_all)
{
    (void)run_with_plan(OP_RELEASE, UINT64_MAX, false);
    EXPECT_UINT(refusals, 0);
}
END_TEST

START_TEST(fault_20_kth_call_refused_once_leaves_everything_usable)
{
    sweep((backing_op)_i, false, false);
}
END_TEST

START_TEST(fault_20_calls_from_the_kth_on_refused_leaves_everything_usable)
{
    sweep((backing_op)_i, true, false);
}
END_TEST

START_TEST(fault_20_commits_above_any_limit_are_survived)
{
    for (size_t limit = 256 << 10; limit < (size_t)24 << 20; limit += limit / (SUPPORT_SLOW ? 2 : 4)) {
        tracking_open(&w.backing);
        recorder_open(&w.rec);
        fa_allocator_desc desc = scenario_desc();
        w.backing.commit_limit_bytes = limit;
        may_refuse = true;
        refusals = 0;
        fa_allocator *allocator = NULL;
        if (TRY(fa_allocator_create(&desc, &allocator))) {
            scenario(allocator, 0);
            scenario(allocator, 1);
            w.backing.commit_limit_bytes = 0;
            may_refuse = false;
            scenario(allocator, 0);
            EXPECT_OK(fa_allocator_destroy(allocator));
        }
        EXPECT_UINT(w.rec.count, 0);
        world_expect_nothing_left(&w);
        tracking_close(&w.backing);
    }
}
END_TEST

START_TEST(fault_20_reasons_are_readable_as_no_memory)
{
    world_open(&w, NULL);
    EXPECT_OK(fa_frame_begin(w.ctx));
    tracking_fail(&w.backing, OP_COMMIT, 1, true);
    EXPECT_NO_MEMORY_NULL(&w, fa_frame_alloc(w.ctx, 100 << 20, 16), OUT_OF_MEMORY);
    EXPECT_NO_MEMORY_NULL(&w, fa_pool_alloc(w.ctx, 100 << 20, 16), OUT_OF_MEMORY);
    EXPECT_NO_MEMORY_NULL(&w, fa_heap_alloc(w.ctx, 100 << 20, 16), OUT_OF_MEMORY);
    fa_arena *arena = (fa_arena *)opaque(&w);
    fa_result result = fa_arena_create(w.ctx, NULL, &arena);
    EXPECT(result == FA_RESULT_OUT_OF_MEMORY || result == FA_RESULT_OK);
    if (result == FA_RESULT_OK) {
        EXPECT_NO_MEMORY_NULL(&w, fa_arena_alloc(arena, 100 << 20, 16), OUT_OF_MEMORY);
        EXPECT_OK(fa_arena_destroy(arena));
    } else {
        EXPECT(arena == NULL);
    }
    uint64_t refused = context_stats(w.ctx).refused;
    EXPECT(refused >= 3);
    tracking_fail(&w.backing, OP_COMMIT, 0, false);
    EXPECT(fa_frame_alloc(w.ctx, 100 << 20, 16) != NULL);
    world_close(&w);
}
END_TEST

START_TEST(fault_20_mark_without_memory_to_remember_it_is_refused_by_every_rewind)
{
    world_open(&w, NULL);
    EXPECT_OK(fa_frame_begin(w.ctx));
    EXPECT(fa_frame_alloc(w.ctx, 100, 16) != NULL);
    tracking_fail(&w.backing, OP_COMMIT, 1, true);
    bool refused = false;
    for (int i = 0; i < 200000 && !refused; i++) {
        fa_checkpoint mark = fa_frame_mark(w.ctx);
        if (fa_context_last_result(w.ctx) == FA_RESULT_OUT_OF_MEMORY) {
            refused = true;
            EXPECT_UINT(w.rec.count, 0);
            EXPECT_REFUSED(&w, fa_frame_rewind(w.ctx, mark), FA606, STALE);
        }
    }
    EXPECT(refused);
    tracking_fail(&w.backing, OP_COMMIT, 0, false);
    fa_checkpoint mark = fa_frame_mark(w.ctx);
    EXPECT_OK(fa_frame_rewind(w.ctx, mark));
    world_close(&w);
}
END_TEST

START_TEST(fault_20_decommit_refused_keeps_the_memory_and_the_figures)
{
    world_open(&w, &(fa_allocator_desc){.frame_keep_bytes = 65536});
    EXPECT_OK(fa_frame_begin(w.ctx));
    EXPECT(fa_frame_alloc(w.ctx, 30 << 20, 16) != NULL);
    tracking_fail(&w.backing, OP_DECOMMIT, 1, true);
    EXPECT_OK(fa_frame_end(w.ctx));
    void *p = fa_pool_alloc(w.ctx, 30 << 20, 16);
    EXPECT_OK(fa_pool_free(w.ctx, p));
    EXPECT(w.backing.committed_bytes >= (size_t)60 << 20);
    EXPECT_UINT(world_stats(&w).committed_bytes, w.backing.committed_bytes);
    size_t held = w.backing.committed_bytes;
    EXPECT_OK(fa_frame_begin(w.ctx));
    EXPECT(fa_frame_alloc(w.ctx, 30 << 20, 16) != NULL); /* it is still there: nothing new is needed */
    EXPECT_OK(fa_frame_end(w.ctx));
    p = fa_pool_alloc(w.ctx, 30 << 20, 16);
    EXPECT(p != NULL);
    EXPECT_OK(fa_pool_free(w.ctx, p));
    EXPECTF(w.backing.committed_bytes <= held + (2 << 20), "%zu, then %zu", held, w.backing.committed_bytes);
    tracking_fail(&w.backing, OP_DECOMMIT, 0, false);
    world_close(&w);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("fault 20: the system refuses");
    TCase *tcase = support_case(suite, "fault 20: sweep");
    tcase_add_test(tcase, fault_20_scenario_runs_without_a_refusal_when_the_system_gives_all);
    tcase_add_loop_test(tcase, fault_20_kth_call_refused_once_leaves_everything_usable, 0, OP_RELEASE);
    tcase_add_loop_test(tcase, fault_20_calls_from_the_kth_on_refused_leaves_everything_usable, 0,
                        OP_RELEASE);
    tcase_add_test(tcase, fault_20_commits_above_any_limit_are_survived);
    tcase = support_case(suite, "fault 20: one by one");
    tcase_add_test(tcase, fault_20_reasons_are_readable_as_no_memory);
    tcase_add_test(tcase, fault_20_mark_without_memory_to_remember_it_is_refused_by_every_rewind);
    tcase_add_test(tcase, fault_20_decommit_refused_keeps_the_memory_and_the_figures);
    return support_run(suite);
}
