/* Snapshots: the same figures as the queries give, for all tags at once. */
#include "core/support.h"

static world w;

static void setup(void)
{
    world_open(&w, &(fa_allocator_desc){.name = "shot", .frame_max_bytes = 4 << 20});
}
static void teardown(void)
{
    world_close(&w);
}

START_TEST(snapshot_agrees_with_the_queries_for_every_tag)
{
    random_state r = {support_seed()};
    fa_tag tags[40];
    void *blocks[40];
    for (int i = 0; i < 40; i++) {
        char path[64];
        (void)snprintf(path, sizeof path, "a%zu/b%zu/c%d", random_below(&r, 3), random_below(&r, 4), i);
        tags[i] = fa_tag_intern(w.allocator, path);
    }
    EXPECT_OK(fa_diagnostics_set(w.ctx, FA_DIAGNOSTICS_SITES));
    EXPECT_OK(fa_frame_begin(w.ctx));
    for (int i = 0; i < 40; i++) {
        FA_TAG_SCOPE (w.ctx, tags[i]) {
            EXPECT(fa_frame_alloc(w.ctx, 1 + random_size(&r, 5000), 8) != NULL);
            blocks[i] = i % 2 == 0 ? fa_pool_alloc(w.ctx, 100, 8) : fa_heap_alloc(w.ctx, 1000, 8);
        }
    }
    EXPECT_OK(fa_frame_end(w.ctx));
    fa_snapshot s;
    memset(&s, 0, sizeof s);
    for (int round = 0; round < 3; round++) { /* one snapshot serves many times */
        EXPECT_OK(fa_snapshot_capture(w.ctx, &s));
        EXPECT_UINT(s.tag_count, fa_tag_count(w.allocator));
        for (uint32_t i = 0; i < s.tag_count; i++) {
            fa_tag_stats expected = tag_stats(w.allocator, i);
            EXPECT(s.tags[i].stats.path == expected.path);
            EXPECTF(memcmp(&s.tags[i].stats, &expected, sizeof expected) == 0, "tag %s", expected.path);
        }
        EXPECT_UINT(s.frame, fa_frame_index(w.ctx));
        EXPECT_UINT(s.context_count, 1);
        EXPECT_UINT(s.contexts[0].last_frame_bytes, context_stats(w.ctx).last_frame_bytes);
        EXPECT_UINT(s.frame_allocs, 80);
        EXPECT_UINT(s.tags[tags[1]].allocs[FA_LIFETIME_HEAP], 1);
        EXPECT(s.tags[tags[1]].fingerprint != FA_UNKNOWN);
        EXPECT(s.unix_ns > INT64_C(1600000000) * 1000000000);
    }
    EXPECT_OK(fa_diagnostics_set(w.ctx, FA_DIAGNOSTICS_OFF));
    EXPECT_OK(fa_snapshot_capture(w.ctx, &s));
    EXPECT(s.frame_allocs == FA_UNKNOWN && s.tags[tags[1]].allocs[FA_LIFETIME_HEAP] == FA_UNKNOWN);
    EXPECT(s.tags[tags[1]].fingerprint == FA_UNKNOWN);
    for (int i = 0; i < 40; i++) {
        EXPECT_OK(i % 2 == 0 ? fa_pool_free(w.ctx, blocks[i]) : fa_heap_free(w.ctx, blocks[i]));
    }
    fa_snapshot_free(&s);
    fa_snapshot_free(&s);
    fa_snapshot_free(NULL);
}
END_TEST

START_TEST(snapshot_has_the_latest_diagnostics)
{
    fa_snapshot s;
    memset(&s, 0, sizeof s);
    for (int i = 0; i < 20; i++) {
        EXPECT(fa_frame_alloc(w.ctx, 8, 8) == NULL);
    }
    EXPECT_RESULT(fa_tag_pop(w.ctx), UNBALANCED);
    recorder_clear(&w.rec);
    EXPECT_OK(fa_snapshot_capture(w.ctx, &s));
    EXPECT_UINT(s.diagnostic_count, FA_SNAPSHOT_DIAGNOSTICS);
    EXPECT_UINT(s.diagnostics[0].code, FA_CODE_FA001);
    EXPECT_UINT(s.diagnostics[FA_SNAPSHOT_DIAGNOSTICS - 1].code, FA_CODE_FA804);
    EXPECT(strstr(s.diagnostics[0].here, "test_snapshot.c:") != NULL);
    EXPECT(s.diagnostics[0].message[0] != '\0');
    fa_snapshot_free(&s);
}
END_TEST

START_TEST(snapshot_is_for_frame_boundaries)
{
    fa_snapshot s;
    memset(&s, 0, sizeof s);
    EXPECT_OK(fa_frame_begin(w.ctx));
    EXPECT_REFUSED(&w, fa_snapshot_capture(w.ctx, &s), FA603, FRAME_OPEN);
    EXPECT_OK(fa_frame_end(w.ctx));
    EXPECT_RESULT(fa_snapshot_capture(w.ctx, NULL), INVALID_ARGUMENT);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("snapshot");
    TCase *tcase = support_case(suite, "capture");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, snapshot_agrees_with_the_queries_for_every_tag);
    tcase_add_test(tcase, snapshot_has_the_latest_diagnostics);
    tcase_add_test(tcase, snapshot_is_for_frame_boundaries);
    return support_run(suite);
}
