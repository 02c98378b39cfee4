/* support.h - what the plugins' tests share: an allocator that reports to a counter, and running a suite.
 * Everything is static: each test is one file and one program. */
#ifndef FRAMEALLOC_TESTS_PLUGINS_SUPPORT_H
#define FRAMEALLOC_TESTS_PLUGINS_SUPPORT_H

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "framealloc/allocator.h"

static fa_allocator *allocator;
static uint32_t diagnostics;

static void note(void *user, const fa_diagnostic *d)
{
    (void)user;
    (void)d;
    diagnostics++;
}

/* Diagnostics are counted and nothing dies, in debug builds too. */
static inline fa_allocator_desc quiet_desc(void)
{
    return (fa_allocator_desc){.name = "test", .handler = {.fn = note}, .strictness = FA_STRICT_REPORT};
}

static inline void open_allocator(void)
{
    fa_allocator_desc desc = quiet_desc();
    diagnostics = 0;
    ck_assert_int_eq(fa_allocator_create(&desc, &allocator), FA_RESULT_OK);
}

/* Also: nothing was reported that the test did not expect. */
static inline void close_allocator(void)
{
    ck_assert_int_eq(fa_allocator_destroy(allocator), FA_RESULT_OK);
    ck_assert_uint_eq(diagnostics, 0);
}

static inline int run_suite(Suite *suite)
{
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

#endif
