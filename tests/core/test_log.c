/* Log: what the SDK tells about itself, as ids; provoked one by one through a failing backing. */
#include <limits.h>

#include "core/support.h"

static world w;

static const fa_log_level table_levels[FA_LOG_COUNT] = {
#define FA_X(name, level, text) FA_LOG_LEVEL_##level,
    FA_LOG_TABLE(FA_X)
#undef FA_X
};

START_TEST(log_item_names_are_those_of_the_table)
{
#define FA_X(name, level, text) EXPECT_STR(fa_log_item_name(FA_LOG_##name), #name);
    FA_LOG_TABLE(FA_X)
#undef FA_X
}
END_TEST

START_TEST(log_item_name_of_a_stranger_is_not_null)
{
    static const int strangers[] = {FA_LOG_COUNT, FA_LOG_COUNT + 1, INT32_MAX, -1, INT32_MIN};
    for (unsigned i = 0; i < sizeof strangers / sizeof strangers[0]; i++) {
        volatile int number = strangers[i];
        fa_log_item stranger;
        memcpy(&stranger, (const void *)&number, sizeof stranger);
        EXPECT(fa_log_item_name(stranger) != NULL);
    }
}
END_TEST

/// One item was logged at least once, at the level of the table; no other item was.
static void expect_only(fa_log_item item)
{
    for (int i = 0; i < FA_LOG_COUNT; i++) {
        EXPECTF((w.rec.log_count[i] != 0) == (i == (int)item), "%s logged %u times",
                fa_log_item_name((fa_log_item)i), w.rec.log_count[i]);
    }
    EXPECT(w.rec.log_level == table_levels[item]);
    EXPECT(w.rec.log_text[0] != '\0');
}

START_TEST(log_is_silent_in_normal_use)
{
    world_open(&w, NULL);
    for (int frame = 0; frame < 10; frame++) {
        EXPECT_OK(fa_frame_begin(w.ctx));
        EXPECT(fa_frame_alloc(w.ctx, 1 << 20, 16) != NULL);
        void *p = fa_pool_alloc(w.ctx, 100, 8);
        EXPECT_OK(fa_pool_free(w.ctx, p));
        EXPECT_OK(fa_frame_end(w.ctx));
    }
    world_close(&w);
    for (int i = 0; i < FA_LOG_COUNT; i++) {
        EXPECT_UINT(w.rec.log_count[i], 0);
    }
}
END_TEST

static void *end_attached(void *user)
{
    fa_context *ctx = NULL;
    EXPECT_OK(fa_context_attach((fa_allocator *)user, NULL, &ctx));
    return NULL;
}

START_TEST(log_tells_of_a_thread_that_ended_attached)
{
    world_open(&w, NULL);
    on_another_thread(end_attached, w.allocator);
    expect_only(FA_LOG_THREAD_ENDED_ATTACHED);
    EXPECT_UINT(w.rec.log_count[FA_LOG_THREAD_ENDED_ATTACHED], 1);
    world_close(&w);
}
END_TEST

START_TEST(log_tells_that_memory_was_not_taken_back)
{
    world_open(&w, &(fa_allocator_desc){.frame_keep_bytes = 65536});
    EXPECT_OK(fa_frame_begin(w.ctx));
    EXPECT(fa_frame_alloc(w.ctx, 32 << 20, 16) != NULL);
    tracking_fail(&w.backing, OP_DECOMMIT, 1, true);
    EXPECT_OK(fa_frame_end(w.ctx));
    EXPECT_OK(fa_frame_begin(w.ctx));
    EXPECT_OK(fa_frame_end(w.ctx));
    EXPECT(w.backing.refused[OP_DECOMMIT] > 0);
    expect_only(FA_LOG_DECOMMIT_REFUSED);
    EXPECT_UINT(world_stats(&w).committed_bytes, w.backing.committed_bytes);
    tracking_fail(&w.backing, OP_DECOMMIT, 0, false);
    EXPECT_OK(fa_frame_begin(w.ctx));
    EXPECT(fa_frame_alloc(w.ctx, 32 << 20, 16) != NULL);
    EXPECT_OK(fa_frame_end(w.ctx));
    world_close(&w);
}
END_TEST

