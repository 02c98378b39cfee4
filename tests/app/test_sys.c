/* What a system sees: frame, scratch and step memory, how long each lives, and to whom it is attributed. */
#include "app/support.h"

static stage st;

static void setup(void)
{
    stage_open(&st, NULL);
    EXPECT_OK(fa_app_add_plugin(st.app, fa_framealloc_plugin()));
}

static void teardown(void)
{
    stage_close(&st);
}

static void frame(void)
{
    EXPECT_OK(fa_app_update_ns(st.app, FRAME_NS));
}

#define ADD(schedule, ...) EXPECT_OK(fa_app_add_system(st.app, schedule, __VA_ARGS__))

static fa_tag_stats stats_of_tag(const char *path)
{
    return tag_stats(st.w.allocator, fa_tag_intern(st.w.allocator, path));
}

/* ---- tags ------------------------------------------------------------------------------------------------ */

static size_t sizes[3] = {1000, 48, 4096};

static void takes_frame(fa_sys *s)
{
    const size_t *size = fa_sys_user(s);
    EXPECT(fa_sys_frame(s, *size, 16) != NULL);
}

static fa_result build_physics(fa_app *app, void *user)
{
    (void)user;
    EXPECT_OK(fa_app_add_system(app, FA_UPDATE,
                                &(fa_system_desc){.name = "one", .fn = takes_frame, .user = &sizes[0]}));
    return fa_app_add_system(app, FA_UPDATE,
                             &(fa_system_desc){.name = "two", .fn = takes_frame, .user = &sizes[1]});
}

/* 1000 bytes and then 48 at 16: the padding of 8 belongs to who asked for the alignment. */
START_TEST(sys_bytes_are_attributed_to_plugin_and_system_to_the_byte)
{
    if (SUPPORT_ASAN) {
        return; /* red zones move the cursor */
    }
    EXPECT_OK(fa_app_add_plugin(st.app, PLUGIN("physics", .build = build_physics)));
    ADD(FA_UPDATE, &(fa_system_desc){.name = "three", .fn = takes_frame, .user = &sizes[2]});
    for (int i = 0; i < 3; i++) {
        EXPECT_OK(fa_app_frame_begin(st.app, 0));
        EXPECT_OK(fa_app_run_schedule(st.app, FA_FIRST));
        EXPECT_OK(fa_app_run_schedule(st.app, FA_UPDATE));
        size_t one = stats_of_tag("physics/one").self.frame_bytes;
        size_t two = stats_of_tag("physics/two").self.frame_bytes;
        EXPECT_UINT(one, 1000);
        EXPECT_UINT(two, 56);
        EXPECT_UINT(stats_of_tag("app/three").self.frame_bytes, 4096);
        EXPECT_UINT(stats_of_tag("physics").tree.frame_bytes, 1056);
        EXPECT_UINT(stats_of_tag("physics").self.frame_bytes, 0);
        EXPECT_UINT(tag_stats(st.w.allocator, FA_TAG_NONE).self.frame_bytes, 0);
        EXPECT_UINT(fa_frame_used_bytes(st.w.ctx), 1056 + 4096);
        EXPECT_UINT(stats_of(st.app, "one").frame_bytes, 1000);
        EXPECT_UINT(stats_of(st.app, "two").frame_bytes, 56);
        EXPECT_UINT(stats_of(st.app, "three").frame_peak_bytes, 4096);
        EXPECT_OK(fa_app_run_schedule(st.app, FA_LAST));
        EXPECT_OK(fa_app_frame_end(st.app));
        EXPECT_UINT(stats_of_tag("physics").tree.frame_bytes, 0);
        EXPECT_UINT(stats_of_tag("physics").tree.last_frame_bytes, 1056);
    }
}
END_TEST

static void *kept_pool;

static void takes_pool(fa_sys *s)
{
    kept_pool = fa_pool_alloc(fa_sys_ctx(s), 100, 0);
    EXPECT(kept_pool != NULL);
    EXPECT_STR(fa_tag_path(st.w.allocator, fa_tag_current(fa_sys_ctx(s))), "app/takes_pool");
}

START_TEST(sys_pool_blocks_are_attributed_for_as_long_as_they_live)
{
    ADD(FA_UPDATE, FA_SYS(takes_pool));
    frame();
    EXPECT_UINT(stats_of_tag("app/takes_pool").self.pool_bytes, 100);
    EXPECT_UINT(fa_tag_current(st.w.ctx), FA_TAG_NONE);
    EXPECT_OK(fa_pool_free(st.w.ctx, kept_pool));
    EXPECT_UINT(stats_of_tag("app/takes_pool").self.pool_bytes, 0);
}
END_TEST

