/* What the core lends to the layers above it: a tag scope that measures, and the cheapest clock. */
#include "core/support.h"
#include "framealloc/layer.h"

static world w;
static fa_tag a;
static fa_tag b;

static void setup(void)
{
    world_open(&w, NULL);
    a = fa_tag_intern(w.allocator, "layer/a");
    b = fa_tag_intern(w.allocator, "layer/b");
}

static void teardown(void)
{
    world_close(&w);
}

static size_t take(size_t bytes)
{
    size_t before = fa_frame_used_bytes(w.ctx);
    EXPECT(fa_frame_alloc(w.ctx, bytes, 1) != NULL);
    return fa_frame_used_bytes(w.ctx) - before;
}

START_TEST(layer_scope_charges_its_tag_and_says_how_many_bytes_it_took)
{
    EXPECT_OK(fa_frame_begin(w.ctx));
    for (unsigned round = 0; round < 3; round++) {
        fai_layer_scope scope;
        EXPECT_OK(fai_layer_scope_open(w.ctx, a, FA_HERE, &scope));
        EXPECT_UINT(fa_tag_current(w.ctx), a);
        size_t taken = take(100 + round);
        EXPECT(fai_layer_scope_close(w.ctx, &scope, FA_HERE));
        EXPECT_UINT(scope.frame_bytes, taken);
        EXPECT_UINT(fa_tag_current(w.ctx), FA_TAG_NONE);
    }
    size_t used = fa_frame_used_bytes(w.ctx);
    EXPECT_UINT(tag_stats(w.allocator, a).self.frame_bytes, used);
    EXPECT_OK(fa_frame_end(w.ctx));
    EXPECT_UINT(tag_stats(w.allocator, a).self.last_frame_bytes, used);
}
END_TEST

START_TEST(layer_scope_counts_what_inner_scopes_took_and_not_what_was_rewound)
{
    EXPECT_OK(fa_frame_begin(w.ctx));
    fai_layer_scope outer;
    fai_layer_scope inner;
    EXPECT_OK(fai_layer_scope_open(w.ctx, a, FA_HERE, &outer));
    size_t first = take(64);
    fa_checkpoint checkpoint = fa_frame_mark(w.ctx);
    EXPECT_OK(fai_layer_scope_open(w.ctx, b, FA_HERE, &inner));
    size_t second = take(1000);
    EXPECT(fai_layer_scope_close(w.ctx, &inner, FA_HERE));
    EXPECT_UINT(inner.frame_bytes, second);
    EXPECT_OK(fa_frame_rewind(w.ctx, checkpoint));
    EXPECT(fai_layer_scope_close(w.ctx, &outer, FA_HERE));
    EXPECT_UINT(outer.frame_bytes, first);
    EXPECT_OK(fa_frame_end(w.ctx));
    EXPECT_UINT(tag_stats(w.allocator, b).self.last_frame_bytes, 0);
    EXPECT_UINT(tag_stats(w.allocator, b).self.peak_frame_bytes, second);
}
END_TEST

START_TEST(layer_scope_may_begin_or_end_the_frame_inside)
{
    fai_layer_scope scope;
    EXPECT_OK(fai_layer_scope_open(w.ctx, a, FA_HERE, &scope));
    EXPECT_OK(fa_frame_begin(w.ctx));
    size_t taken = take(48);
    EXPECT(fai_layer_scope_close(w.ctx, &scope, FA_HERE));
    EXPECT_UINT(scope.frame_bytes, taken);
    EXPECT_OK(fa_frame_end(w.ctx));
    EXPECT_OK(fai_layer_scope_open(w.ctx, a, FA_HERE, &scope));
    EXPECT_OK(fa_frame_begin(w.ctx));
    take(48);
    EXPECT_OK(fa_frame_end(w.ctx));
    EXPECT(fai_layer_scope_close(w.ctx, &scope, FA_HERE));
    EXPECT_UINT(scope.frame_bytes, 0);
    EXPECT_UINT(fai_layer_tag_depth(w.ctx), 0);
}
END_TEST

