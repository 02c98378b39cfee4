/* Checkpoints: good for one rewind, in their own frame, of their own context; faults 9 and 10. */
#include "core/support.h"

static world w;
static fa_context *other;

static void setup(void)
{
    world_open(&w, &(fa_allocator_desc){.frame_max_bytes = (size_t)256 << 20});
    EXPECT_OK(fa_context_attach(w.allocator, NULL, &other));
    EXPECT_OK(fa_frame_begin(w.ctx));
    EXPECT_OK(fa_frame_begin(other));
}
static void teardown(void)
{
    if (fa_frame_is_open(other)) {
        EXPECT_OK(fa_frame_end(other));
    }
    EXPECT_OK(fa_context_detach(other));
    world_close(&w);
}

/* ---- one at a time ----------------------------------------------------------------------------------------
 */

START_TEST(checkpoint_rewind_takes_the_cursor_back_and_keeps_what_came_before)
{
    uint8_t *before = (uint8_t *)fa_frame_alloc(w.ctx, 1000, 16);
    pattern_fill(before, 1000, 1);
    uintptr_t cursor = w.ctx->cursor;
    fa_checkpoint mark = fa_frame_mark(w.ctx);
    EXPECT(w.ctx->cursor == cursor);
    void *first = fa_frame_alloc(w.ctx, 500, 16);
    EXPECT(fa_frame_alloc(w.ctx, 50 << 20, 16) != NULL);
    EXPECT_OK(fa_frame_rewind(w.ctx, mark));
    EXPECT(w.ctx->cursor == cursor);
    EXPECT(pattern_holds(before, 1000, 1, 1000));
    EXPECT(fa_frame_alloc(w.ctx, 500, 16) == first); /* the same memory again */
}
END_TEST

START_TEST(checkpoint_is_good_for_one_rewind)
{
    fa_checkpoint mark = fa_frame_mark(w.ctx);
    fa_checkpoint copy = mark;
    EXPECT_OK(fa_frame_rewind(w.ctx, mark));
    EXPECT_REFUSED(&w, fa_frame_rewind(w.ctx, mark), FA606, STALE);
    EXPECT_REFUSED(&w, fa_frame_rewind(w.ctx, copy), FA606, STALE);
    EXPECT(fa_frame_alloc(w.ctx, 100, 1) != NULL);
    EXPECT_REFUSED(&w, fa_frame_rewind(w.ctx, mark), FA606, STALE);
}
END_TEST

START_TEST(checkpoint_used_up_stays_so_when_another_is_taken_at_the_same_place)
{
    fa_checkpoint mark = fa_frame_mark(w.ctx);
    EXPECT_OK(fa_frame_rewind(w.ctx, mark));
    fa_checkpoint second = fa_frame_mark(w.ctx);
    EXPECT_REFUSED(&w, fa_frame_rewind(w.ctx, mark), FA606, STALE);
    EXPECT_OK(fa_frame_rewind(w.ctx, second));
}
END_TEST

START_TEST(checkpoint_taken_after_the_one_rewound_to_is_used_up)
{
    fa_checkpoint marks[10];
    for (int i = 0; i < 10; i++) {
        marks[i] = fa_frame_mark(w.ctx);
        EXPECT(fa_frame_alloc(w.ctx, 100, 1) != NULL);
    }
    EXPECT_OK(fa_frame_rewind(w.ctx, marks[4]));
    for (int i = 4; i < 10; i++) {
        EXPECT_REFUSED(&w, fa_frame_rewind(w.ctx, marks[i]), FA606, STALE);
    }
    for (int i = 0; i < 6; i++) { /* grow past the stale ones' cursors: they stay stale */
        EXPECT(fa_frame_alloc(w.ctx, 1000, 1) != NULL);
    }
    for (int i = 4; i < 10; i++) {
        EXPECT_REFUSED(&w, fa_frame_rewind(w.ctx, marks[i]), FA606, STALE);
    }
    EXPECT_OK(fa_frame_rewind(w.ctx, marks[0]));
    EXPECT_UINT(fa_frame_used_bytes(w.ctx), 0);
}
END_TEST

