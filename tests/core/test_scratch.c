/* Scratch scopes and named scratch pools. */
#include "core/support.h"

static world w;

static void setup(void)
{
    world_open(&w, &(fa_allocator_desc){.frame_max_bytes = 1 << 20, .scratch_max_bytes = 4 << 20});
}
static void teardown(void)
{
    world_close(&w);
}

static size_t arena_bytes(fa_tag tag)
{
    return tag_stats(w.allocator, tag).self.arena_bytes;
}

/* ---- scopes -------------------------------------------------------------------------------------------- */

START_TEST(scratch_memory_goes_back_at_the_end_and_is_used_again)
{
    EXPECT_OK(fa_frame_begin(w.ctx));
    size_t frame_bytes = fa_frame_used_bytes(w.ctx);
    void *first = NULL;
    for (int i = 0; i < 100; i++) {
        fa_scratch s = fa_scratch_begin(w.ctx);
        EXPECT(s.arena != NULL && fa_scratch_depth(w.ctx) == 1);
        uint8_t *p = fa_scratch_alloc(&s, 50000, 64);
        EXPECT(p != NULL && (first == NULL || p == first) && (uintptr_t)p % 64 == 0);
        first = p;
        pattern_fill(p, 50000, (uint64_t)i);
        uint32_t *q = FA_SCRATCH_ARRAY(&s, uint32_t, 1000);
        EXPECT((uint8_t *)q >= p + 50000);
        *FA_SCRATCH_NEW(&s, uint64_t) = 7;
        EXPECT(pattern_holds(p, 50000, (uint64_t)i, 50000));
        EXPECT_OK(fa_scratch_end(&s));
    }
    EXPECT_UINT(fa_frame_used_bytes(w.ctx), frame_bytes);
    EXPECT_UINT(fa_scratch_depth(w.ctx), 0);
    EXPECT_UINT(world_stats(&w).arena_bytes, 0);
}
END_TEST

START_TEST(scratch_never_touches_what_is_left_in_the_frame)
{
    EXPECT_OK(fa_frame_begin(w.ctx));
    char *result = NULL;
    FA_SCRATCH_SCOPE (w.ctx, tmp) {
        char *work = fa_scratch_alloc(&tmp, 1000, 1);
        memset(work, 'w', 1000);
        result = fa_frame_strdup(w.ctx, "the result");
    }
    FA_SCRATCH_SCOPE (w.ctx, tmp) {
        memset(fa_scratch_alloc(&tmp, 1000, 1), 'v', 1000);
    }
    EXPECT_STR(result, "the result");
}
END_TEST

/* Returns its result in an arena of the caller's, which may well be the caller's scratch. */
static uint8_t *doubled(fa_context *ctx, fa_arena *result_arena, const uint8_t *in, size_t count)
{
    uint8_t *result = NULL;
    FA_SCRATCH_SCOPE_AVOIDING(ctx, tmp, result_arena)
    {
        EXPECT(tmp.arena != result_arena);
        uint8_t *work = FA_SCRATCH_ARRAY(&tmp, uint8_t, count);
        for (size_t i = 0; i < count; i++) {
            work[i] = (uint8_t)(in[i] * 2);
        }
        result = FA_ARENA_ARRAY(result_arena, uint8_t, count);
        memcpy(result, work, count);
    }
    return result;
}

START_TEST(scratch_that_avoids_the_callers_arena_keeps_the_result)
{
    FA_SCRATCH_SCOPE (w.ctx, tmp) {
        uint8_t *in = FA_SCRATCH_ARRAY(&tmp, uint8_t, 3000);
        for (size_t i = 0; i < 3000; i++) {
            in[i] = (uint8_t)i;
        }
        uint8_t *out = doubled(w.ctx, tmp.arena, in, 3000);
        uint8_t *again = doubled(w.ctx, tmp.arena, out, 3000);
        for (size_t i = 0; i < 3000; i++) {
            EXPECT(in[i] == (uint8_t)i && out[i] == (uint8_t)(2 * i) && again[i] == (uint8_t)(4 * i));
        }
    }
}
END_TEST

