/* An allocator inside one region that the caller gives: everything works in it until it is full, and the
 * system is never asked. Presets of the desc. */
#include "core/support.h"

#if defined(__linux__) && defined(__x86_64__) && !SUPPORT_SLOW
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#define CAN_FORBID 1
#else
#define CAN_FORBID 0
#endif

#define REGION ((size_t)32 * 1024 * 1024)

static _Alignas(64) unsigned char region[REGION + 64];

/* From here on any call for memory ends the process. */
static void forbid_memory_calls(void)
{
#if CAN_FORBID
    static const int forbidden[] = {SYS_mmap, SYS_munmap, SYS_mprotect, SYS_madvise, SYS_brk, SYS_mremap};
    enum { COUNT = sizeof forbidden / sizeof forbidden[0] };
    struct sock_filter filter[COUNT + 3];
    filter[0] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0);
    for (unsigned i = 0; i < COUNT; i++) {
        filter[1 + i] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)forbidden[i],
                                                     (unsigned char)(COUNT - i), 0);
    }
    filter[COUNT + 1] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    filter[COUNT + 2] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
    struct sock_fprog program = {.len = COUNT + 3, .filter = filter};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) {
        _exit(99);
    }
#endif
}

/* No EXPECT here: Check's own bookkeeping may allocate. The exit code is the line. */
#define NEED(condition)                \
    do {                               \
        if (!(condition)) {            \
            _exit(__LINE__ % 200 + 1); \
        }                              \
    } while (0)

static void ignore(void *user, const fa_diagnostic *diagnostic)
{
    (void)diagnostic;
    (*(unsigned *)user)++;
}

static void work_until_full(fa_allocator *memory, fa_context *ctx)
{
    for (unsigned round = 0; round < 3; round++) {
        NEED(fa_frame_begin(ctx) == FA_RESULT_OK);
        size_t frames = 0;
        unsigned char *last = NULL;
        for (unsigned char *p; (p = fa_frame_alloc(ctx, 4096, 16)) != NULL; frames++) {
            memset(p, (int)frames, 4096);
            NEED(p >= region && p + 4096 <= region + sizeof region);
            last = p;
        }
        NEED(frames > 100 && fa_context_last_result(ctx) == FA_RESULT_FULL);
        NEED(last[4095] == (unsigned char)(frames - 1));
        static void *blocks[20000];
        unsigned count = 0;
        void *p;
        while (count < 20000 && (p = count % 2 == 0 ? fa_pool_alloc(ctx, 100 + count % 3000, 0)
                                                    : fa_heap_alloc(ctx, 100 + count % 9000, 0)) != NULL) {
            blocks[count++] = p;
        }
        NEED(count > 500);
        fa_result why = fa_context_last_result(ctx);
        NEED(why == FA_RESULT_FULL || why == FA_RESULT_OUT_OF_MEMORY);
        NEED(fa_allocator_validate(memory));
        for (unsigned i = 0; i < count; i++) {
            NEED((i % 2 == 0 ? fa_pool_free(ctx, blocks[i]) : fa_heap_free(ctx, blocks[i])) == FA_RESULT_OK);
        }
        NEED(fa_frame_end(ctx) == FA_RESULT_OK);
        fa_arena *level = NULL;
        NEED(fa_arena_create(ctx, NULL, &level) == FA_RESULT_OK);
        NEED(fa_arena_alloc(level, 100000, 64) != NULL);
        NEED(fa_arena_destroy(level) == FA_RESULT_OK);
    }
}

static void live_in_the_region(void *user)
{
    size_t bytes = *(size_t *)user;
    unsigned diagnostics = 0;
    fa_allocator_desc desc = {.region = region + 1, /* any place will do */
                              .region_bytes = bytes,
                              .handler = {ignore, &diagnostics},
                              .strictness = FA_STRICT_REPORT};
    forbid_memory_calls(); /* not even to create it */
    for (unsigned life = 0; life < 2; life++) {
        fa_allocator *memory = NULL;
        fa_context *ctx = NULL;
        fa_context *other = NULL;
        NEED(fa_allocator_create(&desc, &memory) == FA_RESULT_OK);
        NEED((unsigned char *)memory > region && (unsigned char *)memory < region + bytes);
        NEED(fa_context_attach(memory, NULL, &ctx) == FA_RESULT_OK);
        NEED(fa_context_attach(memory, NULL, &other) == FA_RESULT_OK);
        work_until_full(memory, ctx);
        fa_tag tag = fa_tag_intern(memory, "within/limits");
        NEED(fa_tag_push(other, tag) == FA_RESULT_OK && fa_tag_pop(other) == FA_RESULT_OK);
        fa_context *many[64];
        unsigned count = 0;
        while (count < 64 && fa_context_attach(memory, NULL, &many[count]) == FA_RESULT_OK) {
            count++;
        }
        NEED(count > 0 && count < 64); /* address space is what ends */
        while (count > 0) {
            NEED(fa_context_detach(many[--count]) == FA_RESULT_OK);
        }
        NEED(fa_context_detach(other) == FA_RESULT_OK && fa_context_detach(ctx) == FA_RESULT_OK);
        NEED(fa_allocator_destroy(memory) == FA_RESULT_OK);
        NEED(diagnostics == 0);
    }
}

