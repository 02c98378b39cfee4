/* Arenas: the frame's mechanism with a lifetime of one's own. */
#include "core/support.h"

static world w;
static fa_arena *arena;

static void setup(void)
{
    world_open(&w, NULL);
    fa_arena_desc desc = {.name = "level", .max_bytes = (size_t)64 << 20};
    EXPECT_OK(fa_arena_create(w.ctx, &desc, &arena));
}
static void teardown(void)
{
    EXPECT_OK(fa_arena_destroy(arena));
    world_close(&w);
}

static fa_arena *arena_of(size_t max_bytes, size_t keep_bytes)
{
    fa_arena *made = NULL;
    fa_arena_desc desc = {.max_bytes = max_bytes, .keep_bytes = keep_bytes};
    EXPECT_OK(fa_arena_create(w.ctx, &desc, &made));
    EXPECT(made != NULL);
    return made;
}

START_TEST(arena_needs_no_desc_and_no_frame)
{
    fa_arena *made = NULL;
    EXPECT_OK(fa_arena_create(w.ctx, NULL, &made));
    EXPECT_UINT(fa_arena_used_bytes(made), 0);
    EXPECT_UINT(fa_arena_peak_bytes(made), 0);
    uint8_t *p = (uint8_t *)fa_arena_alloc(made, 200 << 20, 16); /* of a default 256 MiB */
    EXPECT(p != NULL);
    p[0] = p[(200 << 20) - 1] = 1;
    EXPECT(fa_arena_committed_bytes(made) >= (size_t)200 << 20);
    EXPECT(fa_arena_alloc(made, 100 << 20, 16) == NULL);
    EXPECT_RESULT(fa_context_last_result(w.ctx), FULL);
    EXPECT_OK(fa_arena_destroy(made));
}
END_TEST

START_TEST(arena_create_without_out_is_an_invalid_argument)
{
    EXPECT_RESULT(fa_arena_create(w.ctx, NULL, NULL), INVALID_ARGUMENT);
    w.rec.count = 0;
    EXPECT_OK(fa_arena_destroy(NULL));
}
END_TEST

START_TEST(arena_of_a_tag_that_is_none_is_refused)
{
    fa_arena *made = (fa_arena *)opaque(&w);
    fa_arena_desc desc = {.tag = 4711};
    EXPECT_REFUSED(&w, fa_arena_create(w.ctx, &desc, &made), FA103, INVALID_DESC);
    EXPECT(made == NULL);
}
END_TEST

START_TEST(arena_blocks_do_not_overlap_and_keep_their_bytes_over_frames)
{
    enum { COUNT = 1000 };
    static struct {
        void *p;
        size_t size;
    } blocks[COUNT];
    random_state r = {support_seed()};
    for (size_t i = 0; i < COUNT; i++) {
        if (i % 10 == 0) {
            EXPECT_OK(fa_frame_begin(w.ctx));
            EXPECT(fa_frame_alloc(w.ctx, 10000, 16) != NULL);
        }
        size_t align = (size_t)1 << random_below(&r, 13);
        blocks[i].size = random_size(&r, 20000);
        blocks[i].p = fa_arena_alloc(arena, blocks[i].size, align);
        EXPECT(blocks[i].p != NULL && (uintptr_t)blocks[i].p % align == 0);
        pattern_fill(blocks[i].p, blocks[i].size, i);
        if (i % 10 == 9) {
            EXPECT_OK(fa_frame_end(w.ctx));
        }
    }
    for (size_t i = 0; i < COUNT; i++) {
        EXPECT(pattern_holds(blocks[i].p, blocks[i].size, i, blocks[i].size));
    }
}
END_TEST

