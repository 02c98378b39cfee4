/* The codes of the core, each with a program that earns it and its twin, which does nearly the same and must
 * not; those of the app layer are in tests/app/test_codes.c. What else earns a code is in the tests of the
 * part in question: tests/insight/check_codes.sh lists them all, and wants a pair for each. */
#include "core/context.h"
#include "core/support.h"

static world w;

static void setup(void)
{
    world_open(&w, &(fa_allocator_desc){.name = "coded", .frame_max_bytes = 4 << 20});
}
static void teardown(void)
{
    world_close(&w);
}

static void frames(int count, void (*body)(bool wrong), bool wrong)
{
    for (int i = 0; i < count; i++) {
        EXPECT_OK(fa_frame_begin(w.ctx));
        body(wrong);
        EXPECT_OK(fa_frame_end(w.ctx));
    }
}

/* ---- one function per code; wrong: earn it ---------------------------------------------------------------- */

static void fa001(bool wrong)
{
    if (!wrong) {
        EXPECT_OK(fa_frame_begin(w.ctx));
    }
    EXPECT((fa_frame_alloc(w.ctx, 64, 16) == NULL) == wrong);
    if (!wrong) {
        EXPECT_OK(fa_frame_end(w.ctx));
    }
}

static void fa004(bool wrong)
{
    EXPECT_OK(fa_frame_begin(w.ctx));
    EXPECT((fa_frame_alloc(w.ctx, 64, opaque_size(wrong ? 48 : 64)) == NULL) == wrong);
    EXPECT_OK(fa_frame_end(w.ctx));
}

static void fa005(bool wrong)
{
    fa_tag tag = fa_tag_intern(w.allocator, "a");
    if (fa_tag_push(w.ctx, wrong ? tag + 1 : tag) == FA_RESULT_OK) {
        EXPECT_OK(fa_tag_pop(w.ctx));
    }
}

static void fa103(bool wrong)
{
    fa_arena *arena = NULL;
    (void)fa_arena_create(w.ctx, &(fa_arena_desc){.end_canary = wrong ? 1 : 0}, &arena);
    EXPECT((arena == NULL) == wrong);
    EXPECT_OK(fa_arena_destroy(arena));
}

static void fa104(bool wrong)
{
    fa_context *ctx = NULL;
    EXPECT_OK(fa_context_attach(w.allocator, NULL, &ctx));
    EXPECT_OK(fa_frame_begin(ctx));
    if (wrong) {
        EXPECT_RESULT(fa_context_detach(ctx), FRAME_OPEN);
    }
    EXPECT_OK(fa_frame_end(ctx));
    EXPECT_OK(fa_context_detach(ctx));
}

static void take_in_callback(void *user)
{
    if (*(bool *)user) {
        EXPECT(fa_frame_alloc(w.ctx, 8, 8) == NULL);
    } else {
        EXPECT_OK(fa_pool_free(w.ctx, fa_pool_alloc(w.ctx, 8, 8)));
    }
}
static void fa105(bool wrong)
{
    EXPECT_OK(fa_frame_begin(w.ctx));
    EXPECT_OK(fa_frame_on_end(w.ctx, take_in_callback, &wrong));
    EXPECT_OK(fa_frame_end(w.ctx));
}

static void *begin_and_end(void *user)
{
    fa_context *ctx = (fa_context *)user;
    if (fa_context_take_over(ctx) == FA_RESULT_OK && fa_frame_begin(ctx) == FA_RESULT_OK) {
        EXPECT_OK(fa_frame_end(ctx));
        EXPECT_OK(fa_context_hand_over(ctx));
    }
    return NULL;
}
static void fa206(bool wrong)
{
    if (!wrong) {
        EXPECT_OK(fa_context_hand_over(w.ctx));
    }
    on_another_thread(begin_and_end, w.ctx);
    if (!wrong) {
        EXPECT_OK(fa_context_take_over(w.ctx));
    }
}

static void pool_in_frame(bool wrong)
{
    static void *last[4];
    for (int i = 0; i < 4; i++) {
        if (wrong) {
            EXPECT_OK(fa_pool_free(w.ctx, fa_pool_alloc(w.ctx, 64, 8)));
        } else { /* as many, but those of the frame before */
            EXPECT_OK(fa_pool_free(w.ctx, last[i]));
            last[i] = fa_frame_index(w.ctx) % 120 != 0 ? fa_pool_alloc(w.ctx, 64, 8) : NULL;
        }
    }
}
static void fa510(bool wrong)
{
    EXPECT_OK(fa_diagnostics_set(w.ctx, FA_DIAGNOSTICS_SITES));
    frames(120, pool_in_frame, wrong);
    EXPECT_OK(fa_diagnostics_set(w.ctx, FA_DIAGNOSTICS_OFF));
}