START_TEST(layer_scope_that_is_left_untidy_is_told_and_pops_nothing)
{
    EXPECT_OK(fa_frame_begin(w.ctx));
    fai_layer_scope scope;
    EXPECT_OK(fai_layer_scope_open(w.ctx, a, FA_HERE, &scope));
    EXPECT_OK(fa_tag_push(w.ctx, b));
    size_t taken = take(16);
    EXPECT(!fai_layer_scope_close(w.ctx, &scope, FA_HERE));
    EXPECT_UINT(scope.frame_bytes, taken);
    EXPECT_UINT(fai_layer_tag_depth(w.ctx), 2);
    EXPECT_OK(fa_tag_pop(w.ctx));
    EXPECT(fai_layer_scope_close(w.ctx, &scope, FA_HERE));
    EXPECT_OK(fai_layer_scope_open(w.ctx, a, FA_HERE, &scope));
    EXPECT_OK(fa_tag_pop(w.ctx));
    EXPECT_OK(fa_tag_push(w.ctx, a)); /* another scope at the same depth, under the same tag */
    EXPECT(!fai_layer_scope_close(w.ctx, &scope, FA_HERE));
    EXPECT_OK(fa_tag_pop(w.ctx));
    EXPECT_OK(fa_frame_end(w.ctx));
}
END_TEST

START_TEST(layer_scope_next_is_closing_one_and_opening_the_next)
{
    EXPECT_OK(fa_frame_begin(w.ctx));
    fai_layer_scope scope;
    EXPECT_OK(fai_layer_scope_open(w.ctx, b, FA_HERE, &scope));
    EXPECT(fai_layer_scope_close(w.ctx, &scope, FA_HERE)); /* a tag's first use takes the long way */
    EXPECT_OK(fai_layer_scope_open(w.ctx, a, FA_HERE, &scope));
    size_t first = take(64);
    EXPECT(fai_layer_scope_next(w.ctx, &scope, b, FA_HERE));
    EXPECT_UINT(scope.frame_bytes, first);
    uint64_t first_ticks = scope.end_ticks;
    EXPECT_UINT(fa_tag_current(w.ctx), b);
    EXPECT_UINT(fai_layer_tag_depth(w.ctx), 1);
    size_t second = take(1000);
    EXPECT(fai_layer_scope_next(w.ctx, &scope, a, FA_HERE));
    EXPECT_UINT(scope.frame_bytes, second);
    EXPECT(scope.end_ticks >= first_ticks);
    size_t third = take(16);
    EXPECT(fai_layer_scope_close(w.ctx, &scope, FA_HERE));
    EXPECT_UINT(scope.frame_bytes, third);
    EXPECT_UINT(fai_layer_tag_depth(w.ctx), 0);
    EXPECT_OK(fa_frame_end(w.ctx));
    EXPECT_UINT(tag_stats(w.allocator, a).self.last_frame_bytes, first + third);
    EXPECT_UINT(tag_stats(w.allocator, b).self.last_frame_bytes, second);
}
END_TEST

/* What is taken from pools in the next scope is the next tag's, wherever it is freed. */
START_TEST(layer_scope_next_changes_whose_pool_objects_are)
{
    EXPECT_OK(fa_frame_begin(w.ctx));
    fai_layer_scope scope;
    EXPECT_OK(fai_layer_scope_open(w.ctx, b, FA_HERE, &scope));
    EXPECT(fai_layer_scope_close(w.ctx, &scope, FA_HERE)); /* a tag's first use takes the long way */
    EXPECT_OK(fai_layer_scope_open(w.ctx, a, FA_HERE, &scope));
    EXPECT(fai_layer_scope_next(w.ctx, &scope, b, FA_HERE));
    void *blocks[4];
    for (int i = 0; i < 4; i++) {
        blocks[i] = fa_pool_alloc(w.ctx, 48, 0);
        EXPECT(blocks[i] != NULL);
        fa_block_info info;
        EXPECT_OK(fa_allocator_find(w.allocator, blocks[i], &info));
        EXPECT_STR(info.tag, fa_tag_path(w.allocator, b));
    }
    EXPECT(fai_layer_scope_close(w.ctx, &scope, FA_HERE));
    EXPECT_OK(fa_frame_end(w.ctx));
    EXPECT_UINT(tag_stats(w.allocator, a).self.pool_bytes, 0);
    EXPECT_UINT(tag_stats(w.allocator, b).self.pool_bytes, 4 * 48);
    for (int i = 0; i < 4; i++) {
        EXPECT_OK(fa_pool_free(w.ctx, blocks[i]));
    }
    EXPECT_UINT(tag_stats(w.allocator, a).self.pool_bytes, 0);
    EXPECT_UINT(tag_stats(w.allocator, b).self.pool_bytes, 0);
}
END_TEST