START_TEST(arena_figures_follow_the_cursor)
{
    uintptr_t base = arena->cursor;
    EXPECT(fa_arena_alloc(arena, 1000, 64) != NULL);
    EXPECT_UINT(fa_arena_used_bytes(arena), arena->cursor - base);
    EXPECT(SUPPORT_ASAN || fa_arena_used_bytes(arena) == 1000);
    EXPECT(fa_arena_alloc(arena, 1, 64) != NULL);
    EXPECT(SUPPORT_ASAN || fa_arena_used_bytes(arena) == 1025);
    size_t peak = fa_arena_used_bytes(arena);
    EXPECT_UINT(world_stats(&w).arena_bytes, peak);
    EXPECT_OK(fa_arena_reset(arena));
    EXPECT_UINT(fa_arena_used_bytes(arena), 0);
    EXPECT_UINT(world_stats(&w).arena_bytes, 0);
    EXPECT_UINT(fa_arena_peak_bytes(arena), peak);
}
END_TEST

START_TEST(arena_peak_includes_what_was_rewound)
{
    fa_arena_mark mark = fa_arena_mark_get(arena);
    EXPECT(fa_arena_alloc(arena, 100000, 1) != NULL);
    size_t peak = fa_arena_used_bytes(arena);
    EXPECT_OK(fa_arena_rewind(arena, mark));
    EXPECT_UINT(fa_arena_peak_bytes(arena), peak);
    EXPECT(fa_arena_alloc(arena, 10, 1) != NULL);
    EXPECT_UINT(fa_arena_peak_bytes(arena), peak);
}
END_TEST

START_TEST(arena_maximum_is_exact_to_the_byte)
{
    static const size_t limits[] = {1, 100, 4096, 4097, 65536, 100001};
    for (unsigned i = 0; i < sizeof limits / sizeof limits[0]; i++) {
        fa_arena *small = arena_of(limits[i], 0);
        EXPECT_NO_MEMORY_NULL(&w, fa_arena_alloc(small, limits[i] + 1, 1), FULL);
        if (!SUPPORT_ASAN) {
            uint8_t *p = (uint8_t *)fa_arena_alloc(small, limits[i], 1);
            EXPECT(p != NULL);
            p[limits[i] - 1] = 1;
            EXPECT_NO_MEMORY_NULL(&w, fa_arena_alloc(small, 1, 1), FULL);
            EXPECT(fa_arena_alloc(small, 0, 1) != NULL);
            EXPECT_OK(fa_arena_reset(small));
            EXPECT(fa_arena_alloc(small, limits[i], 1) != NULL);
        }
        EXPECT_OK(fa_arena_destroy(small));
    }
}
END_TEST

START_TEST(arena_typed_macros_align_and_do_not_overflow)
{
    (void)fa_arena_alloc(arena, 1, 1);
    double *one = FA_ARENA_NEW(arena, double);
    double *many = FA_ARENA_ARRAY(arena, double, 1000);
    EXPECT(one != NULL && many != NULL && (uintptr_t)one % 8 == 0 && (uintptr_t)many % 8 == 0);
    memset(many, 1, 1000 * sizeof *many);
    EXPECT_NO_MEMORY_NULL(&w, FA_ARENA_ARRAY(arena, double, opaque_size(SIZE_MAX / 8 + 2)), FULL);
    EXPECT(FA_ARENA_ARRAY(arena, double, 0) != NULL);
}
END_TEST

START_TEST(arena_alignment_is_checked_as_in_frames)
{
    EXPECT_REFUSED_NULL(&w, fa_arena_alloc(arena, 10, 3), FA004, INVALID_ARGUMENT);
    EXPECT_REFUSED_NULL(&w, fa_arena_alloc(arena, 0, 48), FA004, INVALID_ARGUMENT);
    EXPECT_REFUSED_NULL(&w, fa_arena_alloc(arena, 10, 2 * FA_ALIGN_MAX), FA004, INVALID_ARGUMENT);
    void *p = fa_arena_alloc(arena, 10, 0);
    EXPECT(p != NULL && (uintptr_t)p % FA_ALIGN_DEFAULT == 0);
}
END_TEST

START_TEST(arena_rewind_gives_back_what_came_after_the_mark)
{
    void *before = fa_arena_alloc(arena, 1000, 1);
    pattern_fill(before, 1000, 1);
    fa_arena_mark mark = fa_arena_mark_get(arena);
    uintptr_t cursor = arena->cursor;
    void *after = fa_arena_alloc(arena, 500, 1);
    EXPECT_OK(fa_arena_rewind(arena, mark));
    EXPECT(arena->cursor == cursor && pattern_holds(before, 1000, 1, 1000));
    EXPECT(fa_arena_alloc(arena, 500, 1) == after);
}
END_TEST