static void heap_in_frame(bool wrong)
{
    if (wrong) {
        EXPECT_OK(fa_heap_free(w.ctx, fa_heap_alloc(w.ctx, 64, 8)));
    }
}
static void fa530(bool wrong)
{
    EXPECT_OK(fa_diagnostics_set(w.ctx, FA_DIAGNOSTICS_SITES));
    if (!wrong) {
        for (int i = 0; i < 120; i++) { /* before the loop */
            heap_in_frame(true);
        }
    }
    frames(120, heap_in_frame, wrong);
    EXPECT_OK(fa_diagnostics_set(w.ctx, FA_DIAGNOSTICS_OFF));
}

static void fa540(bool wrong)
{
    EXPECT_OK(fa_frame_begin(w.ctx));
    EXPECT(fa_frame_alloc(w.ctx, 200000, 8) != NULL);
    EXPECT_OK(fa_frame_end(w.ctx));
    EXPECT_OK(fa_steady_begin(w.allocator));
    EXPECT_OK(fa_frame_begin(w.ctx));
    EXPECT(fa_frame_alloc(w.ctx, wrong ? 1000000 : 190000, 8) != NULL);
    EXPECT_OK(fa_frame_end(w.ctx));
    EXPECT_OK(fa_steady_end(w.allocator));
}

static void fa603(bool wrong)
{
    EXPECT_OK(fa_frame_begin(w.ctx));
    if (wrong) {
        EXPECT_RESULT(fa_frame_begin(w.ctx), FRAME_OPEN);
    }
    EXPECT_OK(fa_frame_end(w.ctx));
}

static void fa606(bool wrong)
{
    EXPECT_OK(fa_frame_begin(w.ctx));
    fa_checkpoint mark = fa_frame_mark(w.ctx);
    EXPECT_OK(fa_frame_rewind(w.ctx, mark));
    mark = wrong ? mark : fa_frame_mark(w.ctx);
    EXPECT((fa_frame_rewind(w.ctx, mark) == FA_RESULT_OK) != wrong);
    EXPECT_OK(fa_frame_end(w.ctx));
}

static void fa607(bool wrong)
{
    void *p = fa_pool_alloc(w.ctx, 64, 8);
    EXPECT_OK(fa_pool_free(w.ctx, p));
    if (wrong) {
        EXPECT_RESULT(fa_pool_free(w.ctx, opaque(p)), DOUBLE_FREE);
    }
}

static void fa608(bool wrong)
{
    fa_allocator *allocator = NULL;
    fa_context *ctx = NULL;
    fa_allocator_desc desc = {.handler = {recorder_handle, &w.rec}};
    EXPECT_OK(fa_allocator_create(&desc, &allocator));
    EXPECT_OK(fa_context_attach(allocator, NULL, &ctx));
    void *p = fa_pool_alloc(ctx, 64, 8);
    if (!wrong) {
        EXPECT_OK(fa_pool_free(ctx, p));
    }
    EXPECT_OK(fa_allocator_destroy(allocator));
}

static void fa804(bool wrong)
{
    EXPECT_OK(fa_tag_push(w.ctx, fa_tag_intern(w.allocator, "a")));
    EXPECT_OK(fa_tag_pop(w.ctx));
    if (wrong) {
        EXPECT_RESULT(fa_tag_pop(w.ctx), UNBALANCED);
    }
}

static void fa901(bool wrong)
{
    fai_context *ctx = fai_ctx(w.ctx);
    EXPECT_OK(fa_frame_begin(w.ctx));
    uintptr_t mark = ctx->tag_mark;
    ctx->tag_mark = wrong ? 7 : mark; /* as a stray write would */
    EXPECT(fa_allocator_validate(w.allocator) != wrong);
    ctx->tag_mark = mark;
    EXPECT_OK(fa_frame_end(w.ctx));
}

/* ---- threads ---------------------------------------------------------------------------------------------- */