START_TEST(log_tells_that_memory_asked_for_in_advance_was_not_given)
{
    /* The context's prefault is refused after everything else was given: attach works all the same, or says
     * no. */
    tracking_open(&w.backing);
    recorder_open(&w.rec);
    fa_allocator_desc desc =
        world_desc(&w, &(fa_allocator_desc){.frame_max_bytes = 64 << 20, .frame_prefault_bytes = 32 << 20});
    EXPECT_OK(fa_allocator_create(&desc, &w.allocator));
    w.backing.commit_limit_bytes = w.backing.committed_bytes + (4 << 20);
    EXPECT_OK(fa_context_attach(w.allocator, NULL, &w.ctx));
    expect_only(FA_LOG_PREFAULT_INCOMPLETE);
    w.backing.commit_limit_bytes = 0;
    EXPECT_OK(fa_frame_begin(w.ctx));
    EXPECT(fa_frame_alloc(w.ctx, 32 << 20, 16) != NULL);
    EXPECT_OK(fa_frame_end(w.ctx));
    world_close(&w);
}
END_TEST

START_TEST(log_tells_that_less_address_space_was_reserved)
{
    tracking_open(&w.backing);
    recorder_open(&w.rec);
    fa_allocator_desc desc = world_desc(&w, NULL);
    w.backing.reserve_limit_bytes = (size_t)256 << 20;
    fa_result created = fa_allocator_create(&desc, &w.allocator);
    if (created == FA_RESULT_OK) {
        EXPECT(w.rec.log_count[FA_LOG_RESERVE_REDUCED] > 0);
        EXPECT_OK(fa_allocator_destroy(w.allocator));
    } else {
        EXPECT_RESULT(created, OUT_OF_MEMORY);
        EXPECT(w.allocator == NULL);
    }
    world_expect_nothing_left(&w);
    tracking_close(&w.backing);
}
END_TEST

START_TEST(log_tells_that_more_leaked_than_is_listed)
{
    world_open(&w, NULL);
    char path[32];
    for (int i = 0; i < 2000; i++) {
        (void)snprintf(path, sizeof path, "leaky/%d", i);
        fa_tag tag = fa_tag_intern(w.allocator, path);
        EXPECT_OK(fa_tag_push(w.ctx, tag));
        EXPECT(fa_pool_alloc(w.ctx, (size_t)(i + 1), 1) != NULL);
        EXPECT_OK(fa_tag_pop(w.ctx));
    }
    world_expect_quiet(&w);
    EXPECT_OK(fa_allocator_destroy(w.allocator));
    EXPECT(w.rec.count > 0 && recorder_count_of(&w.rec, FA_CODE_FA608) > 0);
    EXPECT_UINT(w.rec.items[0].bytes, 2000); /* the largest comes first, whatever is cut */
    EXPECTF(w.rec.count >= 2000 || w.rec.log_count[FA_LOG_LEAKS_TRUNCATED] == 1,
            "%u listed, not said to be cut", w.rec.count);
    world_expect_nothing_left(&w);
    tracking_close(&w.backing);
}
END_TEST

START_TEST(log_tells_that_no_thread_key_is_left_and_the_allocator_works_without)
{
#if defined(PTHREAD_KEYS_MAX)
    static pthread_key_t keys[PTHREAD_KEYS_MAX + 1];
    int taken = 0;
    while (taken <= PTHREAD_KEYS_MAX && pthread_key_create(&keys[taken], NULL) == 0) {
        taken++;
    }
    world_open(&w, NULL);
    EXPECT_OK(fa_frame_begin(w.ctx));
    EXPECT(fa_frame_alloc(w.ctx, 1000, 16) != NULL);
    EXPECT_OK(fa_frame_end(w.ctx));
    EXPECT(fa_context_current(w.allocator) != NULL);
    expect_only(FA_LOG_THREAD_KEY_REFUSED);
    world_close(&w);
    while (taken > 0) {
        (void)pthread_key_delete(keys[--taken]);
    }
#endif
}
END_TEST

/* ---- a hook that calls the SDK
 * ------------------------------------------------------------------------------ */

static const fa_arena_desc small_arena = {.max_bytes = 64 << 20, .keep_bytes = 4096};
static int hook_depth;
static int hook_calls;
static fa_allocator *hook_allocator;

