/* What follows a diagnostic: go on, stop in the debugger, or abort. Each case must end as its name says. */
#include <signal.h>

#include "core/support.h"

static fa_context *context_with(fa_strictness strictness)
{
    static recorder rec;
    fa_allocator *allocator = NULL;
    fa_context *ctx = NULL;
    recorder_open(&rec);
    fa_allocator_desc desc = {.strictness = strictness, .handler = {recorder_handle, &rec}};
    EXPECT_OK(fa_allocator_create(&desc, &allocator));
    EXPECT_OK(fa_context_attach(allocator, NULL, &ctx));
    return ctx;
}

static void break_a_promise(void *user)
{
    (void)fa_frame_end(context_with(*(fa_strictness *)user));
}

START_TEST(strict_report_goes_on_and_gives_the_error)
{
    fa_context *ctx = context_with(FA_STRICT_REPORT);
    EXPECT_RESULT(fa_frame_end(ctx), NO_FRAME);
    EXPECT_OK(fa_allocator_destroy(fa_context_allocator(ctx)));
}
END_TEST

START_TEST(strict_trap_traps)
{
    (void)fa_frame_end(context_with(FA_STRICT_TRAP));
}
END_TEST

START_TEST(strict_abort_aborts)
{
    (void)fa_frame_end(context_with(FA_STRICT_ABORT));
}
END_TEST

START_TEST(strict_default_aborts_in_debug_builds_and_reports_in_others)
{
    fa_strictness strictness = FA_STRICT_DEFAULT;
    int status = in_a_child(break_a_promise, &strictness, NULL, 0);
#if defined(FA_DEBUG)
    EXPECTF(status == -SIGABRT, "status %d", status);
#else
    EXPECTF(status == 0, "status %d", status);
#endif
}
END_TEST

START_TEST(strict_default_without_any_desc_does_the_same)
{
    fa_allocator *allocator = NULL;
    EXPECT_OK(fa_allocator_create(NULL, &allocator));
    fa_strictness resolved = fa_allocator_resolved_desc(allocator)->strictness;
    EXPECT_OK(fa_allocator_destroy(allocator));
#if defined(FA_DEBUG)
    EXPECT(resolved == FA_STRICT_ABORT);
#else
    EXPECT(resolved == FA_STRICT_REPORT);
#endif
}
END_TEST

static void break_it_under(void *user)
{
    (void)setenv("FA_STRICT", user, 1);
    fa_strictness strictness = strcmp(user, "abort") == 0 ? FA_STRICT_REPORT : FA_STRICT_ABORT;
    (void)fa_frame_end(context_with(strictness));
}

START_TEST(strict_environment_takes_the_place_of_the_desc)
{
    char words[][8] = {"report", "trap", "abort"};
    static const int endings[] = {0, -SIGTRAP, -SIGABRT};
    for (int i = 0; i < 3; i++) {
        int status = in_a_child(break_it_under, words[i], NULL, 0);
        EXPECTF(status == endings[i], "FA_STRICT=%s: %d", words[i], status);
    }
}
END_TEST

START_TEST(strict_environment_that_is_no_word_of_it_is_logged_and_ignored)
{
    static recorder rec;
    fa_allocator *allocator = NULL;
    recorder_open(&rec);
    EXPECT(setenv("FA_STRICT", "perhaps", 1) == 0);
    fa_allocator_desc desc = {.strictness = FA_STRICT_TRAP, .log = {recorder_log, &rec}};
    EXPECT_OK(fa_allocator_create(&desc, &allocator));
    EXPECT_UINT(rec.log_count[FA_LOG_STRICT_UNKNOWN], 1);
    EXPECT(fa_allocator_resolved_desc(allocator)->strictness == FA_STRICT_TRAP);
    EXPECT_OK(fa_allocator_destroy(allocator));
    EXPECT(unsetenv("FA_STRICT") == 0);
}
END_TEST

/* ---- the handler is heard first ------------------------------------------------------------------------------ */

static int last_words[2];
static void say_last_words(void *user, const fa_diagnostic *d)
{
    (void)user;
    ssize_t written = write(last_words[1], d->code, 5);
    (void)written;
}

static void abort_with_a_handler(void *user)
{
    (void)user;
    fa_allocator *allocator = NULL;
    fa_context *ctx = NULL;
    fa_allocator_desc desc = {.strictness = FA_STRICT_ABORT, .handler = {say_last_words, NULL}};
    (void)fa_allocator_create(&desc, &allocator);
    (void)fa_context_attach(allocator, NULL, &ctx);
    (void)fa_frame_end(ctx);
}

START_TEST(strict_abort_tells_the_handler_before_it_aborts)
{
    char code[6] = "";
    EXPECT(pipe(last_words) == 0);
    EXPECT(in_a_child(abort_with_a_handler, NULL, NULL, 0) == -SIGABRT);
    EXPECT(read(last_words[0], code, 5) == 5);
    EXPECT_STR(code, "FA603");
}
END_TEST

