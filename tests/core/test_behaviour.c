/* Behaviour: each code is told when its threshold is passed, with numbers and a line, and not before. */
#include "core/support.h"
#include "debug/watch.h"

static world w;
static fa_tag tag;

static void setup(void)
{
    world_open(&w, &(fa_allocator_desc){.name = "behaved", .frame_max_bytes = 4 << 20});
    tag = fa_tag_intern(w.allocator, "game/bad");
    EXPECT_OK(fa_diagnostics_set(w.ctx, FA_DIAGNOSTICS_SITES));
}
static void teardown(void)
{
    world_close(&w);
}

/* What a tag does in one frame. */
typedef struct plan {
    int frame_blocks;
    int kept;         ///< of them
    int pool_pairs;   ///< made and freed in the frame
    int pool_passing; ///< made in the frame; as many of earlier frames are freed
    int heap;
} plan;

static void *passing[64];
static int promoted_line, pool_line, heap_line;

static void play(const plan *p, int frames)
{
    for (int i = 0; i < frames; i++) {
        EXPECT_OK(fa_frame_begin(w.ctx));
        FA_TAG_SCOPE (w.ctx, tag) {
            for (int k = 0; k < p->frame_blocks; k++) {
                EXPECT(fa_frame_alloc(w.ctx, 64, 16) != NULL);
            }
            for (int k = 0; k < p->pool_pairs; k++) {
                pool_line = __LINE__ + 1;
                void *q = fa_pool_alloc(w.ctx, 64, 16);
                EXPECT_OK(fa_pool_free(w.ctx, q));
            }
            for (int k = 0; k < p->pool_passing; k++) {
                EXPECT_OK(fa_pool_free(w.ctx, passing[k]));
                passing[k] = fa_pool_alloc(w.ctx, 64, 16);
            }
            for (int k = 0; k < p->heap; k++) {
                heap_line = __LINE__ + 1;
                void *q = fa_heap_alloc(w.ctx, 100, 16);
                EXPECT_OK(fa_heap_free(w.ctx, q));
            }
            for (int k = 0; k < p->kept; k++) { /* as a promotion does it */
                static char blocks[64];
                promoted_line = __LINE__ + 1;
                fai_watch_kept(fai_ctx(w.ctx), tag, &blocks[k], FA_HERE);
            }
        }
        EXPECT_OK(fa_frame_end(w.ctx));
    }
    for (int k = 0; k < 64; k++) {
        EXPECT_OK(fa_pool_free(w.ctx, passing[k]));
        passing[k] = NULL;
    }
}

static void expect_told(fa_diagnostic_code code, int line, const char *number)
{
    EXPECT_UINT(recorder_count_of(&w.rec, code), 1);
    char tail[40];
    (void)snprintf(tail, sizeof tail, "test_behaviour.c:%d", line);
    for (unsigned i = 0; i < w.rec.count; i++) {
        const recorded *d = &w.rec.items[i];
        if (d->id == code) {
            EXPECT_STR(d->tag, "game/bad");
            EXPECTF(strstr(d->here, tail) != NULL, "%s, expected line %d", d->here, line);
            EXPECTF(strstr(d->message, number) != NULL && strstr(d->message, "expected at most") != NULL,
                    "%s", d->message);
            EXPECT_UINT(support_severities[code], FA_SEVERITY_WARNING);
        }
    }
    fa_behaviour_issue issues[8];
    uint32_t count = fa_behaviour_issues(w.ctx, issues, 8), found = 0;
    for (uint32_t i = 0; i < count; i++) {
        found += issues[i].code == code && issues[i].observed > issues[i].expected &&
                 strcmp(issues[i].tag, "game/bad") == 0 && issues[i].suggestion[0] != '\0';
    }
    EXPECT_UINT(found, 1);
    EXPECTF(w.rec.problem[0] == '\0', "%s", w.rec.problem);
}

START_TEST(behaviour_fa501_retained_blocks_that_live_long)
{
    play(&(plan){.frame_blocks = 1000, .kept = 20}, 1);
    play(&(plan){.frame_blocks = 1}, 240); /* they are never freed */
    expect_told(FA_CODE_FA501, promoted_line, "120 frames");
    EXPECT_UINT(w.rec.count, 1);
    recorder_clear(&w.rec);
}
END_TEST

START_TEST(behaviour_fa502_most_frame_blocks_are_retained)
{
    play(&(plan){.frame_blocks = 5, .kept = 4}, 120);
    expect_told(FA_CODE_FA502, promoted_line, "80 %");
    recorder_clear(&w.rec);
}
END_TEST

START_TEST(behaviour_fa510_pool_objects_as_scratch)
{
    play(&(plan){.pool_pairs = 9, .pool_passing = 1}, 120);
    expect_told(FA_CODE_FA510, pool_line, "90 %");
    EXPECT_UINT(w.rec.count, 1);
    recorder_clear(&w.rec);
}
END_TEST

START_TEST(behaviour_fa520_promotion_in_most_frames)
{
    play(&(plan){.frame_blocks = 100, .kept = 1}, 120);
    expect_told(FA_CODE_FA520, promoted_line, "100 %");
    EXPECT_UINT(w.rec.count, 1);
    recorder_clear(&w.rec);
}
END_TEST