static void nothing(fa_context *ctx, void *user)
{
    (void)ctx;
    (void)user;
}
static void fa205(bool wrong)
{
    fa_workers *workers = NULL;
    fa_job job = {.fn = nothing, .joiner_only = true, .name = "late"};
    EXPECT_OK(fa_workers_start(w.ctx, NULL, &workers));
    EXPECT_OK(fa_frame_begin(w.ctx));
    EXPECT_OK(fa_workers_submit(workers, &job));
    if (wrong) {
        EXPECT_RESULT(fa_frame_end(w.ctx), BUSY);
    }
    EXPECT_OK(fa_workers_join(workers, FA_WAIT_FOREVER));
    EXPECT_OK(fa_frame_end(w.ctx));
    EXPECT_OK(fa_workers_stop(workers, FA_WAIT_FOREVER));
}

static void fa207(bool wrong)
{
    fa_workers *workers = NULL;
    fa_job job = {.fn = nothing, .joiner_only = true, .name = "twice"};
    EXPECT_OK(fa_workers_start(w.ctx, NULL, &workers));
    EXPECT_OK(fa_workers_submit(workers, &job));
    if (wrong) {
        EXPECT_RESULT(fa_workers_submit(workers, &job), BUSY);
    }
    EXPECT_OK(fa_workers_join(workers, FA_WAIT_FOREVER));
    EXPECT_OK(fa_workers_submit(workers, &job)); /* joined: it may come again */
    EXPECT_OK(fa_workers_join(workers, FA_WAIT_FOREVER));
    EXPECT_OK(fa_workers_stop(workers, FA_WAIT_FOREVER));
}

static void fa208(bool wrong)
{
    fa_barrier *barrier = NULL;
    EXPECT_OK(fa_barrier_create(w.allocator, 1, &barrier));
    EXPECT_OK(fa_barrier_join(barrier, w.ctx));
    if (wrong) {
        EXPECT_RESULT(fa_barrier_join(barrier, w.ctx), EXISTS);
    }
    EXPECT_OK(fa_barrier_wait(barrier, w.ctx, 0));
    EXPECT_OK(fa_barrier_leave(barrier, w.ctx));
    EXPECT_OK(fa_barrier_destroy(barrier));
}

static void fa209(bool wrong)
{
    fa_context *other = NULL;
    fa_transfer *ticket = NULL;
    void *p = NULL;
    EXPECT_OK(fa_context_attach(w.allocator, NULL, &other));
    EXPECT_OK(fa_transfer_send(other, fa_pool_alloc(other, 100, 8), 0, &ticket));
    if (wrong) {
        EXPECT_RESULT(fa_transfer_cancel(w.ctx, ticket, &p), INVALID_ARGUMENT);
    }
    EXPECT_OK(fa_transfer_cancel(other, ticket, &p));
    EXPECT_OK(fa_pool_free(other, p));
    EXPECT_OK(fa_context_detach(other));
}

/* ---- handles, streams -------------------------------------------------------------------------------------- */

static void fa401(bool wrong)
{
    fa_handle_heap *heap = NULL;
    EXPECT_OK(fa_handle_heap_create(w.ctx, NULL, &heap));
    fa_handle handle = fa_handle_alloc(w.ctx, heap, 64, 8);
    EXPECT_OK(fa_handle_free(w.ctx, heap, handle));
    EXPECT(!fa_handle_is_live(w.ctx, heap, handle)); /* asking is right */
    if (wrong) {
        EXPECT(fa_handle_pin(w.ctx, heap, handle) == NULL);
    }
    EXPECT_OK(fa_handle_heap_destroy(w.ctx, heap));
}

static void fa402(bool wrong)
{
    fa_handle_heap *heap = NULL;
    EXPECT_OK(fa_handle_heap_create(w.ctx, NULL, &heap));
    fa_handle handle = fa_handle_alloc(w.ctx, heap, 64, 8);
    EXPECT(fa_handle_pin(w.ctx, heap, handle) != NULL);
    if (wrong) {
        EXPECT_RESULT(fa_handle_free(w.ctx, heap, handle), BUSY);
    }
    EXPECT_OK(fa_handle_unpin(w.ctx, heap, handle));
    EXPECT_OK(fa_handle_free(w.ctx, heap, handle));
    EXPECT_OK(fa_handle_heap_destroy(w.ctx, heap));
}

static void fa403(bool wrong)
{
    static const char data[100];
    fa_stream_cache *cache = NULL;
    fa_stream stream;
    EXPECT_OK(fa_stream_cache_create(w.ctx, &(fa_stream_cache_desc){.budget_bytes = 4096}, &cache));
    EXPECT_OK(fa_stream_reserve(w.ctx, cache, &(fa_stream_desc){.name = "s", .bytes = 100}, &stream));
    EXPECT_OK(fa_stream_write(w.ctx, cache, stream, data, 99));
    if (wrong) {
        EXPECT_RESULT(fa_stream_ready(w.ctx, cache, stream), BUSY);
    }
    EXPECT_OK(fa_stream_write(w.ctx, cache, stream, data, 1));
    EXPECT_OK(fa_stream_ready(w.ctx, cache, stream));
    EXPECT_OK(fa_stream_cache_destroy(w.ctx, cache));
}