START_TEST(arena_mark_of_before_a_reset_is_stale)
{
    fa_arena_mark mark = fa_arena_mark_get(arena);
    EXPECT(fa_arena_alloc(arena, 500, 1) != NULL);
    EXPECT_OK(fa_arena_reset(arena));
    EXPECT_REFUSED(&w, fa_arena_rewind(arena, mark), FA606, STALE);
    EXPECT(fa_arena_alloc(arena, 5000, 1) != NULL);
    EXPECT_REFUSED(&w, fa_arena_rewind(arena, mark), FA606, STALE);
}
END_TEST

START_TEST(arena_mark_of_another_arena_is_stale)
{
    fa_arena *other = arena_of(1 << 20, 0);
    EXPECT(fa_arena_alloc(arena, 500, 1) != NULL);
    EXPECT(fa_arena_alloc(other, 500, 1) != NULL);
    fa_arena_mark mark = fa_arena_mark_get(other);
    EXPECT_REFUSED(&w, fa_arena_rewind(arena, mark), FA606, STALE);
    EXPECT_OK(fa_arena_rewind(other, mark));
    EXPECT_OK(fa_arena_destroy(other));
}
END_TEST

START_TEST(arena_mark_ahead_of_the_cursor_is_stale)
{
    fa_arena_mark first = fa_arena_mark_get(arena);
    EXPECT(fa_arena_alloc(arena, 500, 1) != NULL);
    fa_arena_mark second = fa_arena_mark_get(arena);
    EXPECT(fa_arena_alloc(arena, 500, 1) != NULL);
    EXPECT_OK(fa_arena_rewind(arena, first));
    EXPECT_REFUSED(&w, fa_arena_rewind(arena, second), FA606, STALE);
    EXPECT(fa_arena_alloc(arena, 5000, 1) !=
           NULL); /* beyond its place: still not the position that was marked */
    EXPECT_REFUSED(&w, fa_arena_rewind(arena, second), FA606, STALE);
}
END_TEST

START_TEST(arena_marks_rewound_in_reverse_order_are_good)
{
    fa_arena_mark marks[20];
    for (int i = 0; i < 20; i++) {
        marks[i] = fa_arena_mark_get(arena);
        EXPECT(fa_arena_alloc(arena, 100, 1) != NULL);
    }
    for (int i = 19; i >= 0; i--) {
        EXPECT_OK(fa_arena_rewind(arena, marks[i]));
        EXPECT(arena->cursor == marks[i].cursor);
    }
    EXPECT_UINT(fa_arena_used_bytes(arena), 0);
}
END_TEST

START_TEST(arena_mark_is_good_for_any_number_of_rewinds)
{
    EXPECT(fa_arena_alloc(arena, 100, 1) != NULL);
    fa_arena_mark outer = fa_arena_mark_get(arena);
    for (int i = 0; i < 100; i++) {
        EXPECT(fa_arena_alloc(arena, 1000, 1) != NULL);
        fa_arena_mark inner = fa_arena_mark_get(arena);
        EXPECT(fa_arena_alloc(arena, 1000, 1) != NULL);
        EXPECT_OK(fa_arena_rewind(arena, inner));
        EXPECT_OK(fa_arena_rewind(arena, inner));
        EXPECT_OK(fa_arena_rewind(arena, outer));
        EXPECT(arena->cursor == outer.cursor);
        EXPECT_REFUSED(&w, fa_arena_rewind(arena, inner), FA606, STALE);
    }
    EXPECT_OK(fa_arena_rewind(arena, outer));
}
END_TEST

START_TEST(arena_marks_need_memory_only_once)
{
    uint64_t calls = 0;
    for (int round = 0; round < 50; round++) {
        for (int i = 0; i < 500; i++) {
            (void)fa_arena_mark_get(arena);
            EXPECT(fa_arena_alloc(arena, 8, 8) != NULL);
        }
        EXPECT_OK(fa_arena_reset(arena));
        if (round == 2) {
            calls = tracking_total_calls(&w.backing);
        }
    }
    EXPECT_UINT(tracking_total_calls(&w.backing), calls);
}
END_TEST

