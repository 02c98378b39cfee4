/* The steady-state contract: what a frame asks of the system is told with its line, and nothing else is. */
#include "core/support.h"

static world w;
static fa_tag tags[4];

static void setup(void)
{
    world_open(&w,
               &(fa_allocator_desc){.name = "steady", .frame_max_bytes = 4 << 20, .oversize_to_heap = true});
    static const char *const paths[] = {"a", "a/b", "c", "d"};
    for (int i = 0; i < 4; i++) {
        tags[i] = fa_tag_intern(w.allocator, paths[i]);
    }
}
static void teardown(void)
{
    world_close(&w);
}

/* A frame with a little of everything, the same each time. */
static void play(fa_context *ctx, size_t frame_bytes)
{
    EXPECT_OK(fa_frame_begin(ctx));
    FA_TAG_SCOPE (ctx, tags[1]) {
        EXPECT(fa_frame_alloc(ctx, frame_bytes, 16) != NULL);
        fa_checkpoint mark = fa_frame_mark(ctx);
        EXPECT(fa_frame_alloc(ctx, 500, 16) != NULL);
        EXPECT_OK(fa_frame_rewind(ctx, mark));
        EXPECT_OK(fa_pool_free(ctx, fa_pool_alloc(ctx, 200, 16)));
        EXPECT_OK(fa_heap_free(ctx, fa_heap_alloc(ctx, 5000, 16)));
    }
    EXPECT_OK(fa_frame_end(ctx));
}

static fa_steady_stats steady(void)
{
    fa_steady_stats s;
    EXPECT_OK(fa_steady_stats_get(w.allocator, &s));
    return s;
}

static void warm_up(void)
{
    play(w.ctx, 60000);
    for (int i = 0; i < 300; i++) {
        play(w.ctx, 100000);
    }
    EXPECT_OK(fa_steady_begin(w.allocator));
}

/* The one FA540 since the last clear names @p line. */
static void expect_line(int line, const char *what)
{
    char tail[32];
    (void)snprintf(tail, sizeof tail, "test_steady.c:%d", line);
    EXPECT_UINT(recorder_count_of(&w.rec, FA_CODE_FA540), 1);
    EXPECTF(strstr(w.rec.items[0].here, tail) != NULL, "%s, expected line %d: %s", w.rec.items[0].here, line,
            w.rec.items[0].message);
    EXPECTF(strstr(w.rec.items[0].message, what) != NULL, "%s", w.rec.items[0].message);
    EXPECTF(strstr(w.rec.items[0].earlier, "test_steady.c:") != NULL, "%s", w.rec.items[0].earlier);
    EXPECT_UINT(w.rec.count, 1);
    recorder_clear(&w.rec);
}

START_TEST(steady_loop_keeps_the_contract)
{
    warm_up();
    for (int i = 0; i < 1000; i++) { /* smaller frames are steady too */
        play(w.ctx, 100000 - (size_t)i * 50);
    }
    fa_steady_stats s = steady();
    EXPECT_UINT(s.frames, 1000);
    EXPECT_UINT(s.broken_frames, 0);
    fa_steady_frame frame;
    EXPECT_OK(fa_steady_frame_get(w.ctx, &frame));
    EXPECT_UINT(frame.frame, fa_frame_index(w.ctx));
    EXPECT_UINT(frame.backing_calls + frame.fresh_pages + frame.heap_fallbacks, 0);
    if (!SUPPORT_SLOW && !support_aborts_by_default()) {
        EXPECT_UINT(frame.page_faults, 0); /* nobody else runs in this thread */
    }
}
END_TEST

START_TEST(steady_frame_that_commits_names_the_line)
{
    warm_up();
    EXPECT_OK(fa_frame_begin(w.ctx));
    int line = __LINE__ + 1;
    EXPECT(fa_frame_alloc(w.ctx, 1 << 20, 16) != NULL);
    world_expect_quiet(&w); /* told at the end */
    EXPECT_OK(fa_frame_end(w.ctx));
    expect_line(line, "of the backing");
    EXPECT_UINT(steady().broken_frames, 1);
    play(w.ctx, (1 << 20) - 8192); /* now it has it */
    EXPECT_UINT(steady().broken_frames, 1);
}
END_TEST