/* ---- retention --------------------------------------------------------------------------------------------- */

enum { MOST_KEPT = 20 };
static fa_retained ids[MOST_KEPT];

/* A frame with so many blocks, the first ones retained. */
static void frame_that_keeps(int blocks, int kept)
{
    EXPECT_OK(fa_frame_begin(w.ctx));
    for (int i = 0; i < blocks; i++) {
        void *p = fa_frame_alloc(w.ctx, 64, 8);
        if (i < kept) {
            ids[i] = fa_frame_retain(w.ctx, p, 64, 8, FA_RETAIN_POOL, NULL);
        }
    }
    EXPECT_OK(fa_frame_end(w.ctx));
}
static void free_kept(int kept)
{
    for (int i = 0; i < kept; i++) {
        void *p = NULL;
        EXPECT_OK(fa_retained_take(w.ctx, ids[i], &p));
        EXPECT_OK(fa_pool_free(w.ctx, p));
    }
}

/* Judge by one threshold alone. */
static void judge(fa_behaviour_thresholds thresholds)
{
    thresholds.kept_frames = thresholds.kept_frames != 0 ? thresholds.kept_frames : 1000000;
    thresholds.kept_percent = thresholds.kept_percent != 0 ? thresholds.kept_percent : 100;
    thresholds.promotion_percent = thresholds.promotion_percent != 0 ? thresholds.promotion_percent : 100;
    EXPECT_OK(fa_diagnostics_set(w.ctx, FA_DIAGNOSTICS_SITES));
    EXPECT_OK(fa_behaviour_set(w.ctx, &thresholds));
}

static void fa501(bool wrong)
{
    judge((fa_behaviour_thresholds){.kept_frames = 60});
    frame_that_keeps(100, MOST_KEPT);
    for (int i = 0; i < 240; i++) {
        if (i == (wrong ? 239 : 10)) {
            free_kept(MOST_KEPT);
        }
        frame_that_keeps(1, 0);
    }
    EXPECT_OK(fa_diagnostics_set(w.ctx, FA_DIAGNOSTICS_OFF));
}

static void fa502(bool wrong)
{
    judge((fa_behaviour_thresholds){.kept_percent = 50});
    for (int i = 0; i < 240; i++) {
        frame_that_keeps(10, wrong ? 6 : 5);
        free_kept(wrong ? 6 : 5);
    }
    EXPECT_OK(fa_diagnostics_set(w.ctx, FA_DIAGNOSTICS_OFF));
}

static void fa520(bool wrong)
{
    judge((fa_behaviour_thresholds){.promotion_percent = 50});
    for (int i = 0; i < 240; i++) {
        int kept = wrong || i % 2 == 0 ? 1 : 0;
        frame_that_keeps(10, kept);
        free_kept(kept);
    }
    EXPECT_OK(fa_diagnostics_set(w.ctx, FA_DIAGNOSTICS_OFF));
}

static void fa604(bool wrong)
{
    EXPECT_OK(fa_frame_begin(w.ctx));
    void *p = fa_frame_alloc(w.ctx, 64, 8);
    fa_retained id = fa_frame_retain(w.ctx, p, 64, 8, FA_RETAIN_POOL, NULL);
    if (wrong) {
        EXPECT_RESULT(fa_retained_take(w.ctx, id, &p), FRAME_OPEN);
    }
    EXPECT_OK(fa_frame_end(w.ctx));
    EXPECT_OK(fa_retained_take(w.ctx, id, &p));
    EXPECT_OK(fa_pool_free(w.ctx, p));
}

static void fa605(bool wrong)
{
    EXPECT_OK(fa_frame_begin(w.ctx));
    void *p = fa_frame_alloc(w.ctx, 64, 8);
    fa_retained id = fa_frame_retain(w.ctx, p, 64, 8, wrong ? FA_RETAIN_DISCARD : FA_RETAIN_HEAP, NULL);
    EXPECT_OK(fa_frame_end(w.ctx));
    if (wrong) {
        EXPECT_RESULT(fa_retained_take(w.ctx, id, &p), NOT_FOUND);
    } else {
        EXPECT_OK(fa_retained_take(w.ctx, id, &p));
        EXPECT_OK(fa_heap_free(w.ctx, p));
    }
}

