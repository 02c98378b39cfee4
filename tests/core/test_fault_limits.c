/* FAULTS 21: the system's own limits, set inside the process: address space and
 * data. What is refused is told by a result, nothing is lost, and everything
 * works again when the limit is raised. (Sanitizers need terabytes of address
 * space: other presets run this.) */
#include <sys/resource.h>

#include "core/support.h"

/* The exit code is the line: nothing may be printed where memory is short. */
#define NEED(condition)                \
    do {                               \
        if (!(condition)) {            \
            _exit(__LINE__ % 200 + 1); \
        }                              \
    } while (0)

static size_t pages_of(unsigned column)
{
    FILE *file = fopen("/proc/self/statm", "r");
    NEED(file != NULL);
    unsigned long figures[7];
    for (unsigned i = 0; i < 7; i++) {
        NEED(fscanf(file, "%lu", &figures[i]) == 1);
    }
    (void)fclose(file);
    return figures[column];
}

static void limit_to(int resource, size_t bytes)
{
    struct rlimit limit;
    NEED(getrlimit(resource, &limit) == 0);
    limit.rlim_cur = bytes;
    NEED(setrlimit(resource, &limit) == 0);
}

static void take_and_give_back(fa_context *ctx, bool scarce)
{
    static void *blocks[4096];
    NEED(fa_frame_begin(ctx) == FA_RESULT_OK);
    size_t frames = 0;
    while (frames < 256 && fa_frame_alloc(ctx, 65536, 16) != NULL) {
        frames++;
    }
    NEED(scarce == (frames < 256));
    NEED(!scarce || fa_context_last_result(ctx) == FA_RESULT_OUT_OF_MEMORY);
    size_t count = 0;
    void *p;
    while (count < 256 &&
           (p = count % 2 == 0 ? fa_pool_alloc(ctx, 40000, 0) : fa_heap_alloc(ctx, 40000, 0)) != NULL) {
        memset(p, 1, 40000);
        blocks[count++] = p;
    }
    NEED(scarce == (count < 256));
    NEED(!scarce || fa_context_last_result(ctx) == FA_RESULT_OUT_OF_MEMORY);
    for (size_t i = 0; i < count; i++) {
        NEED((i % 2 == 0 ? fa_pool_free(ctx, blocks[i]) : fa_heap_free(ctx, blocks[i])) == FA_RESULT_OK);
    }
    NEED(fa_frame_end(ctx) == FA_RESULT_OK);
}

static void live_under_a_data_limit(void *user)
{
    (void)user;
    fa_allocator *memory = NULL;
    fa_context *ctx = NULL;
    fa_allocator_desc desc = {.strictness = FA_STRICT_ABORT}; /* a diagnostic would be a fault of ours */
    NEED(fa_allocator_create(&desc, &memory) == FA_RESULT_OK);
    NEED(fa_context_attach(memory, NULL, &ctx) == FA_RESULT_OK);
    for (unsigned round = 0; round < 3; round++) {
        size_t page = fa_backing_page_bytes();
        limit_to(RLIMIT_DATA, pages_of(5) * page + (4u << 20));
        take_and_give_back(ctx, true);
        NEED(fa_allocator_validate(memory));
        limit_to(RLIMIT_DATA, RLIM_INFINITY);
        take_and_give_back(ctx, false);
        NEED(fa_context_detach(ctx) == FA_RESULT_OK); /* what it held goes back: scarce again */
        NEED(fa_context_attach(memory, NULL, &ctx) == FA_RESULT_OK);
    }
    NEED(fa_context_detach(ctx) == FA_RESULT_OK && fa_allocator_destroy(memory) == FA_RESULT_OK);
}

static void live_under_an_address_space_limit(void *user)
{
    (void)user;
    fa_allocator *memory = NULL;
    fa_context *ctx = NULL;
    fa_allocator_desc desc = {.strictness = FA_STRICT_ABORT, .log.fn = NULL};
    NEED(fa_allocator_create(&desc, &memory) == FA_RESULT_OK);
    NEED(fa_context_attach(memory, NULL, &ctx) == FA_RESULT_OK);
    limit_to(RLIMIT_AS, pages_of(0) * fa_backing_page_bytes() + (64u << 20));
    for (unsigned round = 0; round < 3; round++) {
        fa_context *second = NULL;
        fa_arena *arena = NULL;
        fa_allocator *other = NULL;
        NEED(fa_context_attach(memory, NULL, &second) == FA_RESULT_OUT_OF_MEMORY && second == NULL);
        NEED(fa_arena_create(ctx, NULL, &arena) == FA_RESULT_OUT_OF_MEMORY && arena == NULL);
        NEED(fa_arena_create(ctx, &(fa_arena_desc){.max_bytes = 1u << 20}, &arena) == FA_RESULT_OK);
        NEED(fa_arena_alloc(arena, 1000000, 16) != NULL && fa_arena_destroy(arena) == FA_RESULT_OK);
        take_and_give_back(ctx, false); /* what is reserved already needs no more of it */
        /* A smaller one takes what there is, or says that there is none. */
        desc.object_max_bytes = 1u << 20;
        desc.frame_max_bytes = 1u << 20;
        desc.log = (fa_log_hook){NULL, NULL};
        fa_result made = fa_allocator_create(&desc, &other);
        NEED(made == FA_RESULT_OK || (made == FA_RESULT_OUT_OF_MEMORY && other == NULL));
        NEED(fa_allocator_destroy(other) == FA_RESULT_OK);
        NEED(fa_allocator_validate(memory));
    }
    limit_to(RLIMIT_AS, RLIM_INFINITY);
    fa_context *second = NULL;
    NEED(fa_context_attach(memory, NULL, &second) == FA_RESULT_OK);
    NEED(fa_context_detach(second) == FA_RESULT_OK && fa_context_detach(ctx) == FA_RESULT_OK);
    NEED(fa_allocator_destroy(memory) == FA_RESULT_OK);
}

START_TEST(fault_21_a_data_limit_of_the_system_is_an_answer_and_no_end)
{
    int code = in_a_child(live_under_a_data_limit, NULL, NULL, 0);
    EXPECTF(code == 0, "the child ended with %d (a line, %% 200 + 1, or minus a signal)", code);
}
END_TEST

START_TEST(fault_21_an_address_space_limit_of_the_system_is_an_answer_and_no_end)
{
    int code = in_a_child(live_under_an_address_space_limit, NULL, NULL, 0);
    EXPECTF(code == 0, "the child ended with %d (a line, %% 200 + 1, or minus a signal)", code);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("fault 21: limits of the system");
    TCase *tcase = support_case(suite, "limits");
#if defined(__linux__) && !SUPPORT_SLOW
    tcase_add_test(tcase, fault_21_a_data_limit_of_the_system_is_an_answer_and_no_end);
    tcase_add_test(tcase, fault_21_an_address_space_limit_of_the_system_is_an_answer_and_no_end);
#else
    (void)fault_21_a_data_limit_of_the_system_is_an_answer_and_no_end;
    (void)fault_21_an_address_space_limit_of_the_system_is_an_answer_and_no_end;
    (void)tcase;
#endif
    return support_run(suite);
}