START_TEST(arena_mark_that_was_forged_in_any_field_is_stale)
{
    EXPECT(fa_arena_alloc(arena, 1000, 1) != NULL);
    fa_arena_mark mark = fa_arena_mark_get(arena);
    EXPECT(fa_arena_alloc(arena, 1000, 1) != NULL);
    static const intptr_t steps[] = {1, -1, 16, -16, 500, -500, 1 << 20};
    for (unsigned i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        fa_arena_mark forged = mark;
        forged.cursor += (uintptr_t)steps[i];
        EXPECT_REFUSED(&w, fa_arena_rewind(arena, forged), FA606, STALE);
        forged = mark;
        forged.depth += (uint32_t)steps[i];
        EXPECT_REFUSED(&w, fa_arena_rewind(arena, forged), FA606, STALE);
        forged = mark;
        forged.serial += (uint32_t)steps[i];
        EXPECT_REFUSED(&w, fa_arena_rewind(arena, forged), FA606, STALE);
    }
    EXPECT_OK(fa_arena_rewind(arena, mark));
}
END_TEST

START_TEST(arena_mark_that_was_never_taken_is_stale)
{
    EXPECT(fa_arena_alloc(arena, 1000, 1) != NULL);
    fa_arena_mark never;
    memset(&never, 0, sizeof never);
    EXPECT_REFUSED(&w, fa_arena_rewind(arena, never), FA606, STALE);
    never.arena = arena;
    EXPECT_REFUSED(&w, fa_arena_rewind(arena, never), FA606, STALE);
    never = fa_arena_mark_get(arena);
    never.cursor = UINTPTR_MAX;
    EXPECT_REFUSED(&w, fa_arena_rewind(arena, never), FA606, STALE);
    never.cursor = 1;
    EXPECT_REFUSED(&w, fa_arena_rewind(arena, never), FA606, STALE);
}
END_TEST

START_TEST(arena_keeps_all_its_pages_by_default)
{
    EXPECT(fa_arena_alloc(arena, 50 << 20, 1) != NULL);
    size_t committed = fa_arena_committed_bytes(arena);
    EXPECT(committed >= (size_t)50 << 20);
    EXPECT_OK(fa_arena_reset(arena));
    EXPECT_UINT(fa_arena_committed_bytes(arena), committed);
    uint64_t calls = tracking_total_calls(&w.backing);
    for (int i = 0; i < 100; i++) {
        EXPECT(fa_arena_alloc(arena, 50 << 20, 1) != NULL);
        EXPECT_OK(fa_arena_reset(arena));
    }
    EXPECT_UINT(tracking_total_calls(&w.backing), calls);
}
END_TEST

START_TEST(arena_keeps_n_bytes_where_told_so)
{
    static const size_t keeps[] = {1, 65536, 1 << 20, 10 << 20};
    for (unsigned i = 0; i < sizeof keeps / sizeof keeps[0]; i++) {
        fa_arena *kept = arena_of(64 << 20, keeps[i]);
        size_t before = w.backing.committed_bytes;
        EXPECT(fa_arena_alloc(kept, 50 << 20, 1) != NULL);
        EXPECT_OK(fa_arena_reset(kept));
        EXPECTF(fa_arena_committed_bytes(kept) <= keeps[i] + 65536, "%zu", fa_arena_committed_bytes(kept));
        EXPECT(w.backing.committed_bytes <= before + keeps[i] + 65536);
        EXPECT(fa_arena_alloc(kept, 50 << 20, 1) != NULL);
        EXPECT_OK(fa_arena_destroy(kept));
    }
}
END_TEST

START_TEST(arena_prefault_commits_at_once)
{
    fa_arena *made = NULL;
    fa_arena_desc desc = {.max_bytes = 32 << 20, .prefault_bytes = 10 << 20};
    EXPECT_OK(fa_arena_create(w.ctx, &desc, &made));
    EXPECT(fa_arena_committed_bytes(made) >= (size_t)10 << 20);
    uint64_t calls = tracking_total_calls(&w.backing);
    EXPECT(fa_arena_alloc(made, 9 << 20, 1) != NULL);
    EXPECT_UINT(tracking_total_calls(&w.backing), calls);
    EXPECT_OK(fa_arena_destroy(made));
}
END_TEST