static void abort_to_stderr(void *user)
{
    (void)user;
    fa_allocator *allocator = NULL;
    fa_context *ctx = NULL;
    (void)fa_allocator_create(&(fa_allocator_desc){.strictness = FA_STRICT_ABORT}, &allocator);
    (void)fa_context_attach(allocator, NULL, &ctx);
    (void)fa_frame_end(ctx);
}

START_TEST(strict_abort_without_a_handler_says_why_on_stderr)
{
    char text[2048];
    EXPECT(in_a_child(abort_to_stderr, NULL, text, sizeof text) == -SIGABRT);
    EXPECTF(strstr(text, "FA603") != NULL && strstr(text, "test_strictness.c:") != NULL, "%s", text);
}
END_TEST

/* ---- what never stops the program ------------------------------------------------------------------------------ */

static void only_warnings_and_refusals(void *user)
{
    fa_context *ctx = context_with(*(fa_strictness *)user);
    fa_allocator *allocator = fa_context_allocator(ctx);
    fa_tag tag = fa_tag_intern(allocator, "a");
    (void)fa_frame_begin(ctx);
    (void)fa_tag_push(ctx, tag);
    if (fa_frame_alloc(ctx, opaque_size(SIZE_MAX), 16) != NULL ||
        fa_pool_alloc(ctx, opaque_size(SIZE_MAX), 16) != NULL ||
        fa_heap_alloc(ctx, opaque_size(SIZE_MAX), 16) != NULL ||
        fa_tag_intern(allocator, "//") != FA_TAG_INVALID) {
        _exit(3);
    }
    (void)fa_frame_end(ctx);           /* FA804, a warning: a tag was left open */
    (void)fa_pool_alloc(ctx, 100, 16); /* FA608, a warning: a leak */
    (void)fa_allocator_destroy(allocator);
}

START_TEST(strict_warnings_and_refusals_of_the_world_never_stop_the_program)
{
    for (int strictness = FA_STRICT_REPORT; strictness <= FA_STRICT_ABORT; strictness++) {
        fa_strictness s = (fa_strictness)strictness;
        EXPECTF(in_a_child(only_warnings_and_refusals, &s, NULL, 0) == 0, "strictness %d", strictness);
    }
}
END_TEST

/* ---- every error stops --------------------------------------------------------------------------------------------- */

static void errors(void *user)
{
    fa_context *ctx = context_with(FA_STRICT_ABORT);
    int local = 0;
    void *p = opaque(fa_pool_alloc(ctx, 10, 8));
    fa_checkpoint never;
    memset(&never, 0, sizeof never);
    switch (*(int *)user) {
    case 0: (void)fa_frame_begin(ctx), (void)fa_frame_begin(ctx); break;
    case 1: (void)fa_frame_alloc(ctx, 10, 1); break;
    case 2: (void)fa_pool_free(ctx, opaque(&local)); break;
    case 3: (void)fa_pool_free(ctx, p), (void)fa_pool_free(ctx, p); break;
    case 4: (void)fa_heap_free(ctx, p); break;
    case 5: (void)fa_pool_alloc(ctx, 10, 3); break;
    case 6: (void)fa_frame_begin(ctx), (void)fa_frame_rewind(ctx, never); break;
    case 7: (void)fa_tag_push(ctx, FA_TAG_INVALID); break;
    case 8: (void)fa_context_take_over(ctx); break;
    case 9: (void)fa_frame_begin(ctx), (void)fa_allocator_destroy(fa_context_allocator(ctx)); break;
    default: (void)fa_pool_free_sized(ctx, p, 11); break;
    }
}

START_TEST(strict_abort_aborts_on_every_kind_of_error)
{
    EXPECTF(in_a_child(errors, &_i, NULL, 0) == -SIGABRT, "error %d", _i);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("death: strictness");
    TCase *tcase = support_case(suite, "strictness");
    tcase_add_test(tcase, strict_report_goes_on_and_gives_the_error);
    tcase_add_test(tcase, strict_environment_takes_the_place_of_the_desc);
    tcase_add_test(tcase, strict_environment_that_is_no_word_of_it_is_logged_and_ignored);
    tcase_add_test_raise_signal(tcase, strict_trap_traps, SIGTRAP);
    tcase_add_test_raise_signal(tcase, strict_abort_aborts, SIGABRT);
    tcase_add_test(tcase, strict_default_aborts_in_debug_builds_and_reports_in_others);
    tcase_add_test(tcase, strict_default_without_any_desc_does_the_same);
    tcase_add_test(tcase, strict_abort_tells_the_handler_before_it_aborts);
    tcase_add_test(tcase, strict_abort_without_a_handler_says_why_on_stderr);
    tcase_add_test(tcase, strict_warnings_and_refusals_of_the_world_never_stop_the_program);
    tcase_add_loop_test(tcase, strict_abort_aborts_on_every_kind_of_error, 0, 11);
    return support_run(suite);
}