START_TEST(scratch_conflicts_of_three_arenas_leave_the_fourth_and_of_four_none)
{
    fa_scratch s[FA_SCRATCH_ARENAS];
    s[0] = fa_scratch_begin(w.ctx);
    s[1] = fa_scratch_begin_avoiding(w.ctx, s[0].arena, NULL);
    s[2] = fa_scratch_begin_avoiding(w.ctx, s[1].arena, s[0].arena);
    s[3] = fa_scratch_begin_avoiding(w.ctx, s[2].arena, s[0].arena, s[1].arena);
    for (int i = 0; i < FA_SCRATCH_ARENAS; i++) {
        EXPECT(s[i].arena != NULL);
        for (int k = 0; k < i; k++) {
            EXPECT(s[i].arena != s[k].arena);
        }
    }
    fa_scratch none = fa_scratch_begin_avoiding(w.ctx, s[0].arena, s[1].arena, s[2].arena, s[3].arena);
    EXPECT(none.arena == NULL && none.serial == 0);
    EXPECT_RESULT(fa_context_last_result(w.ctx), FULL);
    EXPECT(fa_scratch_alloc(&none, 10, 1) == NULL && FA_SCRATCH_ARRAY(&none, int, 4) == NULL);
    EXPECT_OK(fa_scratch_end(&none));
    EXPECT_UINT(fa_scratch_depth(w.ctx), 4);
    fa_arena *foreign = NULL;
    EXPECT_OK(fa_arena_create(w.ctx, NULL, &foreign));
    fa_scratch beside_it = fa_scratch_begin_avoiding(w.ctx, foreign); /* never one of ours */
    EXPECT(beside_it.arena == s[0].arena);
    EXPECT_OK(fa_scratch_end(&beside_it));
    for (int i = FA_SCRATCH_ARENAS; i > 0; i--) {
        EXPECT_OK(fa_scratch_end(&s[i - 1]));
    }
    EXPECT_OK(fa_arena_destroy(foreign));
}
END_TEST