START_TEST(checkpoint_of_an_earlier_frame_is_stale)
{
    fa_checkpoint mark = fa_frame_mark(w.ctx);
    EXPECT_OK(fa_frame_end(w.ctx));
    EXPECT_REFUSED(&w, fa_frame_rewind(w.ctx, mark), FA603, NO_FRAME);
    EXPECT_OK(fa_frame_begin(w.ctx));
    EXPECT_REFUSED(&w, fa_frame_rewind(w.ctx, mark), FA606, STALE);
    fa_checkpoint fresh = fa_frame_mark(w.ctx);
    EXPECT(fa_frame_alloc(w.ctx, 1000, 1) != NULL);
    EXPECT_REFUSED(&w, fa_frame_rewind(w.ctx, mark), FA606, STALE);
    EXPECT_OK(fa_frame_rewind(w.ctx, fresh));
}
END_TEST

START_TEST(checkpoint_of_another_context_is_stale_in_both_directions)
{
    fa_checkpoint mine = fa_frame_mark(w.ctx);
    fa_checkpoint theirs = fa_frame_mark(other);
    EXPECT(fa_frame_alloc(w.ctx, 100, 1) != NULL);
    EXPECT(fa_frame_alloc(other, 100, 1) != NULL);
    EXPECT_REFUSED(&w, fa_frame_rewind(w.ctx, theirs), FA606, STALE);
    EXPECT_REFUSED(&w, fa_frame_rewind(other, mine), FA606, STALE);
    EXPECT_OK(fa_frame_rewind(w.ctx, mine));
    EXPECT_OK(fa_frame_rewind(other, theirs));
}
END_TEST

START_TEST(checkpoint_of_another_allocator_is_stale)
{
    static world second;
    world_open(&second, NULL);
    EXPECT_OK(fa_frame_begin(second.ctx));
    fa_checkpoint theirs = fa_frame_mark(second.ctx);
    EXPECT_REFUSED(&w, fa_frame_rewind(w.ctx, theirs), FA606, STALE);
    EXPECT_OK(fa_frame_rewind(second.ctx, theirs));
    world_close(&second);
}
END_TEST

START_TEST(checkpoint_that_was_never_taken_is_stale)
{
    fa_checkpoint never;
    memset(&never, 0, sizeof never);
    EXPECT_REFUSED(&w, fa_frame_rewind(w.ctx, never), FA606, STALE);
    never.ctx = w.ctx;
    EXPECT_REFUSED(&w, fa_frame_rewind(w.ctx, never), FA606, STALE);
    memset(&never, 0xFF, sizeof never);
    EXPECT_REFUSED(&w, fa_frame_rewind(w.ctx, never), FA606, STALE);
    never.ctx = w.ctx;
    never.frame = fa_frame_index(w.ctx);
    EXPECT_REFUSED(&w, fa_frame_rewind(w.ctx, never), FA606, STALE);
}
END_TEST

START_TEST(checkpoint_that_was_forged_in_any_field_is_stale)
{
    EXPECT(fa_frame_alloc(w.ctx, 1000, 1) != NULL);
    fa_checkpoint mark = fa_frame_mark(w.ctx);
    EXPECT(fa_frame_alloc(w.ctx, 1000, 1) != NULL);
    static const intptr_t steps[] = {1, -1, 16, -16, 64, 2000, -1000, 1 << 20};
    for (unsigned i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        fa_checkpoint forged = mark;
        forged.cursor += (uintptr_t)steps[i];
        EXPECT_REFUSED(&w, fa_frame_rewind(w.ctx, forged), FA606, STALE);
        forged = mark;
        forged.frame += (uint64_t)steps[i];
        EXPECT_REFUSED(&w, fa_frame_rewind(w.ctx, forged), FA606, STALE);
        forged = mark;
        forged.depth += (uint32_t)steps[i];
        EXPECT_REFUSED(&w, fa_frame_rewind(w.ctx, forged), FA606, STALE);
        forged = mark;
        forged.serial += (uint32_t)steps[i];
        EXPECT_REFUSED(&w, fa_frame_rewind(w.ctx, forged), FA606, STALE);
        forged = mark;
        forged.ctx = (const fa_context *)beside(mark.ctx, steps[i]);
        EXPECT_REFUSED(&w, fa_frame_rewind(w.ctx, forged), FA606, STALE);
    }
    EXPECT_OK(fa_frame_rewind(w.ctx, mark));
}
END_TEST

START_TEST(checkpoint_without_a_frame_is_reported_and_good_for_nothing)
{
    EXPECT_OK(fa_frame_end(w.ctx));
    fa_checkpoint mark = fa_frame_mark(w.ctx);
    recorder_expect_one(&w.rec, FA_CODE_FA001, FA_RESULT_NO_FRAME, __FILE__, __LINE__ - 1, "fa_frame_mark");
    EXPECT_OK(fa_frame_begin(w.ctx));
    EXPECT_REFUSED(&w, fa_frame_rewind(w.ctx, mark), FA606, STALE);
}
END_TEST