START_TEST(arena_destroy_gives_everything_back)
{
    size_t committed = 0;
    size_t reserved = 0;
    for (int i = 0; i < 100; i++) {
        fa_arena *made = arena_of(32 << 20, 0);
        EXPECT(fa_arena_alloc(made, 20 << 20, 1) != NULL);
        EXPECT_OK(fa_arena_destroy(made));
        if (i == 5) {
            committed = w.backing.committed_bytes;
            reserved = w.backing.reserved_bytes;
        }
    }
    EXPECT_UINT(w.backing.committed_bytes, committed);
    EXPECT_UINT(w.backing.reserved_bytes, reserved);
}
END_TEST

START_TEST(arena_gives_out_of_memory_when_the_system_has_none_and_works_again_afterwards)
{
    void *p = fa_arena_alloc(arena, 1000, 1);
    pattern_fill(p, 1000, 1);
    w.backing.commit_limit_bytes = w.backing.committed_bytes;
    uintptr_t cursor = arena->cursor;
    EXPECT_NO_MEMORY_NULL(&w, fa_arena_alloc(arena, 40 << 20, 1), OUT_OF_MEMORY);
    EXPECT(arena->cursor == cursor);
    EXPECT(pattern_holds(p, 1000, 1, 1000));
    w.backing.commit_limit_bytes = 0;
    EXPECT(fa_arena_alloc(arena, 40 << 20, 1) != NULL);
    tracking_fail(&w.backing, OP_RESERVE, 1, true);
    fa_arena *made = (fa_arena *)opaque(&w);
    EXPECT_NO_MEMORY(&w, fa_arena_create(w.ctx, NULL, &made), OUT_OF_MEMORY);
    EXPECT(made == NULL);
    tracking_fail(&w.backing, OP_RESERVE, 0, false);
}
END_TEST

START_TEST(arena_many_live_side_by_side)
{
    enum { COUNT = 64 };
    fa_arena *many[COUNT];
    void *p[COUNT];
    for (size_t i = 0; i < COUNT; i++) {
        many[i] = arena_of(1 << 20, 0);
        p[i] = fa_arena_alloc(many[i], 10000, 16);
        pattern_fill(p[i], 10000, i);
    }
    for (size_t i = 0; i < COUNT; i += 2) {
        EXPECT_OK(fa_arena_destroy(many[i]));
    }
    for (size_t i = 1; i < COUNT; i += 2) {
        EXPECT(pattern_holds(p[i], 10000, i, 10000));
        EXPECT_OK(fa_arena_destroy(many[i]));
    }
}
END_TEST

static void *use_a_foreign_arena(void *user)
{
    fa_arena *theirs = (fa_arena *)user;
    EXPECT_RESULT(fa_arena_reset(theirs), WRONG_THREAD);
    EXPECT_RESULT(fa_arena_destroy(theirs), WRONG_THREAD);
    fa_arena_mark mark = fa_arena_mark_get(theirs);
    EXPECT_RESULT(fa_arena_rewind(theirs, mark), WRONG_THREAD);
    return NULL;
}

START_TEST(arena_of_another_thread_is_refused)
{
    void *p = fa_arena_alloc(arena, 1000, 1);
    pattern_fill(p, 1000, 1);
    on_another_thread(use_a_foreign_arena, arena);
    EXPECT_UINT(recorder_count_of(&w.rec, FA_CODE_FA206), 4);
    EXPECT_UINT(w.rec.count, 4);
    w.rec.count = 0;
    EXPECT(pattern_holds(p, 1000, 1, 1000));
}
END_TEST

START_TEST(arena_is_taken_down_with_its_allocator)
{
    world second;
    world_open(&second, NULL);
    for (int i = 0; i < 10; i++) {
        fa_arena *made = NULL;
        EXPECT_OK(fa_arena_create(second.ctx, NULL, &made));
        EXPECT(fa_arena_alloc(made, 1 << 20, 1) != NULL);
    }
    world_close(&second);
}
END_TEST