static int leave(fa_context *ctx, int how)
{
    for (int i = 0; i < 3; i++) {
        FA_SCRATCH_SCOPE (ctx, outer) {
            (void)fa_scratch_alloc(&outer, 100, 1);
            FA_SCRATCH_SCOPE_AVOIDING(ctx, inner, outer.arena)
            {
                (void)fa_scratch_alloc(&inner, 100, 1);
                EXPECT_UINT(fa_scratch_depth(ctx), 2);
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
            EXPECT_UINT(fa_scratch_depth(ctx), 1);
        }
        EXPECT_UINT(fa_scratch_depth(ctx), 0);
    }
out:
    return how;
}

START_TEST(scratch_scope_ends_however_it_is_left)
{
    for (int how = 0; how < 5; how++) {
        EXPECT_UINT(leave(w.ctx, how), how);
        EXPECT_UINT(fa_scratch_depth(w.ctx), 0);
        EXPECT_UINT(world_stats(&w).arena_bytes, 0);
        world_expect_quiet(&w);
    }
}
END_TEST

START_TEST(scratch_forgotten_in_a_frame_is_closed_and_told_at_its_end)
{
    fa_scratch outside = fa_scratch_begin(w.ctx);
    uint8_t *kept = fa_scratch_alloc(&outside, 1000, 1);
    pattern_fill(kept, 1000, 1);
    EXPECT_OK(fa_frame_begin(w.ctx));
    FA_SCRATCH_SCOPE (w.ctx, tidy) {
    }
    fa_scratch forgotten = fa_scratch_begin(w.ctx);
    int line = __LINE__ - 1;
    (void)fa_scratch_begin_avoiding(w.ctx, forgotten.arena);
    EXPECT(fa_scratch_alloc(&forgotten, 5000, 1) != NULL);
    EXPECT_OK(fa_frame_end(w.ctx));
    EXPECT_UINT(w.rec.count, 1);
    EXPECT(w.rec.items[0].id == FA_CODE_FA804);
    char site[64];
    (void)snprintf(site, sizeof site, "test_scratch.c:%d", line);
    EXPECTF(strstr(w.rec.items[0].earlier, site) != NULL, "%s", w.rec.items[0].earlier);
    EXPECT(strstr(w.rec.items[0].message, "2 scratch scopes") != NULL);
    recorder_clear(&w.rec);
    EXPECT_UINT(fa_scratch_depth(w.ctx), 1);
    EXPECT(pattern_holds(kept, 1000, 1, 1000));
    EXPECT_REFUSED(&w, fa_scratch_end(&forgotten), FA606, STALE);
    EXPECT_OK(fa_frame_begin(w.ctx)); /* told once */
    EXPECT_OK(fa_frame_end(w.ctx));
    world_expect_quiet(&w);
    EXPECT_OK(fa_scratch_end(&outside));
}
END_TEST

START_TEST(scratch_ended_with_inner_ones_open_closes_them_and_tells)
{
    fa_scratch outer = fa_scratch_begin(w.ctx);
    fa_scratch inner = fa_scratch_begin(w.ctx);
    fa_scratch innermost = fa_scratch_begin_avoiding(w.ctx, inner.arena);
    EXPECT_OK(fa_scratch_end(&outer));
    EXPECT_UINT(w.rec.count, 1);
    EXPECT(w.rec.items[0].id == FA_CODE_FA804 && strstr(w.rec.items[0].message, "2 scratch") != NULL);
    recorder_clear(&w.rec);
    EXPECT_UINT(fa_scratch_depth(w.ctx), 0);
    EXPECT_REFUSED(&w, fa_scratch_end(&innermost), FA606, STALE);
    EXPECT_REFUSED(&w, fa_scratch_end(&inner), FA606, STALE);
    EXPECT_REFUSED(&w, fa_scratch_end(&outer), FA606, STALE);
}
END_TEST

START_TEST(scratch_that_has_ended_gives_no_memory)
{
    fa_scratch s = fa_scratch_begin(w.ctx);
    fa_arena *arena = s.arena;
    EXPECT_OK(fa_scratch_end(&s));
    EXPECT_REFUSED_NULL(&w, fa_scratch_alloc(&s, 16, 16), FA606, STALE);
    EXPECT_REFUSED_NULL(&w, fa_scratch_alloc(&s, 0, 1), FA606, STALE);
    EXPECT_REFUSED(&w, fa_scratch_end(&s), FA606, STALE);
    EXPECT_REFUSED(&w, fa_arena_reset(arena), FA104, BUSY);
    EXPECT_REFUSED(&w, fa_arena_destroy(arena), FA104, BUSY);
    fa_scratch later = fa_scratch_begin(w.ctx); /* the same place on the stack, another serial */
    EXPECT(later.depth == s.depth);
    EXPECT_REFUSED(&w, fa_scratch_end(&s), FA606, STALE);
    EXPECT(fa_scratch_alloc(&later, 16, 16) != NULL);
    EXPECT_OK(fa_scratch_end(&later));
    s = (fa_scratch){0};
    EXPECT_RESULT(fa_scratch_end(&s), INVALID_ARGUMENT);
    s = fa_scratch_begin(NULL);
    EXPECT(s.arena == NULL && fa_scratch_alloc(&s, 1, 1) == NULL);
}
END_TEST

START_TEST(scratch_marks_taken_inside_a_scope_end_with_it)
{
    fa_scratch s = fa_scratch_begin(w.ctx);
    fa_arena_mark before = fa_arena_mark_get(s.arena);
    EXPECT(fa_scratch_alloc(&s, 100, 1) != NULL);
    fa_scratch t = fa_scratch_begin(w.ctx);
    EXPECT(t.arena == s.arena && fa_scratch_alloc(&t, 100, 1) != NULL);
    fa_arena_mark inside = fa_arena_mark_get(t.arena);
    EXPECT_OK(fa_scratch_end(&t));
    EXPECT_REFUSED(&w, fa_arena_rewind(s.arena, inside), FA606, STALE);
    t = fa_scratch_begin(w.ctx);
    EXPECT(fa_scratch_alloc(&t, 100, 1) != NULL);
    EXPECT_OK(fa_arena_rewind(s.arena, before)); /* below the inner scope: its end has nothing to give back */
    EXPECT_UINT(fa_arena_used_bytes(s.arena), 0);
    EXPECT_OK(fa_scratch_end(&t));
    EXPECT_UINT(fa_arena_used_bytes(s.arena), 0);
    EXPECT_OK(fa_scratch_end(&s));
}
END_TEST

/* ---- figures ------------------------------------------------------------------------------------------- */

START_TEST(scratch_bytes_are_charged_to_the_tag_of_the_scope_and_given_back)
{
    fa_tag a = fa_tag_intern(w.allocator, "ai");
    fa_tag b = fa_tag_intern(w.allocator, "ai/path");
    EXPECT_OK(fa_frame_begin(w.ctx));
    size_t slack = SUPPORT_ASAN ? 64 : 0;
    FA_TAG_SCOPE (w.ctx, a) {
        FA_SCRATCH_SCOPE (w.ctx, one) {
            (void)fa_scratch_alloc(&one, 1000, 1);
            FA_TAG_SCOPE (w.ctx, b) {
                FA_SCRATCH_SCOPE (w.ctx, two) {
                    (void)fa_scratch_alloc(&two, 300, 1);
                    EXPECT(arena_bytes(a) >= 1000 && arena_bytes(a) <= 1000 + slack);
                    EXPECT(arena_bytes(b) >= 300 && arena_bytes(b) <= 300 + slack);
                    EXPECT_UINT(arena_bytes(a) + arena_bytes(b), world_stats(&w).arena_bytes);
                    EXPECT_UINT(tag_stats(w.allocator, a).tree.arena_bytes, arena_bytes(a) + arena_bytes(b));
                    EXPECT_UINT(arena_bytes(FA_TAG_NONE), 0);
                    EXPECT_UINT(fa_frame_used_bytes(w.ctx), 0);
                }
                (void)fa_scratch_alloc(&one, 10,
                                       1); /* belongs to the scope it is in, not to the tag on top */
                EXPECT_UINT(arena_bytes(b), 0);
            }
        }
    }
    EXPECT_UINT(arena_bytes(a), 0);
    fa_tag_stats sa = tag_stats(w.allocator, a);
    fa_tag_stats sb = tag_stats(w.allocator, b);
    EXPECT(sa.self.peak_scratch_bytes >= 1010 && sa.self.peak_scratch_bytes <= 1010 + slack);
    EXPECT(sb.self.peak_scratch_bytes >= 300 && sb.self.peak_scratch_bytes <= 300 + slack);
    EXPECT_UINT(sa.tree.peak_scratch_bytes, sa.self.peak_scratch_bytes);
}
END_TEST

START_TEST(scratch_in_a_steady_loop_takes_nothing_from_the_system)
{
    uint64_t calls = 0;
    size_t metadata = 0;
    for (int frame = 0; frame < 1000; frame++) {
        if (frame == 500) {
            calls = tracking_total_calls(&w.backing);
            metadata = world_stats(&w).metadata_bytes;
        }
        EXPECT_OK(fa_frame_begin(w.ctx));
        FA_SCRATCH_SCOPE (w.ctx, one) {
            (void)fa_scratch_alloc(&one, 70000 + (size_t)(frame % 7) * 1000, 16);
            FA_SCRATCH_SCOPE_AVOIDING(w.ctx, two, one.arena)
            {
                (void)fa_scratch_alloc(&two, 200000, 16);
            }
        }
        EXPECT_OK(fa_frame_end(w.ctx));
    }
    EXPECT_UINT(tracking_total_calls(&w.backing), calls);
    EXPECT_UINT(world_stats(&w).metadata_bytes, metadata);
}
END_TEST

START_TEST(scratch_pages_above_the_recent_peak_go_back)
{
    size_t low = 0;
    for (int frame = 0; frame < 3 * 120 + 130; frame++) { /* the default window, three times */
        EXPECT_OK(fa_frame_begin(w.ctx));
        FA_SCRATCH_SCOPE (w.ctx, s) {
            EXPECT(fa_scratch_alloc(&s, frame == 130 ? 3 << 20 : 1000, 16) != NULL);
        }
        EXPECT_OK(fa_frame_end(w.ctx));
        low = frame == 129 ? w.backing.committed_bytes : low;
        EXPECT(frame != 130 || w.backing.committed_bytes >= low + (3 << 20) - (128 << 10));
    }
    EXPECTF(w.backing.committed_bytes <= low, "%zu, was %zu", w.backing.committed_bytes, low);
}
END_TEST

/* ---- refusals ------------------------------------------------------------------------------------------ */

START_TEST(scratch_without_memory_gives_null_and_can_be_ended)
{
    for (int op = OP_RESERVE; op <= OP_COMMIT; op++) {
        tracking_fail(&w.backing, (backing_op)op, 1, true);
        int entered = 0;
        FA_SCRATCH_SCOPE (w.ctx, s) {
            entered++;
            EXPECT(fa_scratch_alloc(&s, 2 << 20, 16) == NULL);
            EXPECT_RESULT(fa_context_last_result(w.ctx), OUT_OF_MEMORY);
        }
        EXPECT_UINT(entered, 1);
        tracking_fail(&w.backing, (backing_op)op, 0, false);
        world_expect_quiet(&w);
    }
    FA_SCRATCH_SCOPE (w.ctx, s) {
        EXPECT(fa_scratch_alloc(&s, 2 << 20, 16) != NULL);
        EXPECT(fa_scratch_alloc(&s, 3 << 20, 16) == NULL);
        EXPECT_RESULT(fa_context_last_result(w.ctx), FULL);
    }
    EXPECT_UINT(fa_scratch_depth(w.ctx), 0);
}
END_TEST

static void *use_foreign(void *user)
{
    fa_scratch s = fa_scratch_begin(w.ctx);
    EXPECT(s.arena == NULL);
    EXPECT_RESULT(fa_scratch_end((fa_scratch *)user), WRONG_THREAD);
    EXPECT(fa_scratch_pool(w.ctx, "pool") == NULL);
    return NULL;
}

START_TEST(scratch_of_another_threads_context_is_refused)
{
    fa_scratch s = fa_scratch_begin(w.ctx);
    on_another_thread(use_foreign, &s);
    EXPECT_UINT(w.rec.count, 3);
    EXPECT_UINT(recorder_count_of(&w.rec, FA_CODE_FA206), 3);
    recorder_clear(&w.rec);
    EXPECT_UINT(fa_scratch_depth(w.ctx), 1);
    EXPECT_OK(fa_scratch_end(&s));
}
END_TEST

START_TEST(scratch_open_at_detach_goes_with_the_context)
{
    for (int i = 0; i < 3; i++) {
        fa_context *ctx = NULL;
        EXPECT_OK(fa_context_attach(w.allocator, NULL, &ctx));
        fa_scratch s = fa_scratch_begin(ctx);
        EXPECT(s.depth == 0 && fa_scratch_alloc(&s, 100000, 1) != NULL);
        EXPECT(fa_scratch_pool(ctx, "pool") != NULL);
        EXPECT_OK(fa_context_detach(ctx));
    }
    EXPECT_UINT(world_stats(&w).arena_bytes, 0);
}
END_TEST

/* ---- named pools --------------------------------------------------------------------------------------- */

START_TEST(scratch_pool_lives_across_frames_grows_and_is_found_by_name)
{
    fa_arena *replay = fa_scratch_pool(w.ctx, "replay");
    fa_arena *other = fa_scratch_pool(w.ctx, "other");
    EXPECT(replay != NULL && other != NULL && replay != other);
    uint8_t *blocks[100];
    for (int frame = 0; frame < 100; frame++) {
        EXPECT_OK(fa_frame_begin(w.ctx));
        EXPECT(fa_scratch_pool(w.ctx, "replay") == replay);
        blocks[frame] = fa_arena_alloc(replay, 20000, 16);
        pattern_fill(blocks[frame], 20000, (uint64_t)frame);
        memset(fa_arena_alloc(other, 1000, 1), 0xEE, 1000);
        EXPECT_OK(fa_frame_end(w.ctx));
    }
    for (uint64_t frame = 0; frame < 100; frame++) {
        EXPECT(pattern_holds(blocks[frame], 20000, frame, 20000));
    }
    EXPECT(fa_arena_used_bytes(replay) >= 2000000); /* far beyond what it began with */
    EXPECT_OK(fa_arena_reset(replay));
    EXPECT_UINT(fa_arena_used_bytes(replay), 0);
    EXPECT(fa_arena_used_bytes(other) >= 100000);
    EXPECT_OK(fa_arena_destroy(replay));
    replay = fa_scratch_pool(w.ctx, "replay");
    EXPECT(replay != NULL && fa_arena_used_bytes(replay) == 0);
}
END_TEST

START_TEST(scratch_pool_names_are_checked_and_belong_to_the_context)
{
    EXPECT_REFUSED_NULL(&w, fa_scratch_pool(w.ctx, NULL), FA005, INVALID_ARGUMENT);
    EXPECT_REFUSED_NULL(&w, fa_scratch_pool(w.ctx, ""), FA005, INVALID_ARGUMENT);
    EXPECT_REFUSED_NULL(&w, fa_scratch_pool(w.ctx, "a name of thirty-two bytes, it is"), FA005,
                        INVALID_ARGUMENT);
    char name[FA_SCRATCH_NAME_MAX + 1];
    memset(name, 'n', sizeof name);
    name[FA_SCRATCH_NAME_MAX] = '\0';
    fa_arena *longest = fa_scratch_pool(w.ctx, name);
    EXPECT(longest != NULL && fa_scratch_pool(w.ctx, name) == longest);
    fa_arena *own = NULL;
    EXPECT_OK(fa_arena_create(w.ctx, &(fa_arena_desc){.name = "mine"}, &own));
    EXPECT(fa_scratch_pool(w.ctx, "mine") != own); /* an arena of that name is no pool */
    fa_context *second = NULL;
    EXPECT_OK(fa_context_attach(w.allocator, NULL, &second));
    EXPECT(fa_scratch_pool(second, name) != longest);
    EXPECT_OK(fa_context_detach(second));
    EXPECT_OK(fa_arena_destroy(own));
    tracking_fail(&w.backing, OP_RESERVE, 1, true);
    EXPECT_NO_MEMORY_NULL(&w, fa_scratch_pool(w.ctx, "new"), OUT_OF_MEMORY);
    tracking_fail(&w.backing, OP_RESERVE, 0, false);
    EXPECT(fa_scratch_pool(w.ctx, "new") != NULL);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("scratch");
    TCase *tcase = support_case(suite, "scratch");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, scratch_memory_goes_back_at_the_end_and_is_used_again);
    tcase_add_test(tcase, scratch_never_touches_what_is_left_in_the_frame);
    tcase_add_test(tcase, scratch_that_avoids_the_callers_arena_keeps_the_result);
    tcase_add_test(tcase, scratch_conflicts_of_three_arenas_leave_the_fourth_and_of_four_none);
    tcase_add_test(tcase, scratch_scope_ends_however_it_is_left);
    tcase_add_test(tcase, scratch_forgotten_in_a_frame_is_closed_and_told_at_its_end);
    tcase_add_test(tcase, scratch_ended_with_inner_ones_open_closes_them_and_tells);
    tcase_add_test(tcase, scratch_that_has_ended_gives_no_memory);
    tcase_add_test(tcase, scratch_marks_taken_inside_a_scope_end_with_it);
    tcase_add_test(tcase, scratch_bytes_are_charged_to_the_tag_of_the_scope_and_given_back);
    tcase_add_test(tcase, scratch_in_a_steady_loop_takes_nothing_from_the_system);
    tcase_add_test(tcase, scratch_pages_above_the_recent_peak_go_back);
    tcase_add_test(tcase, scratch_without_memory_gives_null_and_can_be_ended);
    tcase_add_test(tcase, scratch_of_another_threads_context_is_refused);
    tcase_add_test(tcase, scratch_open_at_detach_goes_with_the_context);
    tcase_add_test(tcase, scratch_pool_lives_across_frames_grows_and_is_found_by_name);
    tcase_add_test(tcase, scratch_pool_names_are_checked_and_belong_to_the_context);
    return support_run(suite);
}
