/* Fault 37: counters that wrap have no effect. The counters are set near their ends from inside. */
#include "core/arena.h"
#include "core/context.h"
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

static void one_frame(uint64_t number)
{
    static fa_checkpoint old;
    static fa_map old_map;
    fa_tag tag = fa_tag_intern(w.allocator, "wrap");
    EXPECT_OK(fa_frame_begin(w.ctx));
    EXPECT_UINT(fa_frame_index(w.ctx), number);
    EXPECT_UINT(fa_frame_used_bytes(w.ctx), 0);
    if (old.serial != 0) {
        EXPECT_REFUSED(&w, fa_frame_rewind(w.ctx, old), FA606, STALE);
        if (number - 1 != 0) { /* a map of frame 0 looks like one that was never used */
            EXPECT_REFUSED_NULL(&w, FA_MAP_PUT(&old_map, int, int, 2), FA606, STALE);
        }
    }
    uint8_t *first = fa_frame_alloc(w.ctx, 1000, 1);
    pattern_fill(first, 1000, number);
    fa_checkpoint mark = fa_frame_mark(w.ctx);
    EXPECT(mark.serial != 0);
    fa_retained gone = fa_frame_retain(w.ctx, fa_frame_alloc_zeroed(w.ctx, 8, 8), 8, 8, FA_RETAIN_POOL, NULL);
    EXPECT_OK(fa_frame_rewind(w.ctx, mark));
    EXPECT_REFUSED(&w, fa_frame_rewind(w.ctx, mark), FA606, STALE);
    fa_retained id = fa_frame_retain(w.ctx, first, 1000, 1, FA_RETAIN_POOL, NULL);
    EXPECT(gone != 0 && id != 0 && id != gone);
    FA_SCRATCH_SCOPE (w.ctx, tmp) {
        EXPECT(tmp.serial != 0 && fa_scratch_alloc(&tmp, 100, 1) != NULL);
    }
    FA_TAG_SCOPE (w.ctx, tag) {
        EXPECT(fa_frame_alloc(w.ctx, 500, 1) != NULL);
    }
    old_map = FA_MAP(w.ctx, int, int);
    *FA_MAP_PUT(&old_map, int, int, 1) = 1;
    old = fa_frame_mark(w.ctx);
    EXPECT_OK(fa_frame_end(w.ctx));
    size_t last = tag_stats(w.allocator, tag).self.last_frame_bytes;
    EXPECT(last >= 500 && last < 600);
    EXPECT_UINT(tag_stats(w.allocator, tag).self.frame_bytes, 0);
    void *copy = NULL;
    EXPECT_OK(fa_retained_take(w.ctx, id, &copy));
    EXPECT(pattern_holds(copy, 1000, number, 1000));
    EXPECT_OK(fa_pool_free(w.ctx, copy));
}

START_TEST(fault_37_frame_counter_that_wraps_has_no_effect)
{
    fai_ctx(w.ctx)->frame_index = UINT64_MAX - 300;
    for (uint64_t i = 0; i < 600; i++) {
        one_frame(UINT64_MAX - 299 + i);
    }
    EXPECT(fa_allocator_validate(w.allocator));
}
END_TEST

START_TEST(fault_37_tickets_of_frames_last_across_the_wrap_of_the_frame_counter)
{
    for (uint64_t before = 0; before < 8; before++) {
        fai_ctx(w.ctx)->frame_index = UINT64_MAX - before;
        fa_ticket some = fa_ticket_open(w.ctx, FA_TICKET_FRAME, 5);
        fa_ticket all = fa_ticket_open(w.ctx, FA_TICKET_FRAME, UINT64_MAX);
        uint8_t *p = fa_ticket_alloc(&some, 100, 1);
        pattern_fill(p, 100, before);
        for (int i = 0; i < 6; i++) {
            EXPECT(fa_ticket_alloc(&some, 1, 1) != NULL && pattern_holds(p, 100, before, 100));
            EXPECT_OK(fa_frame_begin(w.ctx));
            EXPECT_OK(fa_frame_end(w.ctx));
        }
        EXPECT_REFUSED_NULL(&w, fa_ticket_alloc(&some, 1, 1), FA606, STALE);
        for (int i = 0; i < 300; i++) {
            EXPECT_OK(fa_frame_begin(w.ctx));
            EXPECT_OK(fa_frame_end(w.ctx));
        }
        EXPECT(fa_ticket_alloc(&all, 1, 1) != NULL);
        EXPECT_OK(fa_ticket_close(all));
    }
}
END_TEST

START_TEST(fault_37_serials_that_wrap_skip_zero_and_keep_old_handles_stale)
{
    fai_context *ctx = fai_ctx(w.ctx);
    fa_scratch warm = fa_scratch_begin(w.ctx);
    EXPECT_OK(fa_scratch_end(&warm));
    ctx->mark_serial = ctx->scope_serial = ctx->retain.serial = UINT32_MAX - 5;
    for (uint64_t i = 1; i <= 12; i++) {
        one_frame(i);
    }
    fa_arena *arena = NULL;
    EXPECT_OK(fa_arena_create(w.ctx, NULL, &arena));
    ((fai_arena *)arena)->mark_serial = UINT32_MAX - 3;
    fa_arena_mark before = {0};
    for (int i = 0; i < 8; i++) {
        EXPECT(fa_arena_alloc(arena, 10, 1) != NULL);
        fa_arena_mark mark = fa_arena_mark_get(arena);
        EXPECT(mark.serial != 0);
        EXPECT_OK(fa_arena_rewind(arena, mark));
        EXPECT(i == 0 || fa_arena_rewind(arena, mark) == FA_RESULT_OK);
        before = mark;
        EXPECT_OK(fa_arena_reset(arena));
        EXPECT_REFUSED(&w, fa_arena_rewind(arena, before), FA606, STALE);
    }
    EXPECT_OK(fa_arena_destroy(arena));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("fault 37: counters wrap");
    TCase *tcase = support_case(suite, "fault 37");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, fault_37_frame_counter_that_wraps_has_no_effect);
    tcase_add_test(tcase, fault_37_tickets_of_frames_last_across_the_wrap_of_the_frame_counter);
    tcase_add_test(tcase, fault_37_serials_that_wrap_skip_zero_and_keep_old_handles_stale);
    return support_run(suite);
}