static void leaves_tags_open(fa_sys *s)
{
    fa_tag tag = fa_tag_intern(st.w.allocator, "left/open");
    EXPECT_OK(fa_tag_push(fa_sys_ctx(s), tag));
    EXPECT_OK(fa_tag_push(fa_sys_ctx(s), tag));
}

static void closes_a_tag_too_many(fa_sys *s)
{
    EXPECT_OK(fa_tag_pop(fa_sys_ctx(s)));
}

static void swaps_the_tag(fa_sys *s)
{
    EXPECT_OK(fa_tag_pop(fa_sys_ctx(s)));
    EXPECT_OK(fa_tag_push(fa_sys_ctx(s), fa_tag_intern(st.w.allocator, "left/open")));
}

static void is_under_its_own_tag(fa_sys *s)
{
    EXPECT_STR(fa_tag_path(st.w.allocator, fa_tag_current(fa_sys_ctx(s))), "app/is_under_its_own_tag");
    trace_say("ok ");
}

START_TEST(sys_tags_are_put_right_after_each_system_and_told)
{
    EXPECT_OK(fa_app_start(st.app));
    EXPECT_OK(fa_app_frame_begin(st.app, 0));
    static const fa_system_fn untidy[] = {leaves_tags_open, closes_a_tag_too_many, swaps_the_tag};
    static const char *const names[] = {"leaves", "closes", "swaps"};
    for (int i = 0; i < 3; i++) {
        fa_schedule schedule = fa_app_schedule(st.app, names[i]);
        ADD(schedule, &(fa_system_desc){.name = names[i], .fn = untidy[i]});
        ADD(schedule, FA_SYS(is_under_its_own_tag));
        FA_TAG_SCOPE (st.w.ctx, fa_tag_intern(st.w.allocator, "outside")) {
            EXPECT_OK(fa_app_run_schedule(st.app, schedule));
            EXPECT_STR(fa_tag_path(st.w.allocator, fa_tag_current(st.w.ctx)), "outside");
        }
        EXPECT_TRACE("ok ");
        EXPECT_TOLD(&st.w, FA804, names[i]);
    }
    EXPECT_OK(fa_app_run_schedule(st.app, FA_FIRST));
    EXPECT_OK(fa_app_run_schedule(st.app, FA_LAST));
    EXPECT_OK(fa_app_frame_end(st.app));
}
END_TEST

/* ---- scratch --------------------------------------------------------------------------------------------- */

static char *first_scratch;

static void takes_scratch(fa_sys *s)
{
    char *p = FA_SCRATCH(s, char, 100000);
    EXPECT(p != NULL);
    memset(p, 7, 100000);
    if (first_scratch == NULL) {
        first_scratch = p;
    }
    EXPECT(p == first_scratch);
    char *frame_memory = FA_FRAME(s, char, 64);
    EXPECT(frame_memory != NULL);
    memset(frame_memory, 9, 64);
    char *second = FA_SCRATCH(s, char, 1);
    EXPECT(second > p);
    EXPECT(all_bytes_are(p, 100000, 7));
}

START_TEST(sys_scratch_is_taken_back_when_the_system_returns_and_frame_memory_is_not)
{
    first_scratch = NULL;
    ADD(FA_UPDATE, FA_SYS(takes_scratch));
    ADD(FA_UPDATE, &(fa_system_desc){.name = "again", .fn = takes_scratch});
    ADD(FA_FIXED_UPDATE, &(fa_system_desc){.name = "fixed", .fn = takes_scratch});
    for (int i = 0; i < 5; i++) {
        EXPECT_OK(fa_app_update_ns(st.app, 3 * FRAME_NS));
        EXPECT_UINT(stats_of_tag("app/scratch").self.arena_bytes, 0);
    }
    EXPECT(stats_of(st.app, "again").scratch_peak_bytes >= 100001);
    EXPECT(stats_of(st.app, "again").scratch_peak_bytes < 110000);
    EXPECT(stats_of(st.app, "fixed").frame_bytes >= 3 * 64);
    EXPECT(stats_of(st.app, "again").frame_bytes >= 64 && stats_of(st.app, "again").frame_bytes < 192);
}
END_TEST

static fa_schedule inner;
static char *outer_scratch;

static void takes_and_nests(fa_sys *s)
{
    outer_scratch = FA_SCRATCH(s, char, 500);
    memset(outer_scratch, 3, 500);
    EXPECT(FA_FRAME(s, char, 16) != NULL);
    EXPECT_OK(fa_app_run_schedule(fa_sys_app(s), inner));
    EXPECT_OK(fa_app_run_schedule(fa_sys_app(s), inner));
    EXPECT(all_bytes_are(outer_scratch, 500, 3));
    EXPECT_STR(fa_tag_path(st.w.allocator, fa_tag_current(fa_sys_ctx(s))), "app/takes_and_nests");
    EXPECT(FA_FRAME(s, char, 16) != NULL);
}

