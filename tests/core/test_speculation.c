/* Speculations: committed or undone, however they are left. */
#include "core/support.h"

static world w;

static void setup(void)
{
    world_open(&w, &(fa_allocator_desc){.frame_max_bytes = 1 << 20, .oversize_to_heap = true});
    EXPECT_OK(fa_frame_begin(w.ctx));
}
static void teardown(void)
{
    world_close(&w);
}

static int ended;
static void note_end(void *user)
{
    (void)user;
    ended++;
}

static int leave(fa_context *ctx, int how)
{
    for (int i = 0; i < 2; i++) {
        FA_SPECULATION_SCOPE(ctx, attempt)
        {
            (void)fa_frame_alloc(ctx, 1000, 1);
            EXPECT_OK(fa_frame_on_end(ctx, note_end, NULL));
            FA_CHECKPOINT_SCOPE(ctx)
            {
                (void)fa_frame_alloc(ctx, 2000, 1);
                if (how == 1) {
                    break;
                }
                if (how == 2) {
                    continue;
                }
                if (how == 3) {
                    return 3;
                }
                if (how == 4) {
                    goto out;
                }
            }
        }
    }
out:
    return how;
}

START_TEST(speculation_is_undone_however_it_is_left)
{
    (void)fa_frame_alloc(w.ctx, 100, 1);
    size_t used = fa_frame_used_bytes(w.ctx);
    for (int how = 0; how < 5; how++) {
        ended = 0;
        EXPECT_UINT(leave(w.ctx, how), how);
        EXPECT_UINT(fa_frame_used_bytes(w.ctx), used);
        EXPECT_UINT(ended, how < 3 ? 2 : 1);
        world_expect_quiet(&w);
    }
}
END_TEST

START_TEST(speculation_committed_is_kept)
{
    uint8_t *p = NULL;
    FA_SPECULATION_SCOPE(w.ctx, attempt)
    {
        p = fa_frame_alloc(w.ctx, 1000, 1);
        pattern_fill(p, 1000, 1);
        EXPECT_OK(fa_speculation_commit(&attempt));
        EXPECT_OK(fa_speculation_undo(&attempt)); /* nothing left to undo */
    }
    EXPECT(fa_frame_used_bytes(w.ctx) >= 1000 && pattern_holds(p, 1000, 1, 1000));
    memset(fa_frame_alloc(w.ctx, 1000, 1), 0xFF, 1000);
    EXPECT(pattern_holds(p, 1000, 1, 1000));
}
END_TEST

START_TEST(speculation_undone_early_may_try_again)
{
    size_t used = fa_frame_used_bytes(w.ctx);
    fa_speculation attempt = fa_speculation_begin(w.ctx);
    (void)fa_frame_alloc(w.ctx, 100, 1);
    EXPECT_OK(fa_speculation_undo(&attempt));
    EXPECT_UINT(fa_frame_used_bytes(w.ctx), used);
    EXPECT_OK(fa_speculation_undo(&attempt));
    attempt = fa_speculation_begin(w.ctx);
    (void)fa_frame_alloc(w.ctx, 100, 1);
    EXPECT_OK(fa_speculation_commit(&attempt));
    EXPECT(fa_frame_used_bytes(w.ctx) >= used + 100);
}
END_TEST

START_TEST(speculation_inner_commit_is_undone_by_the_outer_one)
{
    fa_tag tag = fa_tag_intern(w.allocator, "tried");
    FA_SPECULATION_SCOPE(w.ctx, outer)
    {
        FA_TAG_SCOPE (w.ctx, tag) {
            FA_SPECULATION_SCOPE(w.ctx, inner)
            {
                EXPECT(fa_frame_alloc(w.ctx, 2 << 20, 1) != NULL); /* from the heap */
                EXPECT(fa_frame_alloc(w.ctx, 1000, 1) != NULL);
                EXPECT_OK(fa_speculation_commit(&inner));
            }
            EXPECT(tag_stats(w.allocator, tag).self.frame_bytes >= (2 << 20) + 1000);
        }
    }
    EXPECT_UINT(fa_frame_used_bytes(w.ctx), 0);
    EXPECT_UINT(tag_stats(w.allocator, tag).self.frame_bytes, 0);
}
END_TEST