static void hook_that_logs_again(void *user, fa_log_item item, fa_log_level level, const char *message)
{
    (void)user;
    (void)item;
    (void)level;
    (void)message;
    hook_calls++;
    EXPECT(++hook_depth == 1);
    fa_arena *arena = NULL;
    fa_context *ctx = fa_context_current(hook_allocator);
    EXPECT(ctx != NULL);
    EXPECT_OK(fa_arena_create(ctx, &small_arena, &arena));
    EXPECT(fa_arena_alloc(arena, 32 << 20, 16) != NULL);
    EXPECT_OK(fa_arena_reset(arena)); /* would log DECOMMIT_REFUSED again */
    EXPECT_OK(fa_arena_destroy(arena));
    hook_depth--;
}

START_TEST(log_from_inside_a_log_hook_is_dropped)
{
    tracking_open(&w.backing);
    recorder_open(&w.rec);
    fa_allocator_desc desc = world_desc(&w, NULL);
    desc.log = (fa_log_hook){hook_that_logs_again, NULL};
    EXPECT_OK(fa_allocator_create(&desc, &hook_allocator));
    fa_context *ctx = NULL;
    EXPECT_OK(fa_context_attach(hook_allocator, NULL, &ctx));
    fa_arena *arena = NULL;
    EXPECT_OK(fa_arena_create(ctx, &small_arena, &arena));
    EXPECT(fa_arena_alloc(arena, 32 << 20, 16) != NULL);
    tracking_fail(&w.backing, OP_DECOMMIT, 1, true);
    EXPECT_OK(fa_arena_reset(arena));
    EXPECT(hook_calls >= 1);
    int calls = hook_calls;
    EXPECT(fa_arena_alloc(arena, 32 << 20, 16) != NULL);
    EXPECT_OK(fa_arena_reset(arena));
    EXPECT(hook_calls >= calls); /* and the guard has been taken away, unless the item is said once only */
    tracking_fail(&w.backing, OP_DECOMMIT, 0, false);
    EXPECT_OK(fa_arena_destroy(arena));
    EXPECT_OK(fa_context_detach(ctx));
    EXPECT_OK(fa_allocator_destroy(hook_allocator));
    world_expect_nothing_left(&w);
    tracking_close(&w.backing);
}
END_TEST

/* ---- without a hook
 * ----------------------------------------------------------------------------------------- */

static void end_attached_without_a_hook(void *user)
{
    (void)user;
    fa_allocator *allocator = NULL;
    if (fa_allocator_create(NULL, &allocator) != FA_RESULT_OK) {
        _exit(3);
    }
    on_another_thread(end_attached, allocator);
    if (fa_allocator_destroy(allocator) != FA_RESULT_OK) {
        _exit(4);
    }
}

START_TEST(log_warnings_go_to_stderr_where_no_hook_is_given)
{
    char text[2048];
    EXPECT_UINT(in_a_child(end_attached_without_a_hook, NULL, text, sizeof text), 0);
    EXPECTF(strstr(text, "ended without detaching") != NULL, "%s", text);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("log");
    TCase *tcase = support_case(suite, "table");
    tcase_add_test(tcase, log_item_names_are_those_of_the_table);
    tcase_add_test(tcase, log_item_name_of_a_stranger_is_not_null);
    tcase = support_case(suite, "items");
    tcase_add_test(tcase, log_is_silent_in_normal_use);
    tcase_add_test(tcase, log_tells_of_a_thread_that_ended_attached);
    tcase_add_test(tcase, log_tells_that_memory_was_not_taken_back);
    tcase_add_test(tcase, log_tells_that_memory_asked_for_in_advance_was_not_given);
    tcase_add_test(tcase, log_tells_that_less_address_space_was_reserved);
    tcase_add_test(tcase, log_tells_that_more_leaked_than_is_listed);
    tcase_add_test(tcase, log_tells_that_no_thread_key_is_left_and_the_allocator_works_without);
    tcase = support_case(suite, "hook");
    tcase_add_test(tcase, log_from_inside_a_log_hook_is_dropped);
    tcase_add_test(tcase, log_warnings_go_to_stderr_where_no_hook_is_given);
    return support_run(suite);
}