static void nested(fa_sys *s)
{
    char *p = FA_SCRATCH(s, char, 500);
    EXPECT(p >= outer_scratch + 500);
    memset(p, 4, 500);
    EXPECT(FA_FRAME(s, char, 160) != NULL);
}

START_TEST(sys_scratch_and_bytes_of_a_nested_schedule_are_its_own)
{
    inner = fa_app_schedule(st.app, "inner");
    ADD(inner, FA_SYS(nested));
    ADD(FA_UPDATE, FA_SYSTEM(takes_and_nests, .exclusive = true));
    for (int i = 0; i < 3; i++) {
        frame();
        EXPECT_UINT(stats_of_tag("app/scratch").self.arena_bytes, 0);
        if (!SUPPORT_ASAN) {
            EXPECT_UINT(stats_of(st.app, "takes_and_nests").frame_bytes, 32);
            EXPECT_UINT(stats_of(st.app, "nested").frame_bytes, 320);
            EXPECT_UINT(stats_of_tag("app/nested").self.last_frame_bytes, 320);
            EXPECT_UINT(stats_of_tag("app/takes_and_nests").self.last_frame_bytes, 32);
        }
    }
}
END_TEST

/* ---- step ------------------------------------------------------------------------------------------------ */

static int *step_value;

static void writes_step(fa_sys *s)
{
    int *p = FA_STEP(s, int, 100);
    EXPECT(p != NULL);
    EXPECT(step_value == NULL || p == step_value); /* the same place in every step */
    step_value = p;
    p[0] = 41;
}

static void reads_step(fa_sys *s)
{
    EXPECT(s->step != NULL);
    step_value[0]++;
    trace_say("%d ", step_value[0]);
}

static void sees_no_step(fa_sys *s)
{
    EXPECT(FA_STEP(s, int, 1) == NULL);
    EXPECT_RESULT(fa_context_last_result(fa_sys_ctx(s)), NO_FRAME);
    EXPECT_STR(st.w.rec.items[0].tag, "app/sees_no_step");
    EXPECT(strstr(st.w.rec.items[0].here, "test_sys.c:") != NULL);
    EXPECT_TOLD(&st.w, FA108, "'app/sees_no_step' asks for step memory, but no fixed step is open");
    EXPECT(fa_sys_step(s, 1, 1) == NULL);
    EXPECT_TOLD(&st.w, FA108, "sees_no_step");
    EXPECT_UINT(stats_of_tag("app/step").self.arena_bytes, 0);
}

START_TEST(sys_step_memory_lives_through_its_step_and_not_beyond)
{
    step_value = NULL;
    ADD(FA_FIXED_FIRST, FA_SYS(writes_step));
    ADD(FA_FIXED_LAST, FA_SYS(reads_step));
    ADD(FA_UPDATE, FA_SYS(sees_no_step));
    EXPECT_OK(fa_app_update_ns(st.app, 3 * FRAME_NS));
    EXPECT_TRACE("42 42 42 ");
    EXPECT_OK(fa_app_update_ns(st.app, 0));
    EXPECT_TRACE("");
    EXPECT(stats_of(st.app, "writes_step").step_peak_bytes >= 400);
}
END_TEST

/* ---- limits ---------------------------------------------------------------------------------------------- */

static void asks_for_too_much(fa_sys *s)
{
    EXPECT(FA_SCRATCH(s, int, SIZE_MAX) == NULL);
    EXPECT_RESULT(fa_context_last_result(fa_sys_ctx(s)), FULL);
    EXPECT(FA_SCRATCH(s, int, -1) == NULL);
    EXPECT(FA_FRAME(s, int, SIZE_MAX / 4 + 2) == NULL);
    EXPECT_RESULT(fa_context_last_result(fa_sys_ctx(s)), FULL);
    EXPECT(FA_STEP(s, int, SIZE_MAX / 2) == NULL);
    EXPECT_RESULT(fa_context_last_result(fa_sys_ctx(s)), FULL);
    EXPECT(fa_sys_scratch(s, (size_t)2 << 20, 16) == NULL);
    EXPECT_RESULT(fa_context_last_result(fa_sys_ctx(s)), FULL);
    EXPECT(fa_sys_scratch(s, (size_t)512 << 10, 16) != NULL);
    EXPECT(fa_sys_scratch(s, 8, 3) == NULL);
    EXPECT_RESULT(fa_context_last_result(fa_sys_ctx(s)), INVALID_ARGUMENT);
    EXPECT_TOLD(&st.w, FA004, "3");
    EXPECT(FA_SCRATCH(s, int, 0) != NULL);
    EXPECT(fa_sys_scratch(s, 1, 0) != NULL);
    trace_say("done ");
}