START_TEST(arena_model_follows_marks_through_a_random_walk)
{
    random_state r = {support_seed()};
    fa_arena_mark stack[64];
    int depth = 0;
    for (int step = 0; step < (SUPPORT_SLOW ? 10000 : 100000); step++) {
        size_t action = random_below(&r, 100);
        uintptr_t before = arena->cursor;
        if (action < 60) {
            size_t size = random_size(&r, 3000);
            size_t align = (size_t)1 << random_below(&r, 9);
            void *p = fa_arena_alloc(arena, size, align);
            if (p == NULL) {
                EXPECT_RESULT(fa_context_last_result(w.ctx), FULL);
                EXPECT(arena->cursor == before);
                EXPECT_OK(fa_arena_reset(arena));
                depth = 0;
            } else {
                EXPECT((uintptr_t)p > before && (uintptr_t)p + size - 1 <= arena->cursor);
                memset(p, 0xCC, size);
            }
        } else if (action < 80 && depth < 64) {
            stack[depth++] = fa_arena_mark_get(arena);
        } else if (depth > 0) {
            depth--;
            EXPECT_OK(fa_arena_rewind(arena, stack[depth]));
            EXPECT(arena->cursor == stack[depth].cursor);
        }
        if (step % 5000 == 4999) {
            EXPECT_OK(fa_arena_reset(arena));
            EXPECT_UINT(fa_arena_used_bytes(arena), 0);
            while (depth > 0) {
                EXPECT_RESULT(fa_arena_rewind(arena, stack[--depth]), STALE);
            }
            w.rec.count = 0;
        }
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("arena");
    TCase *tcase = support_case(suite, "arena");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, arena_needs_no_desc_and_no_frame);
    tcase_add_test(tcase, arena_create_without_out_is_an_invalid_argument);
    tcase_add_test(tcase, arena_of_a_tag_that_is_none_is_refused);
    tcase_add_test(tcase, arena_blocks_do_not_overlap_and_keep_their_bytes_over_frames);
    tcase_add_test(tcase, arena_figures_follow_the_cursor);
    tcase_add_test(tcase, arena_peak_includes_what_was_rewound);
    tcase_add_test(tcase, arena_maximum_is_exact_to_the_byte);
    tcase_add_test(tcase, arena_typed_macros_align_and_do_not_overflow);
    tcase_add_test(tcase, arena_alignment_is_checked_as_in_frames);
    tcase_add_test(tcase, arena_rewind_gives_back_what_came_after_the_mark);
    tcase_add_test(tcase, arena_mark_of_before_a_reset_is_stale);
    tcase_add_test(tcase, arena_mark_of_another_arena_is_stale);
    tcase_add_test(tcase, arena_mark_ahead_of_the_cursor_is_stale);
    tcase_add_test(tcase, arena_marks_rewound_in_reverse_order_are_good);
    tcase_add_test(tcase, arena_mark_is_good_for_any_number_of_rewinds);
    tcase_add_test(tcase, arena_marks_need_memory_only_once);
    tcase_add_test(tcase, arena_mark_that_was_forged_in_any_field_is_stale);
    tcase_add_test(tcase, arena_mark_that_was_never_taken_is_stale);
    tcase_add_test(tcase, arena_keeps_all_its_pages_by_default);
    tcase_add_test(tcase, arena_keeps_n_bytes_where_told_so);
    tcase_add_test(tcase, arena_prefault_commits_at_once);
    tcase_add_test(tcase, arena_destroy_gives_everything_back);
    tcase_add_test(tcase, arena_gives_out_of_memory_when_the_system_has_none_and_works_again_afterwards);
    tcase_add_test(tcase, arena_many_live_side_by_side);
    tcase_add_test(tcase, arena_of_another_thread_is_refused);
    tcase_add_test(tcase, arena_is_taken_down_with_its_allocator);
    tcase_add_test(tcase, arena_model_follows_marks_through_a_random_walk);
    return support_run(suite);
}