START_TEST(checkpoint_ahead_of_the_cursor_does_not_move_it_forward)
{
    uint8_t *p = (uint8_t *)fa_frame_alloc(w.ctx, 10000, 16);
    fa_checkpoint mark = fa_frame_mark(w.ctx);
    p = (uint8_t *)fa_frame_realloc(w.ctx, p, 10000, 100, 16); /* may give bytes before the mark back */
    EXPECT(p != NULL);
    uintptr_t cursor = w.ctx->cursor;
    fa_result result = fa_frame_rewind(w.ctx, mark);
    EXPECT(result == FA_RESULT_OK || result == FA_RESULT_STALE);
    EXPECT(w.ctx->cursor <= cursor);
    w.rec.count = 0;
    EXPECT_UINT(tag_stats(w.allocator, FA_TAG_NONE).self.frame_bytes, world_stats(&w).frame_bytes);
}
END_TEST

START_TEST(checkpoint_many_marks_are_remembered)
{
    enum { COUNT = 100000 };
    static fa_checkpoint marks[COUNT];
    for (int i = 0; i < COUNT; i++) {
        marks[i] = fa_frame_mark(w.ctx);
        EXPECT(fa_frame_alloc(w.ctx, 8, 8) != NULL);
    }
    EXPECT_OK(fa_frame_rewind(w.ctx, marks[COUNT - 1]));
    EXPECT_OK(fa_frame_rewind(w.ctx, marks[COUNT / 2]));
    EXPECT_RESULT(fa_frame_rewind(w.ctx, marks[COUNT / 2 + 1]), STALE);
    EXPECT_OK(fa_frame_rewind(w.ctx, marks[1]));
    EXPECT_OK(fa_frame_rewind(w.ctx, marks[0]));
    EXPECT_UINT(fa_frame_used_bytes(w.ctx), 0);
    EXPECT_UINT(w.rec.count, 1);
    w.rec.count = 0;
}
END_TEST

START_TEST(checkpoint_marks_need_no_more_memory_in_later_frames)
{
    uint64_t calls = 0;
    for (int frame = 0; frame < 50; frame++) {
        for (int i = 0; i < 1000; i++) {
            fa_checkpoint mark = fa_frame_mark(w.ctx);
            EXPECT(fa_frame_alloc(w.ctx, 8, 8) != NULL);
            if (i % 3 == 0) {
                EXPECT_OK(fa_frame_rewind(w.ctx, mark));
            }
        }
        EXPECT_OK(fa_frame_end(w.ctx));
        EXPECT_OK(fa_frame_begin(w.ctx));
        if (frame == 2) {
            calls = tracking_total_calls(&w.backing);
        }
    }
    EXPECT_UINT(tracking_total_calls(&w.backing), calls);
}
END_TEST

START_TEST(checkpoint_survives_the_frame_of_another_context_ending)
{
    fa_checkpoint mark = fa_frame_mark(w.ctx);
    EXPECT_OK(fa_frame_end(other));
    EXPECT_OK(fa_frame_rewind(w.ctx, mark));
}
END_TEST

/* ---- tags
 * ----------------------------------------------------------------------------------------------------- */

START_TEST(checkpoint_rewind_past_a_closed_scope_is_unbalanced)
{
    fa_tag tag = fa_tag_intern(w.allocator, "a");
    EXPECT_OK(fa_tag_push(w.ctx, tag));
    fa_checkpoint mark = fa_frame_mark(w.ctx);
    EXPECT(fa_frame_alloc(w.ctx, 100, 1) != NULL);
    EXPECT_OK(fa_tag_pop(w.ctx));
    EXPECT_REFUSED(&w, fa_frame_rewind(w.ctx, mark), FA804, UNBALANCED);
    EXPECT_OK(fa_tag_push(w.ctx, tag)); /* the same tag, but not the same scope */
    EXPECT_REFUSED(&w, fa_frame_rewind(w.ctx, mark), FA804, UNBALANCED);
    EXPECT_OK(fa_tag_pop(w.ctx));
}
END_TEST