START_TEST(sys_memory_beyond_a_limit_is_null_with_the_reason)
{
    stage_close(&st);
    stage_open(&st, &(fa_app_desc){.scratch_max_bytes = 1 << 20, .step_max_bytes = 1 << 20});
    EXPECT_OK(fa_app_add_plugin(st.app, fa_framealloc_plugin()));
    ADD(FA_FIXED_UPDATE, FA_SYS(asks_for_too_much));
    frame();
    EXPECT_TRACE("done ");
}
END_TEST

static void asks_outside_a_frame(fa_sys *s)
{
    EXPECT(FA_FRAME(s, int, 4) == NULL);
    EXPECT_RESULT(fa_context_last_result(fa_sys_ctx(s)), NO_FRAME);
    EXPECT_TOLD(&st.w, FA001, "");
    EXPECT(FA_SCRATCH(s, int, 4) != NULL);
    trace_say("done ");
}

START_TEST(sys_frame_memory_without_a_frame_is_null_with_fa001_and_the_app_works)
{
    stage_close(&st);
    stage_open(&st, NULL);
    ADD(FA_UPDATE, FA_SYS(asks_outside_a_frame));
    frame();
    EXPECT_TRACE("done ");
}
END_TEST

/* ---- steady state ---------------------------------------------------------------------------------------- */

static void works(fa_sys *s)
{
    char *p = FA_FRAME(s, char, 20000);
    char *q = FA_SCRATCH(s, char, 30000);
    EXPECT(p != NULL && q != NULL);
    memset(p, 1, 20000);
    memset(q, 2, 30000);
}

START_TEST(sys_frames_after_warm_up_make_no_call_of_backing_pool_or_heap)
{
    static char names[100][16];
    for (int i = 0; i < 100; i++) {
        snprintf(names[i], sizeof names[i], "w%d", i);
        fa_system_desc desc = {.name = names[i], .fn = works, .in_set = {i % 2 ? "odd" : "even"}};
        ADD(i % 3 ? FA_UPDATE : FA_FIXED_UPDATE, &desc);
    }
    EXPECT_OK(
        fa_app_configure_set(st.app, FA_UPDATE, "odd",
                             &(fa_set_desc){.run_if = {{.fn = fa_if_resource, .arg = FA_T(fa_memory)}}}));
    for (int i = 0; i < 300; i++) {
        frame();
    }
    uint64_t backing_calls = tracking_total_calls(&st.w.backing);
    fa_allocator_stats before = world_stats(&st.w);
    fa_context_stats ctx_before = context_stats(st.w.ctx);
    for (int i = 0; i < 1000; i++) {
        frame();
    }
    fa_allocator_stats after = world_stats(&st.w);
    fa_context_stats ctx_after = context_stats(st.w.ctx);
    EXPECT_UINT(tracking_total_calls(&st.w.backing), backing_calls);
    EXPECT_UINT(after.committed_bytes, before.committed_bytes);
    EXPECT_UINT(after.pool_objects, before.pool_objects);
    EXPECT_UINT(ctx_after.heap_allocs, ctx_before.heap_allocs);
    EXPECT_UINT(ctx_after.peak_frame_bytes, ctx_before.peak_frame_bytes);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("sys");
    TCase *tcase = support_case(suite, "tags");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, sys_bytes_are_attributed_to_plugin_and_system_to_the_byte);
    tcase_add_test(tcase, sys_pool_blocks_are_attributed_for_as_long_as_they_live);
    tcase_add_test(tcase, sys_tags_are_put_right_after_each_system_and_told);
    tcase = support_case(suite, "lifetimes");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, sys_scratch_is_taken_back_when_the_system_returns_and_frame_memory_is_not);
    tcase_add_test(tcase, sys_scratch_and_bytes_of_a_nested_schedule_are_its_own);
    tcase_add_test(tcase, sys_step_memory_lives_through_its_step_and_not_beyond);
    tcase = support_case(suite, "limits");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, sys_memory_beyond_a_limit_is_null_with_the_reason);
    tcase_add_test(tcase, sys_frame_memory_without_a_frame_is_null_with_fa001_and_the_app_works);
    tcase = support_case(suite, "steady state");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, sys_frames_after_warm_up_make_no_call_of_backing_pool_or_heap);
    return support_run(suite);
}