START_TEST(speculation_commits_leave_no_trace_in_the_metadata)
{
    size_t metadata = 0;
    for (int i = 0; i < 100000; i++) {
        FA_SPECULATION_SCOPE(w.ctx, attempt)
        {
            (void)fa_frame_alloc(w.ctx, 1, 1);
            if (i % 2 == 0) {
                EXPECT_OK(fa_speculation_commit(&attempt));
            }
        }
        metadata = i == 100 ? world_stats(&w).metadata_bytes : metadata;
    }
    EXPECT_UINT(world_stats(&w).metadata_bytes, metadata);
    EXPECT(SUPPORT_ASAN || fa_frame_used_bytes(w.ctx) == 50000);
}
END_TEST

START_TEST(speculation_of_an_ended_frame_is_refused)
{
    fa_speculation attempts[4];
    for (int i = 0; i < 4; i++) {
        attempts[i] = fa_speculation_begin(w.ctx);
    }
    EXPECT_OK(fa_frame_end(w.ctx));
    EXPECT_REFUSED(&w, fa_speculation_commit(&attempts[0]), FA603, NO_FRAME);
    EXPECT_REFUSED(&w, fa_speculation_undo(&attempts[1]), FA603, NO_FRAME);
    EXPECT_OK(fa_frame_begin(w.ctx));
    EXPECT(fa_frame_alloc(w.ctx, 100, 1) != NULL);
    EXPECT_REFUSED(&w, fa_speculation_commit(&attempts[2]), FA606, STALE);
    EXPECT_REFUSED(&w, fa_speculation_undo(&attempts[3]), FA606, STALE);
    EXPECT_OK(fa_speculation_undo(&attempts[3])); /* refused once, then it is over */
    fa_speculation outer = fa_speculation_begin(w.ctx);
    fa_speculation inner = fa_speculation_begin(w.ctx);
    EXPECT_OK(fa_speculation_undo(&outer));
    EXPECT_REFUSED(&w, fa_speculation_undo(&inner), FA606, STALE);
}
END_TEST

START_TEST(speculation_commit_of_the_outer_first_is_fine)
{
    fa_speculation outer = fa_speculation_begin(w.ctx);
    (void)fa_frame_alloc(w.ctx, 100, 1);
    size_t used = fa_frame_used_bytes(w.ctx);
    fa_speculation inner = fa_speculation_begin(w.ctx);
    (void)fa_frame_alloc(w.ctx, 100, 1);
    EXPECT_OK(fa_speculation_commit(&outer));
    EXPECT_OK(fa_speculation_undo(&inner));
    EXPECT_UINT(fa_frame_used_bytes(w.ctx), used);
}
END_TEST

START_TEST(speculation_without_memory_for_its_mark_undoes_nothing_and_stays_silent)
{
    enum { MOST = 100000 };
    tracking_fail(&w.backing, OP_COMMIT, 1, true);
    fa_speculation refused;
    int i = 0;
    do {
        refused = fa_speculation_begin(w.ctx);
    } while (refused.pending && ++i < MOST);
    EXPECT(i < MOST);
    EXPECT_RESULT(fa_context_last_result(w.ctx), OUT_OF_MEMORY);
    (void)fa_frame_alloc(w.ctx, 10, 1);
    size_t used = fa_frame_used_bytes(w.ctx);
    EXPECT_OK(fa_speculation_undo(&refused));
    EXPECT_OK(fa_speculation_commit(&refused));
    EXPECT_UINT(fa_frame_used_bytes(w.ctx), used);
    tracking_fail(&w.backing, OP_COMMIT, 0, false);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("speculation");
    TCase *tcase = support_case(suite, "speculation");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, speculation_is_undone_however_it_is_left);
    tcase_add_test(tcase, speculation_committed_is_kept);
    tcase_add_test(tcase, speculation_undone_early_may_try_again);
    tcase_add_test(tcase, speculation_inner_commit_is_undone_by_the_outer_one);
    tcase_add_test(tcase, speculation_commits_leave_no_trace_in_the_metadata);
    tcase_add_test(tcase, speculation_of_an_ended_frame_is_refused);
    tcase_add_test(tcase, speculation_commit_of_the_outer_first_is_fine);
    tcase_add_test(tcase, speculation_without_memory_for_its_mark_undoes_nothing_and_stays_silent);
    return support_run(suite);
}
