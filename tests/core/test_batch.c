/* Several frame blocks at once. */
#include "core/support.h"

typedef struct body {
    double mass;
    char name[5];
} body;

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

START_TEST(batch_gives_neighbours_that_do_not_overlap_and_are_aligned)
{
    for (size_t align = 1; align <= 4096; align *= 2) {
        for (size_t size = 0; size < 70; size += 23) {
            void *blocks[33];
            memset(blocks, 0, sizeof blocks);
            EXPECT(fa_frame_batch(w.ctx, 32, size, align, blocks));
            EXPECT(blocks[32] == NULL);
            for (size_t i = 0; i < 32; i++) {
                EXPECT((uintptr_t)blocks[i] % align == 0);
                EXPECT(i == 0 || (char *)blocks[i] - (char *)blocks[i - 1] ==
                                     (ptrdiff_t)((size + align - 1) / align * align));
                pattern_fill(blocks[i], size, i);
            }
            for (size_t i = 0; i < 32; i++) {
                EXPECT(pattern_holds(blocks[i], size, i, size));
            }
            EXPECT_OK(fa_frame_end(w.ctx));
            EXPECT_OK(fa_frame_begin(w.ctx));
        }
    }
}
END_TEST

START_TEST(batch_takes_exactly_what_an_array_takes)
{
    body *array = FA_FRAME_ARRAY(w.ctx, body, 10);
    size_t used = fa_frame_used_bytes(w.ctx);
    void *blocks[10];
    EXPECT(fa_frame_batch(w.ctx, 10, sizeof(body), FA_ALIGNOF(body), blocks));
    EXPECT_UINT(fa_frame_used_bytes(w.ctx), 2 * used);
    EXPECT(array != NULL && blocks[9] == (char *)blocks[0] + 9 * sizeof(body));
}
END_TEST

START_TEST(batch_counts_as_one_allocation)
{
    /* Past the frame's maximum every allocation is a heap block of its own, and is counted as such. */
    EXPECT(fa_frame_alloc(w.ctx, (1 << 20) - 64, 1) != NULL);
    void *blocks[100];
    EXPECT(fa_frame_batch(w.ctx, 100, 48, 16, blocks));
    EXPECT_UINT(context_stats(w.ctx).frame_oversize, 1);
    EXPECT(FA_FRAME_NEW_8(w.ctx, body) != NULL);
    EXPECT_UINT(context_stats(w.ctx).frame_oversize, 2);
    uint64_t refused = context_stats(w.ctx).refused;
    EXPECT(!fa_frame_batch(w.ctx, 100, FA_REQUEST_MAX, 16, blocks));
    EXPECT_UINT(context_stats(w.ctx).refused, refused + 1);
}
END_TEST

START_TEST(batch_of_two_four_and_eight)
{
    body *two = FA_FRAME_NEW_2(w.ctx, body);
    body *four = FA_FRAME_NEW_4(w.ctx, body);
    body *eight = FA_FRAME_NEW_8(w.ctx, body);
    EXPECT(two != NULL && four != NULL && eight != NULL);
    EXPECT(SUPPORT_ASAN || (four == two + 2 && eight == four + 4));
    EXPECT(SUPPORT_ASAN || fa_frame_used_bytes(w.ctx) == 14 * sizeof(body));
    memset(two, 1, 2 * sizeof *two);
    memset(four, 2, 4 * sizeof *four);
    memset(eight, 3, 8 * sizeof *eight);
    EXPECT(all_bytes_are(two, 2 * sizeof *two, 1) && all_bytes_are(four, 4 * sizeof *four, 2));
}
END_TEST

START_TEST(batch_is_all_or_nothing)
{
    void *blocks[4] = {&w, &w, &w, &w};
    EXPECT_NO_MEMORY_NULL(&w, fa_frame_batch(w.ctx, SIZE_MAX, 2, 1, blocks) ? &w : NULL, FULL);
    EXPECT_NO_MEMORY_NULL(&w, fa_frame_batch(w.ctx, 4, SIZE_MAX, 1, blocks) ? &w : NULL, FULL);
    EXPECT_NO_MEMORY_NULL(&w, fa_frame_batch(w.ctx, 4, SIZE_MAX - 2, 65536, blocks) ? &w : NULL, FULL);
    EXPECT_NO_MEMORY_NULL(&w, fa_frame_batch(w.ctx, (size_t)1 << 40, (size_t)1 << 30, 1, blocks) ? &w : NULL,
                          FULL);
    EXPECT_REFUSED_NULL(&w, fa_frame_batch(w.ctx, 4, 8, 3, blocks) ? &w : NULL, FA004, INVALID_ARGUMENT);
    EXPECT_REFUSED_NULL(&w, fa_frame_batch(w.ctx, 4, 8, 8, NULL) ? &w : NULL, FA005, INVALID_ARGUMENT);
    EXPECT(blocks[0] == &w && blocks[3] == &w);
    EXPECT(fa_frame_batch(w.ctx, 0, 8, 8, NULL));
    EXPECT(SUPPORT_ASAN || fa_frame_used_bytes(w.ctx) == 0);
    EXPECT_OK(fa_frame_end(w.ctx));
    EXPECT_REFUSED_NULL(&w, fa_frame_batch(w.ctx, 4, 8, 8, blocks) ? &w : NULL, FA001, NO_FRAME);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("batch");
    TCase *tcase = support_case(suite, "batch");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, batch_gives_neighbours_that_do_not_overlap_and_are_aligned);
    tcase_add_test(tcase, batch_takes_exactly_what_an_array_takes);
    tcase_add_test(tcase, batch_counts_as_one_allocation);
    tcase_add_test(tcase, batch_of_two_four_and_eight);
    tcase_add_test(tcase, batch_is_all_or_nothing);
    return support_run(suite);
}