START_TEST(checkpoint_rewind_gives_bytes_back_to_the_tags_that_took_them)
{
    fa_tag a = fa_tag_intern(w.allocator, "a");
    fa_tag b = fa_tag_intern(w.allocator, "b");
    EXPECT_OK(fa_tag_push(w.ctx, a));
    EXPECT(fa_frame_alloc(w.ctx, 100, 1) != NULL);
    size_t a_before = tag_stats(w.allocator, a).self.frame_bytes;
    fa_checkpoint mark = fa_frame_mark(w.ctx);
    EXPECT(fa_frame_alloc(w.ctx, 1000, 1) != NULL);
    EXPECT_OK(fa_tag_push(w.ctx, b));
    EXPECT(fa_frame_alloc(w.ctx, 10000, 1) != NULL);
    EXPECT_OK(fa_tag_pop(w.ctx));
    EXPECT(fa_frame_alloc(w.ctx, 100000, 1) != NULL);
    EXPECT(tag_stats(w.allocator, b).self.frame_bytes >= 10000);
    EXPECT(tag_stats(w.allocator, a).self.frame_bytes >= a_before + 101000);
    EXPECT_OK(fa_frame_rewind(w.ctx, mark));
    EXPECT_UINT(tag_stats(w.allocator, a).self.frame_bytes, a_before);
    EXPECT_UINT(tag_stats(w.allocator, b).self.frame_bytes, 0);
    EXPECT_OK(fa_tag_pop(w.ctx));
}
END_TEST

START_TEST(checkpoint_rewind_out_of_an_open_scope_leaves_exact_figures)
{
    fa_tag a = fa_tag_intern(w.allocator, "a");
    fa_tag b = fa_tag_intern(w.allocator, "b");
    EXPECT_OK(fa_tag_push(w.ctx, a));
    EXPECT(fa_frame_alloc(w.ctx, 100, 1) != NULL);
    fa_checkpoint mark = fa_frame_mark(w.ctx);
    uintptr_t at_mark = w.ctx->cursor;
    EXPECT(fa_frame_alloc(w.ctx, 1000, 1) != NULL);
    EXPECT_OK(fa_tag_push(w.ctx, b));
    EXPECT(fa_frame_alloc(w.ctx, 10000, 1) != NULL);
    EXPECT_OK(fa_frame_rewind(w.ctx, mark));
    EXPECT(w.ctx->cursor == at_mark);
    EXPECT_UINT(tag_stats(w.allocator, b).self.frame_bytes, 0);
    fa_tag now = fa_tag_current(w.ctx);
    size_t before = tag_stats(w.allocator, now).self.frame_bytes;
    EXPECT(fa_frame_alloc(w.ctx, 50, 1) != NULL);
    size_t took = w.ctx->cursor - at_mark;
    EXPECT_UINT(tag_stats(w.allocator, now).self.frame_bytes, before + took);
    EXPECT_UINT(tag_stats(w.allocator, a).self.frame_bytes + tag_stats(w.allocator, b).self.frame_bytes,
                fa_frame_used_bytes(w.ctx));
    while (fa_tag_current(w.ctx) != FA_TAG_NONE) {
        EXPECT_OK(fa_tag_pop(w.ctx));
    }
    EXPECT_UINT(tag_stats(w.allocator, a).self.frame_bytes + tag_stats(w.allocator, b).self.frame_bytes,
                fa_frame_used_bytes(w.ctx));
}
END_TEST

/* ---- model
 * -------------------------------------------------------------------------------------------------------- */

typedef struct model_mark {
    fa_checkpoint checkpoint;
    uintptr_t cursor;
    bool alive;
} model_mark;

typedef struct model {
    fa_context *ctx;
    uint64_t frame;
    model_mark marks[64]; ///< in order of taking; every one ever taken in this frame that was not forgotten
    int count;
} model;

