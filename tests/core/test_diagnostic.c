/* Diagnostics: one table; every report is complete; handlers may do what the header allows. */
#include "core/support.h"

static world w;

static void setup(void)
{
    world_open(&w, &(fa_allocator_desc){.name = "diagnosed", .frame_max_bytes = 1 << 20});
}
static void teardown(void)
{
    world_close(&w);
}

/* ---- table -----------------------------------------------------------------------------------------------
 */

START_TEST(diagnostic_names_titles_and_hints_are_those_of_the_table)
{
#define FA_X(code, severity, title, hint)                       \
    EXPECT_STR(fa_diagnostic_code_name(FA_CODE_##code), #code); \
    EXPECT_STR(fa_diagnostic_title(FA_CODE_##code), title);     \
    EXPECT_STR(fa_diagnostic_hint(FA_CODE_##code), hint);
    FA_DIAGNOSTIC_TABLE(FA_X)
#undef FA_X
}
END_TEST

START_TEST(diagnostic_codes_have_the_form_fa_and_three_digits_and_ascend)
{
    const char *last = "";
    for (unsigned i = 0; i < FA_CODE_COUNT; i++) {
        const char *code = fa_diagnostic_code_name((fa_diagnostic_code)i);
        EXPECT_UINT(strlen(code), 5);
        EXPECT_UINT(strspn(code, "FA"), 2);
        EXPECT_UINT(strspn(code + 2, "0123456789"), 3);
        EXPECT(strcmp(last, code) < 0);
        last = code;
    }
}
END_TEST

START_TEST(diagnostic_code_out_of_range_gives_fa000)
{
    static const int strangers[] = {FA_CODE_COUNT, FA_CODE_COUNT + 1, INT32_MAX, -1, INT32_MIN};
    for (unsigned i = 0; i < sizeof strangers / sizeof strangers[0]; i++) {
        volatile int number = strangers[i];
        fa_diagnostic_code stranger;
        memcpy(&stranger, (const void *)&number, sizeof stranger);
        EXPECT_STR(fa_diagnostic_code_name(stranger), "FA000");
        EXPECT_STR(fa_diagnostic_title(stranger), "unknown code");
        EXPECT_STR(fa_diagnostic_hint(stranger), "");
    }
}
END_TEST

/* ---- format ----------------------------------------------------------------------------------------------
 */

static fa_diagnostic sample(void)
{
    fa_diagnostic d;
    memset(&d, 0, sizeof d);
    d.code = "FA607";
    d.severity = "error";
    d.message = "the block 0x1234 of 48 bytes is already free";
    d.hint = "free each block once";
    d.tag = "physics/contacts";
    d.here = "solver.c:77";
    d.earlier = "island.c:12";
    d.first_free = "island.c:99";
    d.thread = "worker 3";
    d.allocator = "level two";
    d.frame = 4711;
    d.address = (const void *)(uintptr_t)0x1234;
    d.bytes = 48;
    d.result = FA_RESULT_DOUBLE_FREE;
    d.id = FA_CODE_FA607;
    return d;
}

START_TEST(diagnostic_format_says_everything_in_one_paragraph)
{
    fa_diagnostic d = sample();
    char text[2048];
    size_t length = fa_diagnostic_format(&d, text, sizeof text);
    EXPECT_UINT(length, strlen(text));
    static const char *const parts[] = {"FA607",
                                        "error",
                                        "the block 0x1234 of 48 bytes is already free",
                                        "solver.c:77",
                                        "island.c:12",
                                        "island.c:99",
                                        "worker 3",
                                        "level two",
                                        "physics/contacts",
                                        "4711",
                                        "free each block once"};
    for (unsigned i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        EXPECTF(strstr(text, parts[i]) != NULL, "\"%s\" is missing in: %s", parts[i], text);
    }
    EXPECT(text[length - 1] == '\n');
    EXPECT(strstr(text, "\n\n") == NULL); /* a paragraph, no gap in it */
}
END_TEST

START_TEST(diagnostic_format_leaves_out_what_is_unknown)
{
    fa_diagnostic d = sample();
    d.earlier = NULL;
    d.first_free = NULL;
    d.tag = NULL;
    d.address = NULL;
    d.bytes = 0;
    char text[2048];
    size_t length = fa_diagnostic_format(&d, text, sizeof text);
    EXPECT_UINT(length, strlen(text));
    EXPECT(strstr(text, "null") == NULL);
    EXPECT(strstr(text, "solver.c:77") != NULL);
}
END_TEST

START_TEST(diagnostic_format_is_cut_at_every_capacity_as_snprintf_does)
{
    fa_diagnostic d = sample();
    char whole[2048];
    char text[2100];
    size_t length = fa_diagnostic_format(&d, whole, sizeof whole);
    EXPECT_UINT(fa_diagnostic_format(&d, NULL, 0), length);
    for (size_t capacity = 0; capacity <= length + 2; capacity++) {
        memset(text, 0x55, sizeof text);
        EXPECT_UINT(fa_diagnostic_format(&d, text, capacity), length);
        size_t kept = capacity == 0 ? 0 : (capacity - 1 < length ? capacity - 1 : length);
        EXPECT(memcmp(text, whole, kept) == 0);
        EXPECT(capacity == 0 || text[kept] == '\0');
        EXPECT(all_bytes_are(text + capacity, sizeof text - capacity, 0x55));
    }
}
END_TEST

START_TEST(diagnostic_format_takes_messages_of_any_length_and_percent_signs)
{
    static char message[20000];
    memset(message, 'm', sizeof message - 1);
    memcpy(message, "%s%n%d", 6);
    fa_diagnostic d = sample();
    d.message = message;
    static char text[30000];
    size_t length = fa_diagnostic_format(&d, text, sizeof text);
    EXPECT(length > sizeof message && length < sizeof text);
    EXPECT_UINT(strlen(text), length);
    EXPECT(strstr(text, message) != NULL);
}
END_TEST

/* ---- what the handler gets
 * --------------------------------------------------------------------------------- */

START_TEST(diagnostic_of_a_second_begin_tells_where_the_frame_was_begun)
{
    EXPECT_OK(fa_frame_begin(w.ctx));
    EXPECT_OK(fa_frame_end(w.ctx));
    int begin_line = __LINE__ + 1;
    EXPECT_OK(fa_frame_begin(w.ctx));
    fa_tag tag = fa_tag_intern(w.allocator, "ai/paths");
    EXPECT_OK(fa_tag_push(w.ctx, tag));
    EXPECT_RESULT(fa_frame_begin(w.ctx), FRAME_OPEN);
    int second_line = __LINE__ - 1;
    EXPECT_UINT(w.rec.count, 1);
    const recorded *d = &w.rec.items[0];
    char site[64];
    (void)snprintf(site, sizeof site, "test_diagnostic.c:%d", begin_line);
    EXPECT(d->id == FA_CODE_FA603 && d->result == FA_RESULT_FRAME_OPEN);
    EXPECTF(strstr(d->earlier, site) != NULL, "earlier is %s, expected %s", d->earlier, site);
    (void)snprintf(site, sizeof site, "test_diagnostic.c:%d", second_line);
    EXPECTF(strstr(d->here, site) != NULL, "here is %s, expected %s", d->here, site);
    EXPECT_STR(d->tag, "ai/paths");
    EXPECT_STR(d->allocator, "diagnosed");
    EXPECT_UINT(d->frame, 2);
    EXPECT(strcmp(d->first_free, "(null)") == 0);
    w.rec.count = 0;
    EXPECT_OK(fa_tag_pop(w.ctx));
    EXPECT_OK(fa_frame_end(w.ctx));
}
END_TEST

START_TEST(diagnostic_before_the_first_frame_says_frame_0_and_untagged)
{
    EXPECT_RESULT(fa_frame_end(w.ctx), NO_FRAME);
    EXPECT_UINT(w.rec.count, 1);
    EXPECT_UINT(w.rec.items[0].frame, 0);
    EXPECT_STR(w.rec.items[0].tag, "untagged");
    w.rec.count = 0;
}
END_TEST

START_TEST(diagnostic_of_a_double_free_tells_all_three_sites)
{
    fa_tag tag = fa_tag_intern(w.allocator, "audio/voices");
    EXPECT_OK(fa_tag_push(w.ctx, tag));
    int alloc_line = __LINE__ + 1;
    void *p = opaque(fa_pool_alloc(w.ctx, 48, 16));
    EXPECT_OK(fa_tag_pop(w.ctx));
    int free_line = __LINE__ + 1;
    EXPECT_OK(fa_pool_free(w.ctx, p));
    EXPECT_RESULT(fa_pool_free(w.ctx, p), DOUBLE_FREE);
    EXPECT_UINT(w.rec.count, 1);
    const recorded *d = &w.rec.items[0];
    char site[64];
    (void)snprintf(site, sizeof site, "test_diagnostic.c:%d", alloc_line);
    EXPECTF(strstr(d->earlier, site) != NULL, "earlier is %s, expected %s", d->earlier, site);
    (void)snprintf(site, sizeof site, "test_diagnostic.c:%d", free_line);
    EXPECTF(strstr(d->first_free, site) != NULL, "first_free is %s, expected %s", d->first_free, site);
    EXPECT(d->address == p);
    EXPECT_UINT(d->bytes, 48);
    EXPECT_STR(d->tag, "audio/voices");
    w.rec.count = 0;
}
END_TEST

START_TEST(diagnostic_count_grows_with_every_report)
{
    uint64_t before = world_stats(&w).diagnostics;
    for (unsigned i = 0; i < 10; i++) {
        EXPECT_RESULT(fa_frame_end(w.ctx), NO_FRAME);
    }
    EXPECT_UINT(w.rec.count, 10);
    EXPECT_UINT(world_stats(&w).diagnostics, before + 10);
    w.rec.count = 0;
}
END_TEST

/* ---- inside a handler
 * -------------------------------------------------------------------------------------- */

static int nested_depth;
static int nested_calls;
static fa_result nested_result;

static void break_a_promise_again(void *user, const fa_diagnostic *d)
{
    (void)d;
    nested_depth++;
    nested_calls++;
    EXPECT(nested_depth == 1);
    nested_result = fa_frame_end((fa_context *)user);
    nested_depth--;
}

START_TEST(diagnostic_caused_inside_a_handler_is_dropped_and_the_call_still_refused)
{
    nested_depth = nested_calls = 0;
    nested_result = FA_RESULT_OK;
    w.rec.and_then = break_a_promise_again;
    w.rec.and_then_user = w.ctx;
    EXPECT_RESULT(fa_frame_end(w.ctx), NO_FRAME);
    EXPECT_UINT(nested_calls, 1);
    EXPECT(nested_result == FA_RESULT_NO_FRAME);
    EXPECT_UINT(w.rec.count, 1);
    EXPECT_RESULT(fa_frame_end(w.ctx), NO_FRAME); /* the guard has been taken away again */
    EXPECT_UINT(nested_calls, 2);
    EXPECT_UINT(w.rec.count, 2);
    w.rec.and_then = NULL;
    w.rec.count = 0;
}
END_TEST

static void use_everything(void *user, const fa_diagnostic *d)
{
    (void)d;
    fa_context *ctx = (fa_context *)user;
    fa_allocator *allocator = fa_context_allocator(ctx);
    void *frame = fa_frame_alloc(ctx, 100, 8);
    void *pool = fa_pool_alloc(ctx, 100, 8);
    void *large = fa_pool_alloc(ctx, 100000, 8);
    void *heap = fa_heap_alloc(ctx, 100, 8);
    EXPECT(frame != NULL && pool != NULL && heap != NULL && large != NULL);
    EXPECT_OK(fa_pool_free(ctx, pool));
    EXPECT_OK(fa_pool_free(ctx, large));
    EXPECT_OK(fa_heap_free(ctx, heap));
    EXPECT(fa_tag_intern(allocator, "from/inside/a/handler") != FA_TAG_INVALID);
    fa_allocator_stats stats;
    EXPECT_OK(fa_allocator_stats_get(allocator, &stats));
    EXPECT(fa_allocator_contains(allocator, frame));
    nested_calls++;
}

START_TEST(diagnostic_handler_may_call_the_sdk)
{
    nested_calls = 0;
    EXPECT_OK(fa_frame_begin(w.ctx));
    w.rec.and_then = use_everything;
    w.rec.and_then_user = w.ctx;
    int stack = 0;
    EXPECT_RESULT(fa_frame_begin(w.ctx), FRAME_OPEN);
    EXPECT_RESULT(fa_pool_free(w.ctx, opaque(&stack)), FOREIGN_POINTER);
    EXPECT_RESULT(fa_heap_free(w.ctx, opaque(&stack)), FOREIGN_POINTER);
    EXPECT_RESULT(fa_tag_pop(w.ctx), UNBALANCED);
    void *p = fa_pool_alloc(w.ctx, 10, 3);
    EXPECT(p == NULL);
    p = fa_heap_alloc(w.ctx, 10, 3);
    EXPECT(p == NULL);
    p = fa_frame_alloc(w.ctx, 10, 3);
    EXPECT(p == NULL);
    EXPECT_UINT(nested_calls, 7);
    EXPECT_UINT(w.rec.count, 7);
    w.rec.and_then = NULL;
    w.rec.count = 0;
    EXPECT_OK(fa_frame_end(w.ctx));
}
END_TEST

static void *report_from_a_thread(void *user)
{
    fa_context *ctx = NULL;
    EXPECT_OK(fa_context_attach((fa_allocator *)user, NULL, &ctx));
    for (int i = 0; i < 200; i++) {
        EXPECT_RESULT(fa_frame_end(ctx), NO_FRAME);
    }
    EXPECT_OK(fa_context_detach(ctx));
    return NULL;
}

START_TEST(diagnostic_of_one_thread_is_not_dropped_because_of_another_threads_handler)
{
    pthread_t threads[4];
    for (int i = 0; i < 4; i++) {
        EXPECT(pthread_create(&threads[i], NULL, report_from_a_thread, w.allocator) == 0);
    }
    for (int i = 0; i < 4; i++) {
        EXPECT(pthread_join(threads[i], NULL) == 0);
    }
    EXPECT_UINT(w.rec.count, 800);
    EXPECT_UINT(world_stats(&w).diagnostics, 800);
    w.rec.count = 0;
}
END_TEST

static fa_result detach_result;
static void detach_inside(void *user, const fa_diagnostic *d)
{
    (void)user;
    if (d->id == FA_CODE_FA603) {
        detach_result = fa_context_detach(w.ctx);
    }
}

START_TEST(diagnostic_handler_that_detaches_a_context_is_refused)
{
    EXPECT_OK(fa_frame_begin(w.ctx));
    w.rec.and_then = detach_inside;
    EXPECT_RESULT(fa_frame_begin(w.ctx), FRAME_OPEN);
    EXPECT(detach_result == FA_RESULT_REENTRANT);
    w.rec.and_then = NULL;
    w.rec.count = 0;
    EXPECT_OK(fa_frame_end(w.ctx));
}
END_TEST

/* ---- handler and strictness at run time
 * -------------------------------------------------------------------- */

static void count_only(void *user, const fa_diagnostic *d)
{
    (void)d;
    ++*(int *)user;
}

START_TEST(diagnostic_handler_can_be_replaced_at_run_time)
{
    int count = 0;
    fa_allocator_set_handler(w.allocator, (fa_diagnostic_handler){count_only, &count});
    EXPECT_RESULT(fa_frame_end(w.ctx), NO_FRAME);
    EXPECT_UINT(count, 1);
    EXPECT_UINT(w.rec.count, 0);
    fa_allocator_set_handler(w.allocator, (fa_diagnostic_handler){recorder_handle, &w.rec});
    EXPECT_RESULT(fa_frame_end(w.ctx), NO_FRAME);
    EXPECT_UINT(count, 1);
    EXPECT_UINT(w.rec.count, 1);
    w.rec.count = 0;
}
END_TEST

static void report_to_stderr(void *user)
{
    (void)user;
    fa_allocator *allocator = NULL;
    fa_context *ctx = NULL;
    fa_allocator_desc desc = {.name = "loud one", .strictness = FA_STRICT_REPORT};
    if (fa_allocator_create(&desc, &allocator) != FA_RESULT_OK ||
        fa_context_attach(allocator, NULL, &ctx) != FA_RESULT_OK || fa_frame_end(ctx) != FA_RESULT_NO_FRAME ||
        fa_allocator_destroy(allocator) != FA_RESULT_OK) {
        _exit(3);
    }
}

START_TEST(diagnostic_goes_to_stderr_where_no_handler_is_given)
{
    char text[4096];
    EXPECT_UINT(in_a_child(report_to_stderr, NULL, text, sizeof text), 0);
    EXPECTF(strstr(text, "FA603") != NULL && strstr(text, "test_diagnostic.c:") != NULL &&
                strstr(text, "loud one") != NULL && strstr(text, fa_diagnostic_hint(FA_CODE_FA603)) != NULL,
            "%s", text);
}
END_TEST

static void report_after_handler_taken_away(void *user)
{
    (void)user;
    fa_allocator_set_handler(w.allocator, (fa_diagnostic_handler){NULL, NULL});
    if (fa_frame_end(w.ctx) != FA_RESULT_NO_FRAME || w.rec.count != 0) {
        _exit(3);
    }
}

START_TEST(diagnostic_goes_to_stderr_again_when_the_handler_is_set_to_zero)
{
    char text[4096];
    EXPECT_UINT(in_a_child(report_after_handler_taken_away, NULL, text, sizeof text), 0);
    EXPECTF(strstr(text, "FA603") != NULL, "%s", text);
}
END_TEST

static void abort_by_runtime_strictness(void *user)
{
    fa_allocator_set_strictness(w.allocator, *(const fa_strictness *)user);
    (void)fa_frame_end(w.ctx);
}

START_TEST(diagnostic_strictness_can_be_changed_at_run_time)
{
    fa_strictness strictness = FA_STRICT_REPORT;
    EXPECT(in_a_child(abort_by_runtime_strictness, &strictness, NULL, 0) == 0);
    strictness = FA_STRICT_ABORT;
    EXPECT(in_a_child(abort_by_runtime_strictness, &strictness, NULL, 0) != 0);
    EXPECT(fa_allocator_resolved_desc(w.allocator)->strictness == FA_STRICT_REPORT);
    fa_allocator_set_strictness(w.allocator, FA_STRICT_REPORT);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("diagnostic");
    TCase *tcase = support_case(suite, "table");
    tcase_add_test(tcase, diagnostic_names_titles_and_hints_are_those_of_the_table);
    tcase_add_test(tcase, diagnostic_codes_have_the_form_fa_and_three_digits_and_ascend);
    tcase_add_test(tcase, diagnostic_code_out_of_range_gives_fa000);
    tcase = support_case(suite, "format");
    tcase_add_test(tcase, diagnostic_format_says_everything_in_one_paragraph);
    tcase_add_test(tcase, diagnostic_format_leaves_out_what_is_unknown);
    tcase_add_test(tcase, diagnostic_format_is_cut_at_every_capacity_as_snprintf_does);
    tcase_add_test(tcase, diagnostic_format_takes_messages_of_any_length_and_percent_signs);
    tcase = support_case(suite, "handler");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, diagnostic_of_a_second_begin_tells_where_the_frame_was_begun);
    tcase_add_test(tcase, diagnostic_before_the_first_frame_says_frame_0_and_untagged);
    tcase_add_test(tcase, diagnostic_of_a_double_free_tells_all_three_sites);
    tcase_add_test(tcase, diagnostic_count_grows_with_every_report);
    tcase_add_test(tcase, diagnostic_caused_inside_a_handler_is_dropped_and_the_call_still_refused);
    tcase_add_test(tcase, diagnostic_handler_may_call_the_sdk);
    tcase_add_test(tcase, diagnostic_of_one_thread_is_not_dropped_because_of_another_threads_handler);
    tcase_add_test(tcase, diagnostic_handler_that_detaches_a_context_is_refused);
    tcase_add_test(tcase, diagnostic_handler_can_be_replaced_at_run_time);
    tcase_add_test(tcase, diagnostic_goes_to_stderr_where_no_handler_is_given);
    tcase_add_test(tcase, diagnostic_goes_to_stderr_again_when_the_handler_is_set_to_zero);
    tcase_add_test(tcase, diagnostic_strictness_can_be_changed_at_run_time);
    return support_run(suite);
}