/* ---- tasks ------------------------------------------------------------------------------------------------- */

static void fa701(bool wrong)
{
    fa_task *task = NULL;
    EXPECT_OK(fa_task_create(w.ctx, "task", &task));
    EXPECT_OK(fa_frame_begin(w.ctx));
    EXPECT_OK(fa_task_enter(task, w.ctx));
    if (wrong) {
        EXPECT(fa_frame_alloc(w.ctx, 64, 8) == NULL);
    }
    EXPECT(fa_task_alloc(task, w.ctx, 64, 8) != NULL);
    EXPECT_OK(fa_task_leave(task, w.ctx));
    EXPECT(fa_frame_alloc(w.ctx, 64, 8) != NULL);
    EXPECT_OK(fa_frame_end(w.ctx));
    EXPECT_OK(fa_task_end(task, w.ctx));
}

static void fa704(bool wrong)
{
    fa_task *outer = NULL;
    fa_task *inner = NULL;
    EXPECT_OK(fa_task_create(w.ctx, "outer", &outer));
    EXPECT_OK(fa_task_create(w.ctx, "inner", &inner));
    EXPECT_OK(fa_task_enter(outer, w.ctx));
    EXPECT_OK(fa_task_enter(inner, w.ctx));
    if (wrong) {
        EXPECT_RESULT(fa_task_leave(outer, w.ctx), BUSY);
    }
    EXPECT_OK(fa_task_leave(inner, w.ctx));
    EXPECT_OK(fa_task_leave(outer, w.ctx));
    EXPECT_OK(fa_task_end(inner, w.ctx));
    EXPECT_OK(fa_task_end(outer, w.ctx));
}

/* ---- the table -------------------------------------------------------------------------------------------- */

static const struct row {
    fa_diagnostic_code code;
    void (*run)(bool wrong);
} rows[] = {{FA_CODE_FA001, fa001}, {FA_CODE_FA004, fa004}, {FA_CODE_FA005, fa005}, {FA_CODE_FA103, fa103},
            {FA_CODE_FA104, fa104}, {FA_CODE_FA105, fa105}, {FA_CODE_FA206, fa206}, {FA_CODE_FA510, fa510},
            {FA_CODE_FA530, fa530}, {FA_CODE_FA540, fa540}, {FA_CODE_FA603, fa603}, {FA_CODE_FA606, fa606},
            {FA_CODE_FA607, fa607}, {FA_CODE_FA608, fa608}, {FA_CODE_FA804, fa804}, {FA_CODE_FA901, fa901},
            {FA_CODE_FA205, fa205}, {FA_CODE_FA207, fa207}, {FA_CODE_FA208, fa208}, {FA_CODE_FA209, fa209},
            {FA_CODE_FA401, fa401}, {FA_CODE_FA402, fa402}, {FA_CODE_FA403, fa403}, {FA_CODE_FA501, fa501},
            {FA_CODE_FA502, fa502}, {FA_CODE_FA520, fa520}, {FA_CODE_FA604, fa604}, {FA_CODE_FA605, fa605},
            {FA_CODE_FA701, fa701}, {FA_CODE_FA704, fa704}};

#define ROWS ((int)(sizeof rows / sizeof rows[0]))

START_TEST(codes_are_earned_by_what_is_wrong)
{
    const struct row *row = &rows[_i];
    row->run(true);
    EXPECTF(w.rec.count >= 1, "%s was not told", support_codes[row->code]);
    for (unsigned i = 0; i < w.rec.count; i++) {
        EXPECTF(w.rec.items[i].id == row->code, "%s instead of %s: %s", w.rec.items[i].code,
                support_codes[row->code], w.rec.items[i].message);
    }
    const char *file =
        row->code == FA_CODE_FA901 ? "validate.c:" : "test_codes.c:"; /* who wrote is not known */
    EXPECTF(strstr(w.rec.items[0].here, file) != NULL, "%s", w.rec.items[0].here);
    EXPECTF(w.rec.problem[0] == '\0', "%s", w.rec.problem); /* complete: site, thread, hint ... */
    recorder_clear(&w.rec);
}
END_TEST

START_TEST(codes_are_silent_about_what_is_right)
{
    rows[_i].run(false);
    world_expect_quiet(&w);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("codes");
    TCase *tcase = support_case(suite, "earned");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_loop_test(tcase, codes_are_earned_by_what_is_wrong, 0, ROWS);
    tcase_add_loop_test(tcase, codes_are_silent_about_what_is_right, 0, ROWS);
    return support_run(suite);
}