START_TEST(layer_scope_next_does_nothing_where_it_takes_two_calls)
{
    EXPECT_OK(fa_frame_begin(w.ctx));
    fai_layer_scope scope;
    EXPECT_OK(fai_layer_scope_open(w.ctx, a, FA_HERE, &scope));
    EXPECT_OK(fa_tag_push(w.ctx, b));
    size_t taken = take(16);
    EXPECT(!fai_layer_scope_next(w.ctx, &scope, b, FA_HERE)); /* untidy */
    EXPECT_UINT(fai_layer_tag_depth(w.ctx), 2);
    EXPECT_OK(fa_tag_pop(w.ctx));
    EXPECT(!fai_layer_scope_next(w.ctx, &scope, FA_TAG_INVALID, FA_HERE));
    EXPECT_UINT(fa_tag_current(w.ctx), a);
    EXPECT(fai_layer_scope_close(w.ctx, &scope, FA_HERE));
    EXPECT_UINT(scope.frame_bytes, taken);
    EXPECT_OK(fa_frame_end(w.ctx));
    EXPECT_OK(fai_layer_scope_open(w.ctx, a, FA_HERE, &scope));
    EXPECT_OK(fa_frame_begin(w.ctx)); /* it was opened before the frame was */
    taken = take(48);
    EXPECT(!fai_layer_scope_next(w.ctx, &scope, b, FA_HERE));
    EXPECT(fai_layer_scope_close(w.ctx, &scope, FA_HERE));
    EXPECT_UINT(scope.frame_bytes, taken);
    EXPECT_OK(fa_frame_end(w.ctx));
}
END_TEST

START_TEST(layer_scope_that_could_not_open_measures_all_the_same)
{
    EXPECT_OK(fa_frame_begin(w.ctx));
    fai_layer_scope scope;
    EXPECT_RESULT(fai_layer_scope_open(w.ctx, FA_TAG_INVALID, FA_HERE, &scope), INVALID_ARGUMENT);
    EXPECT_UINT(recorder_count_of(&w.rec, FA_CODE_FA005), 1);
    recorder_clear(&w.rec);
    size_t taken = take(80);
    EXPECT(fai_layer_scope_close(w.ctx, &scope, FA_HERE));
    EXPECT_UINT(scope.frame_bytes, taken);
    EXPECT_OK(fa_frame_end(w.ctx));
}
END_TEST

static int64_t clock_ns(void)
{
    struct timespec now;
    EXPECT(clock_gettime(CLOCK_MONOTONIC, &now) == 0);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

START_TEST(layer_ticks_measure_time_as_the_systems_clock_does)
{
    fai_layer_scope scope;
    bool close_enough = false;
    for (unsigned tries = 0; tries < 20 && !close_enough;
         tries++) { /* the machine may look away in between */
        int64_t before_ns = clock_ns();
        uint64_t start = fai_layer_ticks(w.allocator);
        EXPECT_OK(fai_layer_scope_open(w.ctx, a, FA_HERE, &scope));
        struct timespec nap = {.tv_nsec = 5000000};
        EXPECT(nanosleep(&nap, NULL) == 0);
        EXPECT(fai_layer_scope_close(w.ctx, &scope, FA_HERE));
        int64_t after_ns = clock_ns();
        EXPECT(scope.end_ticks > start);
        int64_t ns = fai_layer_ticks_to_ns(w.allocator, scope.end_ticks - start);
        int64_t real_ns = after_ns - before_ns;
        close_enough = ns > real_ns * 98 / 100 && ns < real_ns * 102 / 100;
    }
    EXPECT(close_enough);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("layer");
    TCase *tcase = support_case(suite, "scope");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, layer_scope_charges_its_tag_and_says_how_many_bytes_it_took);
    tcase_add_test(tcase, layer_scope_counts_what_inner_scopes_took_and_not_what_was_rewound);
    tcase_add_test(tcase, layer_scope_may_begin_or_end_the_frame_inside);
    tcase_add_test(tcase, layer_scope_that_is_left_untidy_is_told_and_pops_nothing);
    tcase_add_test(tcase, layer_scope_next_is_closing_one_and_opening_the_next);
    tcase_add_test(tcase, layer_scope_next_changes_whose_pool_objects_are);
    tcase_add_test(tcase, layer_scope_next_does_nothing_where_it_takes_two_calls);
    tcase_add_test(tcase, layer_scope_that_could_not_open_measures_all_the_same);
    tcase = support_case(suite, "clock");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, layer_ticks_measure_time_as_the_systems_clock_does);
    return support_run(suite);
}