START_TEST(region_holds_everything_and_the_system_is_never_asked)
{
    size_t bytes = _i == 0 ? REGION : 8u << 20;
    int code = in_a_child(live_in_the_region, &bytes, NULL, 0);
    EXPECTF(code == 0, "the child ended with %d (a line, %% 200 + 1, or minus a signal)", code);
}
END_TEST

START_TEST(region_too_small_or_contradicted_is_refused_with_every_problem)
{
    fa_allocator *memory = (fa_allocator *)region;
    recorder rec;
    recorder_open(&rec);
    fa_allocator_desc desc = {.region = region,
                              .region_bytes = 1000,
                              .backing = fa_backing_os(),
                              .handler = {recorder_handle, &rec},
                              .strictness = FA_STRICT_REPORT};
    EXPECT_RESULT(fa_allocator_create(&desc, &memory), INVALID_DESC);
    EXPECT(memory == NULL && rec.count == 1);
    EXPECT(strstr(rec.items[0].message, "region_bytes") != NULL);
    EXPECT(strstr(rec.items[0].message, "backing") != NULL);
    desc = (fa_allocator_desc){.region_bytes = REGION,
                               .handler = {recorder_handle, &rec},
                               .strictness = FA_STRICT_REPORT};
    EXPECT_RESULT(fa_allocator_create(&desc, &memory), INVALID_DESC);
    EXPECT(rec.count == 2 && strstr(rec.items[1].message, "region") != NULL);
}
END_TEST

START_TEST(preset_descs_create_allocators_that_work)
{
    fa_allocator_desc presets[] = {fa_allocator_desc_default(), fa_allocator_desc_minimal(),
                                   fa_allocator_desc_high_performance()};
    for (unsigned i = 0; i < 3; i++) {
        world w;
        world_open(&w, &presets[i]);
        EXPECT_OK(fa_frame_begin(w.ctx));
        EXPECT(fa_frame_alloc(w.ctx, 1000000, 64) != NULL);
        EXPECT_OK(fa_pool_free(w.ctx, fa_pool_alloc(w.ctx, 100, 0)));
        EXPECT_OK(fa_frame_end(w.ctx));
        size_t held = context_stats(w.ctx).frame_committed_bytes;
        /* What they are for. */
        EXPECTF(i != 1 || (held <= (512u << 10) && world_stats(&w).reserved_bytes < ((size_t)1 << 30)),
                "%zu bytes kept", held);
        EXPECTF(i != 2 || held >= (16u << 20), "%zu bytes ready", held);
        world_close(&w);
    }
}
END_TEST

START_TEST(preset_that_is_contradicted_is_refused_with_every_problem)
{
    recorder rec;
    recorder_open(&rec);
    fa_allocator *memory = NULL;
    fa_allocator_desc desc = fa_allocator_desc_high_performance();
    desc.handler = (fa_diagnostic_handler){recorder_handle, &rec};
    desc.strictness = FA_STRICT_REPORT;
    desc.keep_window_frames = 10;   /* it keeps all */
    desc.frame_max_bytes = 1 << 20; /* and prefaults more */
    desc.frames_in_flight = 9;
    desc.memory_limit_bytes = 10;
    desc.memory_soft_bytes = 11;
    EXPECT_RESULT(fa_allocator_create(&desc, &memory), INVALID_DESC);
    EXPECT_UINT(rec.count, 1);
    static const char *const named[] = {"keep_window_frames", "frame_prefault_bytes", "frames_in_flight",
                                        "memory_soft_bytes"};
    for (unsigned i = 0; i < 4; i++) {
        EXPECTF(strstr(rec.items[0].message, named[i]) != NULL, "%s: %s", named[i], rec.items[0].message);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("region");
    TCase *tcase = support_case(suite, "region");
    tcase_add_loop_test(tcase, region_holds_everything_and_the_system_is_never_asked, 0, 2);
    tcase_add_test(tcase, region_too_small_or_contradicted_is_refused_with_every_problem);
    tcase = support_case(suite, "preset");
    tcase_add_test(tcase, preset_descs_create_allocators_that_work);
    tcase_add_test(tcase, preset_that_is_contradicted_is_refused_with_every_problem);
    return support_run(suite);
}