START_TEST(behaviour_fa530_heap_inside_frames)
{
    play(&(plan){.heap = 1}, 120);
    expect_told(FA_CODE_FA530, heap_line, "120 heap");
    EXPECT_UINT(w.rec.count, 1);
    recorder_clear(&w.rec);
}
END_TEST

START_TEST(behaviour_within_the_thresholds_is_silent)
{
    play(&(plan){.frame_blocks = 100, .pool_pairs = 8, .pool_passing = 2}, 360); /* 80 %: at most */
    for (int i = 0; i < 6; i++) {
        play(&(plan){.frame_blocks = 100, .kept = 40, .heap = 40}, 1); /* loading, once in a while */
        play(&(plan){.frame_blocks = 100}, 59);
    }
    play(&(plan){.pool_passing = 64}, 240); /* as many are freed as made, but they are others */
    for (int i = 0; i < 500; i++) {         /* outside of frames the heap is fine */
        EXPECT_OK(fa_heap_free(w.ctx, fa_heap_alloc(w.ctx, 100, 16)));
    }
    play(&(plan){.frame_blocks = 1}, 120);
    unsigned long_lived =
        recorder_count_of(&w.rec, FA_CODE_FA501); /* the forty above were never freed: that is true */
    EXPECT_UINT(w.rec.count, long_lived);
    recorder_clear(&w.rec);
}
END_TEST

START_TEST(behaviour_is_told_once_until_the_thresholds_are_set_again)
{
    play(&(plan){.heap = 2}, 600);
    EXPECT_UINT(w.rec.count, 1);
    recorder_clear(&w.rec);
    EXPECT_OK(fa_behaviour_set(w.ctx, NULL));
    EXPECT_UINT(fa_behaviour_issues(w.ctx, NULL, 0), 0);
    play(&(plan){.heap = 2}, 120);
    EXPECT_UINT(w.rec.count, 1);
    recorder_clear(&w.rec);
}
END_TEST

START_TEST(behaviour_thresholds_change_at_run_time)
{
    fa_behaviour_thresholds relaxed = fa_behaviour_relaxed();
    EXPECT_OK(fa_behaviour_set(w.ctx, &relaxed));
    play(&(plan){.heap = 2, .pool_pairs = 9, .pool_passing = 1}, 240);
    world_expect_quiet(&w);
    fa_behaviour_thresholds strict = fa_behaviour_strict();
    EXPECT_OK(fa_behaviour_set(w.ctx, &strict));
    play(&(plan){.heap = 2, .pool_pairs = 9, .pool_passing = 1}, 120);
    EXPECT_UINT(w.rec.count, 2);
    recorder_clear(&w.rec);
    fa_behaviour_thresholds custom = {.window_frames = 10,
                                      .heap_per_window = 30,
                                      .same_frame_percent = FA_BEHAVIOUR_NEVER};
    EXPECT_OK(fa_behaviour_set(w.ctx, &custom));
    play(&(plan){.heap = 3, .pool_pairs = 9}, 10);
    world_expect_quiet(&w); /* 30: at most */
    play(&(plan){.heap = 4, .pool_pairs = 9}, 10);
    EXPECT_UINT(w.rec.count, 1);
    EXPECT_UINT(w.rec.items[0].id, FA_CODE_FA530);
    recorder_clear(&w.rec);
}
END_TEST

START_TEST(behaviour_thresholds_need_diagnostics_and_a_clean_desc)
{
    fa_behaviour_thresholds dirty = fa_behaviour_default();
    dirty.end_canary = 7;
    EXPECT_REFUSED(&w, fa_behaviour_set(w.ctx, &dirty), FA103, INVALID_DESC);
    EXPECT_OK(fa_diagnostics_set(w.ctx, FA_DIAGNOSTICS_OFF));
    EXPECT_RESULT(fa_behaviour_set(w.ctx, NULL), NOT_FOUND);
    EXPECT_UINT(fa_behaviour_issues(w.ctx, NULL, 0), 0);
    play(&(plan){.heap = 9}, 240); /* off: nothing is judged */
    world_expect_quiet(&w);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("behaviour");
    TCase *tcase = support_case(suite, "codes");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, behaviour_fa501_retained_blocks_that_live_long);
    tcase_add_test(tcase, behaviour_fa502_most_frame_blocks_are_retained);
    tcase_add_test(tcase, behaviour_fa510_pool_objects_as_scratch);
    tcase_add_test(tcase, behaviour_fa520_promotion_in_most_frames);
    tcase_add_test(tcase, behaviour_fa530_heap_inside_frames);
    tcase_add_test(tcase, behaviour_within_the_thresholds_is_silent);
    tcase = support_case(suite, "thresholds");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, behaviour_is_told_once_until_the_thresholds_are_set_again);
    tcase_add_test(tcase, behaviour_thresholds_change_at_run_time);
    tcase_add_test(tcase, behaviour_thresholds_need_diagnostics_and_a_clean_desc);
    return support_run(suite);
}