START_TEST(steady_frame_that_uses_memory_for_the_first_time_names_the_line)
{
    size_t page = fa_backing_page_bytes();
    warm_up();
    play(w.ctx, 100000);
    EXPECT_OK(fa_frame_begin(w.ctx));
    EXPECT(fa_frame_alloc(w.ctx, 100000, 16) != NULL);
    int line = __LINE__ + 1;
    char *p = fa_frame_alloc(w.ctx, 3 * page, 16); /* committed already, but never touched */
    EXPECT(p != NULL);
    memset(p, 1, 3 * page);
    EXPECT_OK(fa_frame_end(w.ctx));
    expect_line(line, "used for the first time");
    fa_steady_frame frame;
    EXPECT_OK(fa_steady_frame_get(w.ctx, &frame));
    EXPECT(frame.fresh_pages >= 2 && frame.fresh_pages <= 4);
    EXPECT_UINT(frame.backing_calls, 0);
    EXPECTF(frame.page_faults >= 1, "%" PRIu64, frame.page_faults);
}
END_TEST

START_TEST(steady_frame_that_falls_through_to_the_heap_names_the_line)
{
    warm_up();
    EXPECT_OK(fa_frame_begin(w.ctx));
    int line = __LINE__ + 1;
    EXPECT(fa_frame_alloc(w.ctx, 5 << 20, 16) != NULL);
    EXPECT_OK(fa_frame_end(w.ctx));
    EXPECT(w.rec.count >= 1);
    w.rec.count = 1; /* giving its pages back is another one, at the end's line */
    expect_line(line, "to the heap");
    EXPECT_UINT(steady().heap_fallbacks, 1);
}
END_TEST

START_TEST(steady_pool_tag_mark_and_arena_name_their_lines)
{
    fa_arena *arena = NULL;
    EXPECT_OK(fa_arena_create(w.ctx, NULL, &arena));
    warm_up();
    void *blocks[300];
    int line = 0;
    EXPECT_OK(fa_frame_begin(w.ctx));
    for (int i = 0; i < 300; i++) {
        line = __LINE__ + 1;
        blocks[i] = fa_pool_alloc(w.ctx, 4096, 16);
    }
    EXPECT_OK(fa_frame_end(w.ctx));
    expect_line(line, "of the backing");
    EXPECT_OK(fa_frame_begin(w.ctx));
    line = __LINE__ + 1;
    EXPECT(fa_arena_alloc(arena, 1 << 20, 16) != NULL);
    EXPECT_OK(fa_frame_end(w.ctx));
    expect_line(line, "of the backing");
    fa_steady_end(w.allocator);
    for (int i = 0; i < 300; i++) {
        EXPECT_OK(fa_pool_free(w.ctx, blocks[i]));
    }
    EXPECT_OK(fa_arena_destroy(arena));
}
END_TEST

START_TEST(steady_free_that_gives_pages_back_names_the_line)
{
    enum { PAGES = 80 }; /* more than are kept for speed */
    void *blocks[PAGES];
    int line = 0;
    for (int i = 0; i < PAGES; i++) {
        blocks[i] = fa_pool_alloc(w.ctx, 32768, 16); /* two on a page */
    }
    void *large = fa_heap_alloc(w.ctx, 4 << 20, 16);
    play(w.ctx, 1000);
    EXPECT_OK(fa_steady_begin(w.allocator));
    EXPECT_OK(fa_frame_begin(w.ctx));
    for (int i = 0; i < PAGES; i++) {
        line = __LINE__ + 1;
        EXPECT_OK(fa_pool_free(w.ctx, blocks[i]));
    }
    EXPECT_OK(fa_heap_free(w.ctx, large));
    EXPECT_OK(fa_frame_end(w.ctx));
    EXPECT_OK(fa_steady_end(w.allocator));
    EXPECT_UINT(w.rec.count, 2); /* one per line, whatever the number of calls */
    char tail[40];
    for (unsigned i = 0; i < 2; i++) {
        (void)snprintf(tail, sizeof tail, "test_steady.c:%d", i == 0 ? line : line + 2);
        EXPECT_UINT(w.rec.items[i].id, FA_CODE_FA540);
        EXPECTF(strstr(w.rec.items[i].here, tail) != NULL, "%s, expected %s", w.rec.items[i].here, tail);
    }
    recorder_clear(&w.rec);
}
END_TEST

