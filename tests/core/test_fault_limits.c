/* FAULTS 21, 22: the system's own limits, set inside the process: address space, data, and the number of
 * mappings. What is refused is told by a result, nothing is lost, and everything works again when the limit
 * is raised. (Sanitizers need terabytes of address space: other presets run this.) */
#include <sys/mman.h>
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

/* ---- fault 22: the number of mappings ---------------------------------------------------------------------- */

static size_t mapping_count(void)
{
    FILE *file = fopen("/proc/self/maps", "r");
    NEED(file != NULL);
    size_t lines = 0;
    for (int c; (c = fgetc(file)) != EOF;) {
        lines += c == '\n';
    }
    (void)fclose(file);
    return lines;
}

/// How many mappings the system allows a process; 0: more than a test can make.
static size_t mapping_limit(void)
{
    FILE *file = fopen("/proc/sys/vm/max_map_count", "r");
    unsigned long limit = 0;
    NEED(file != NULL && fscanf(file, "%lu", &limit) == 1);
    (void)fclose(file);
    return limit < 300000 ? limit : 0;
}

/// Guards, one page in two, until the system has no mapping left. @return How many pages the whole has.
static size_t set_guards(char **base)
{
    const size_t page = fa_backing_page_bytes();
    const size_t pages = 2 * mapping_limit();
    *base = mmap(NULL, pages * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    NEED(*base != MAP_FAILED);
    size_t guards = 0;
    while (2 * guards + 1 < pages && mprotect(*base + (2 * guards + 1) * page, page, PROT_READ) == 0) {
        guards++;
    }
    NEED(guards > mapping_limit() / 2 - 2000 && 2 * guards + 1 < pages);
    return pages;
}

static unsigned scarce_rounds(fa_context *ctx)
{
    unsigned refused = 0;
    for (unsigned round = 0; round < 40; round++) {
        void *blocks[60] = {NULL};
        NEED(fa_frame_begin(ctx) == FA_RESULT_OK);
        for (size_t i = 0; i < 60; i++) {
            size_t bytes = 100 + i * round * 150;
            void *p = i % 3 == 0   ? fa_frame_alloc(ctx, bytes, 16)
                      : i % 3 == 1 ? (blocks[i] = fa_pool_alloc(ctx, bytes, 16))
                                   : (blocks[i] = fa_heap_alloc(ctx, bytes, 16));
            NEED(p != NULL || fa_context_last_result(ctx) == FA_RESULT_OUT_OF_MEMORY);
            refused += p == NULL;
            if (p != NULL) {
                memset(p, 1, bytes);
            }
        }
        for (size_t i = 0; i < 60; i++) {
            NEED((i % 3 == 1 ? fa_pool_free(ctx, blocks[i]) : fa_heap_free(ctx, blocks[i])) == FA_RESULT_OK);
        }
        NEED(fa_frame_end(ctx) == FA_RESULT_OK);
        fa_arena *arena = NULL;
        fa_result made = fa_arena_create(ctx, &(fa_arena_desc){.max_bytes = 5 << 20}, &arena);
        NEED(made == FA_RESULT_OK || (made == FA_RESULT_OUT_OF_MEMORY && arena == NULL));
        if (made == FA_RESULT_OK) {
            refused += fa_arena_alloc(arena, 1 << 20, 16) == NULL;
            NEED(fa_arena_destroy(arena) == FA_RESULT_OK);
        }
        refused += made != FA_RESULT_OK;
    }
    return refused;
}

static void quiet(void *user, fa_log_item id, fa_log_level level, const char *text)
{
    (void)user;
    (void)id;
    (void)level;
    (void)text;
}

static void live_without_mappings(void *user)
{
    bool ghostly = user != NULL;
    fa_allocator *memory = NULL;
    fa_context *ctx = NULL;
    fa_allocator_desc desc = {.strictness = FA_STRICT_ABORT, .frame_keep_bytes = 65536, .log = {quiet, NULL}};
    NEED(fa_allocator_create(&desc, &memory) == FA_RESULT_OK);
    NEED(fa_context_attach(memory, NULL, &ctx) == FA_RESULT_OK);
    NEED(!ghostly || fa_ghost_begin(ctx, NULL) == FA_RESULT_OK);
    NEED(scarce_rounds(ctx) == 0);
    char *guards;
    size_t pages = mapping_limit() != 0 ? set_guards(&guards) : 0;
    if (pages == 0) {
        _exit(0);
    }
    unsigned refused = scarce_rounds(ctx);
    fa_ghost_stats ghosts = {0};
    NEED(!ghostly || fa_ghost_stats_get(ctx, &ghosts) == FA_RESULT_OK);
    NEED(refused > 0 || ghosts.degraded > 0); /* it was noticed, and counted */
    fa_allocator *other = NULL;
    fa_result made = fa_allocator_create(&desc, &other);
    NEED(made == FA_RESULT_OK || (made == FA_RESULT_OUT_OF_MEMORY && other == NULL));
    NEED(fa_allocator_destroy(other) == FA_RESULT_OK);
    NEED(fa_allocator_validate(memory));
    NEED(munmap(guards, pages * fa_backing_page_bytes()) == 0);
    NEED(scarce_rounds(ctx) == 0); /* everything is as it was */
    NEED(!ghostly || fa_ghost_end(ctx) == FA_RESULT_OK);
    NEED(fa_context_detach(ctx) == FA_RESULT_OK && fa_allocator_destroy(memory) == FA_RESULT_OK);
}

START_TEST(fault_22_without_a_mapping_left_requests_are_refused_and_ghosts_degrade_and_count)
{
    int code = in_a_child(live_without_mappings, _i != 0 ? opaque("ghosts") : NULL, NULL, 0);
    EXPECTF(code == 0, "the child ended with %d (a line, %% 200 + 1, or minus a signal)", code);
}
END_TEST

static void haunt_33000_frames(void *user)
{
    (void)user;
    fa_allocator *memory = NULL;
    fa_context *ctx = NULL;
    NEED(fa_allocator_create(NULL, &memory) == FA_RESULT_OK);
    NEED(fa_context_attach(memory, NULL, &ctx) == FA_RESULT_OK);
    NEED(fa_ghost_begin(ctx, NULL) == FA_RESULT_OK);
    for (unsigned i = 0; i < 33000; i++) {
        NEED(fa_frame_begin(ctx) == FA_RESULT_OK);
        NEED(fa_frame_alloc(ctx, 100, 16) != NULL);
        NEED(fa_frame_end(ctx) == FA_RESULT_OK);
    }
    fa_ghost_stats ghosts;
    NEED(fa_ghost_stats_get(ctx, &ghosts) == FA_RESULT_OK);
    NEED(ghosts.frames == 33000 && ghosts.degraded == 0 && mapping_count() < 200);
    NEED(fa_context_detach(ctx) == FA_RESULT_OK && fa_allocator_destroy(memory) == FA_RESULT_OK);
}

START_TEST(fault_22_ghosts_of_33000_frames_need_a_handful_of_mappings)
{
    int code = in_a_child(haunt_33000_frames, NULL, NULL, 0);
    EXPECTF(code == 0, "the child ended with %d (a line, %% 200 + 1, or minus a signal)", code);
}
END_TEST

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
    tcase_add_loop_test(tcase,
                        fault_22_without_a_mapping_left_requests_are_refused_and_ghosts_degrade_and_count, 0,
                        2);
    tcase_add_test(tcase, fault_22_ghosts_of_33000_frames_need_a_handful_of_mappings);
#else
    (void)fault_22_without_a_mapping_left_requests_are_refused_and_ghosts_degrade_and_count;
    (void)fault_22_ghosts_of_33000_frames_need_a_handful_of_mappings;
    (void)fault_21_a_data_limit_of_the_system_is_an_answer_and_no_end;
    (void)fault_21_an_address_space_limit_of_the_system_is_an_answer_and_no_end;
    (void)tcase;
#endif
    return support_run(suite);
}