START_TEST(checkpoint_random_walk_agrees_with_a_model)
{
    model models[2];
    memset(models, 0, sizeof models);
    models[0].ctx = w.ctx;
    models[1].ctx = other;
    random_state r = {support_seed()};
    fa_checkpoint old[32]; /* of frames that have ended */
    int old_count = 0;
    unsigned rewound = 0;
    unsigned refused = 0;
    for (int step = 0; step < (SUPPORT_SLOW ? 20000 : 200000); step++) {
        int which = (int)random_below(&r, 2);
        model *m = &models[which];
        size_t action = random_below(&r, 100);
        if (action < 40) {
            EXPECT(fa_frame_alloc(m->ctx, random_size(&r, 4000), (size_t)1 << random_below(&r, 8)) != NULL);
        } else if (action < 60) {
            if (m->count == 64) { /* forget the oldest ones */
                memmove(m->marks, m->marks + 32, 32 * sizeof m->marks[0]);
                m->count = 32;
            }
            model_mark *mark = &m->marks[m->count++];
            mark->checkpoint = fa_frame_mark(m->ctx);
            mark->cursor = m->ctx->cursor;
            mark->alive = true;
        } else if (action < 85 && m->count > 0) {
            int i = (int)random_below(&r, (size_t)m->count);
            model_mark *mark = &m->marks[i];
            fa_context *on = random_below(&r, 10) == 0 ? models[1 - which].ctx : m->ctx;
            uintptr_t before = on->cursor;
            fa_result result = fa_frame_rewind(on, mark->checkpoint);
            if (on == m->ctx && mark->alive) {
                EXPECT(result == FA_RESULT_OK);
                EXPECT(m->ctx->cursor == mark->cursor);
                EXPECT_UINT(w.rec.count, 0);
                for (int k = i; k < m->count; k++) {
                    m->marks[k].alive = false;
                }
                rewound++;
            } else {
                EXPECT(result == FA_RESULT_STALE);
                EXPECT(on->cursor == before);
                EXPECT(w.rec.count == 1 && w.rec.items[0].id == FA_CODE_FA606);
                w.rec.count = 0;
                refused++;
            }
        } else if (action < 95 && old_count > 0) {
            uintptr_t before = m->ctx->cursor;
            EXPECT_RESULT(fa_frame_rewind(m->ctx, old[random_below(&r, (size_t)old_count)]), STALE);
            EXPECT(m->ctx->cursor == before);
            w.rec.count = 0;
            refused++;
        } else if (action == 99 && random_below(&r, 10) == 0) {
            EXPECT_OK(fa_frame_end(m->ctx));
            EXPECT_OK(fa_frame_begin(m->ctx));
            for (int i = 0; i < m->count; i++) {
                old[old_count < 32 ? old_count++ : (int)random_below(&r, 32)] = m->marks[i].checkpoint;
            }
            m->count = 0;
        }
        if (fa_frame_remaining_bytes(m->ctx) < (size_t)16 << 20) {
            EXPECT_OK(fa_frame_end(m->ctx));
            EXPECT_OK(fa_frame_begin(m->ctx));
            m->count = 0;
        }
    }
    EXPECT(rewound > (SUPPORT_SLOW ? 100 : 1000) && refused > (SUPPORT_SLOW ? 100 : 1000)); /* it did walk */
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("checkpoint");
    TCase *tcase = support_case(suite, "rewind");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, checkpoint_rewind_takes_the_cursor_back_and_keeps_what_came_before);
    tcase_add_test(tcase, checkpoint_is_good_for_one_rewind);
    tcase_add_test(tcase, checkpoint_used_up_stays_so_when_another_is_taken_at_the_same_place);
    tcase_add_test(tcase, checkpoint_taken_after_the_one_rewound_to_is_used_up);
    tcase_add_test(tcase, checkpoint_of_an_earlier_frame_is_stale);
    tcase_add_test(tcase, checkpoint_of_another_context_is_stale_in_both_directions);
    tcase_add_test(tcase, checkpoint_of_another_allocator_is_stale);
    tcase_add_test(tcase, checkpoint_that_was_never_taken_is_stale);
    tcase_add_test(tcase, checkpoint_that_was_forged_in_any_field_is_stale);
    tcase_add_test(tcase, checkpoint_without_a_frame_is_reported_and_good_for_nothing);
    tcase_add_test(tcase, checkpoint_ahead_of_the_cursor_does_not_move_it_forward);
    tcase_add_test(tcase, checkpoint_many_marks_are_remembered);
    tcase_add_test(tcase, checkpoint_marks_need_no_more_memory_in_later_frames);
    tcase_add_test(tcase, checkpoint_survives_the_frame_of_another_context_ending);
    tcase = support_case(suite, "tags");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, checkpoint_rewind_past_a_closed_scope_is_unbalanced);
    tcase_add_test(tcase, checkpoint_rewind_gives_bytes_back_to_the_tags_that_took_them);
    tcase_add_test(tcase, checkpoint_rewind_out_of_an_open_scope_leaves_exact_figures);
    tcase = support_case(suite, "faults 9 and 10: model");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, checkpoint_random_walk_agrees_with_a_model);
    return support_run(suite);
}
