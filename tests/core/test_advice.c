/* Size advice: what frames wanted, told when they could not have it. */
#include "core/support.h"
#include "debug/watch.h"

static world w;

static void setup(void)
{
    world_open(&w,
               &(fa_allocator_desc){.name = "advised", .frame_max_bytes = 1 << 20, .oversize_to_heap = true});
}
static void teardown(void)
{
    world_close(&w);
}

static fa_frame_advice advice(void)
{
    fa_frame_advice a;
    EXPECT_OK(fa_frame_advice_get(w.ctx, &a));
    return a;
}

static void frame(size_t bytes)
{
    EXPECT_OK(fa_frame_begin(w.ctx));
    EXPECT(fa_frame_alloc(w.ctx, bytes, 1) != NULL);
    EXPECT_OK(fa_frame_end(w.ctx));
}

START_TEST(advice_knows_the_percentile_of_the_frames_that_were_seen)
{
    frame(5000);
    EXPECT(advice().p99_bytes == FA_UNKNOWN);
    EXPECT_OK(fa_diagnostics_set(w.ctx, FA_DIAGNOSTICS_SITES));
    for (int i = 0; i < 1000; i++) {
        frame(i % 200 == 0 ? 900000 : i % 50 == 0 ? 80000 : 10000);
    }
    fa_frame_advice a = advice();
    EXPECT_UINT(a.frames, 1000);
    EXPECTF(a.p99_bytes >= 80000 && a.p99_bytes < 80000 + 80000 / 7, "%" PRIu64, a.p99_bytes);
    EXPECT(a.peak_bytes >= 900000 && a.peak_bytes < 900100);
    EXPECT_UINT(a.cap_bytes, 1 << 20);
    EXPECT_UINT(a.overflows, 0);
    EXPECT(a.suggested_bytes >= 1000000 && a.suggested_bytes <= 1 << 20);
}
END_TEST

START_TEST(advice_after_overflows_is_what_was_wanted_and_is_logged)
{
    for (int i = 0; i < 3; i++) {
        EXPECT_OK(fa_frame_begin(w.ctx));
        EXPECT(fa_frame_alloc(w.ctx, 1000000, 16) != NULL);
        EXPECT(fa_frame_alloc(w.ctx, 2000000, 16) != NULL); /* from the heap */
        EXPECT_OK(fa_frame_end(w.ctx));
    }
    fa_frame_advice a = advice();
    EXPECT_UINT(a.overflows, 3);
    EXPECT(a.suggested_bytes >= 3000000 && a.suggested_bytes < 3600000);
    EXPECT_UINT(w.rec.log_count[FA_LOG_FRAME_ADVICE], 0);
    EXPECT_OK(fa_context_detach(w.ctx));
    w.ctx = NULL;
    EXPECT_UINT(w.rec.log_count[FA_LOG_FRAME_ADVICE], 1);
    EXPECTF(strstr(w.rec.log_text, "3 overflows: set frame_max_bytes to 3.") != NULL, "%s", w.rec.log_text);
}
END_TEST

START_TEST(advice_buckets_ascend_and_hold_every_size)
{
    uint32_t last = 0;
    for (size_t bytes = 0; bytes < (size_t)1 << 50; bytes += 1 + bytes / 37) {
        uint32_t bucket = fai_advice_bucket(bytes);
        EXPECT(bucket >= last && bucket <= last + 1 && bucket < FAI_SIZE_BUCKETS);
        last = bucket;
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("advice");
    TCase *tcase = support_case(suite, "frames");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, advice_knows_the_percentile_of_the_frames_that_were_seen);
    tcase_add_test(tcase, advice_after_overflows_is_what_was_wanted_and_is_logged);
    tcase_add_test(tcase, advice_buckets_ascend_and_hold_every_size);
    return support_run(suite);
}