START_TEST(steady_says_nothing_of_what_happens_between_frames_or_after_its_end)
{
    warm_up();
    for (int i = 0; i < 3; i++) { /* loading a level */
        fa_arena *arena = NULL;
        EXPECT_OK(fa_arena_create(w.ctx, &(fa_arena_desc){.prefault_bytes = 1 << 20}, &arena));
        EXPECT_OK(fa_arena_destroy(arena));
        play(w.ctx, 100000);
    }
    EXPECT_UINT(steady().broken_frames, 0);
    EXPECT(fa_steady_is_on(w.allocator));
    EXPECT_OK(fa_steady_end(w.allocator));
    EXPECT(!fa_steady_is_on(w.allocator));
    play(w.ctx, 2 << 20);
    EXPECT_UINT(steady().frames, 3);
    EXPECT_UINT(w.ctx->limit, 0);
    EXPECT_OK(fa_frame_begin(w.ctx)); /* the inlined path is as open as before */
    EXPECT(fa_frame_alloc(w.ctx, 1, 1) != NULL);
    if (!support_aborts_by_default() && !SUPPORT_ASAN) {
        EXPECT(w.ctx->limit - w.ctx->cursor > (size_t)1 << 20);
    }
    EXPECT_OK(fa_frame_end(w.ctx));
}
END_TEST

static void *other_thread(void *user)
{
    fa_context *ctx = NULL;
    EXPECT_OK(fa_context_attach(w.allocator, NULL, &ctx));
    for (int i = 0; i < 200; i++) {
        play(ctx, 50000);
    }
    *(bool *)user = true;
    EXPECT_OK(fa_context_detach(ctx));
    return NULL;
}

START_TEST(steady_judges_each_thread_for_itself)
{
    warm_up();
    bool done = false;
    EXPECT_OK(fa_frame_begin(w.ctx)); /* another thread's calls are not this frame's */
    on_another_thread(other_thread, &done);
    EXPECT_OK(fa_frame_end(w.ctx));
    EXPECT(done);
    EXPECT(steady().frames > 100);
    fa_steady_frame frame;
    EXPECT_OK(fa_steady_frame_get(w.ctx, &frame));
    EXPECT_UINT(frame.backing_calls, 0);
    EXPECT(w.rec.count > 0); /* a new thread warms up: its first frames are told */
    for (unsigned i = 0; i < w.rec.count && i < RECORDER_KEEPS; i++) {
        EXPECT_UINT(w.rec.items[i].id, FA_CODE_FA540);
    }
    recorder_clear(&w.rec);
}
END_TEST

START_TEST(steady_without_an_allocator_is_an_argument_error)
{
    fa_steady_stats s;
    EXPECT_RESULT(fa_steady_begin(NULL), INVALID_ARGUMENT);
    EXPECT_RESULT(fa_steady_end(NULL), INVALID_ARGUMENT);
    EXPECT_RESULT(fa_steady_stats_get(w.allocator, NULL), INVALID_ARGUMENT);
    EXPECT_RESULT(fa_steady_stats_get(NULL, &s), INVALID_ARGUMENT);
    EXPECT_RESULT(fa_steady_frame_get(w.ctx, NULL), INVALID_ARGUMENT);
    EXPECT(!fa_steady_is_on(NULL));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("steady");
    TCase *tcase = support_case(suite, "contract");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, steady_loop_keeps_the_contract);
    tcase_add_test(tcase, steady_frame_that_commits_names_the_line);
    tcase_add_test(tcase, steady_frame_that_uses_memory_for_the_first_time_names_the_line);
    tcase_add_test(tcase, steady_frame_that_falls_through_to_the_heap_names_the_line);
    tcase_add_test(tcase, steady_pool_tag_mark_and_arena_name_their_lines);
    tcase_add_test(tcase, steady_free_that_gives_pages_back_names_the_line);
    tcase_add_test(tcase, steady_says_nothing_of_what_happens_between_frames_or_after_its_end);
    tcase_add_test(tcase, steady_judges_each_thread_for_itself);
    tcase_add_test(tcase, steady_without_an_allocator_is_an_argument_error);
    return support_run(suite);
}
