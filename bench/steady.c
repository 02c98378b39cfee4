/* steady.c - counting what must not happen. The loop runs in a child process, where a seccomp filter turns
 * every system call into a signal that is counted; page faults are the kernel's own figure, calls of the
 * backing and of the heap are the SDK's. */
#include "steady.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"
#include "work.h"

#define FRAME_COUNT 10000
#define WARM_UP_COUNT 1000
#define LIVE_COUNT 256

typedef struct counts {
    uint64_t system_calls, page_faults, backing_calls, heap_calls;
    bool traced; /* the filter was accepted */
    bool ok;
} counts;

typedef struct game {
    work_sdk *sdk;
    fa_tag physics, render;
    fa_typed_pool *bullets;
    void *live[LIVE_COUNT];
    work_request requests[WORK_COUNT];
} game;

static volatile sig_atomic_t trapped;

static void on_trap(int signal_number)
{
    (void)signal_number;
    trapped++;
}

/* From here on, every system call of this process but these is refused and counted. */
static bool trap_system_calls(void)
{
#define ALLOW(number) \
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (number), 0, 1), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)
    struct sock_filter program[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        ALLOW(SYS_rt_sigreturn),
        ALLOW(SYS_getrusage),
        ALLOW(SYS_write),
        ALLOW(SYS_exit_group),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP),
    };
#undef ALLOW
    struct sock_fprog filter = {.len = sizeof(program) / sizeof(program[0]), .filter = program};
    struct sigaction action = {.sa_handler = on_trap};
    return !BENCH_SANITIZED && sigaction(SIGSYS, &action, NULL) == 0 &&
           prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

static bool game_create(game *g)
{
    g->sdk = work_sdk_create(NULL);
    if (g->sdk == NULL) {
        return false;
    }
    g->physics = fa_tag_intern(g->sdk->allocator, "physics");
    g->render = fa_tag_intern(g->sdk->allocator, "render");
    work_fill_requests(g->requests, WORK_COUNT, 16, 1024);
    return FA_TYPED_POOL_CREATE(g->sdk->ctx, uint64_t, &g->bullets) == FA_RESULT_OK;
}

/* A frame with a little of everything. How much of it differs from frame to frame, and repeats within the
 * warm-up and within the window over which the SDK takes its recent peak: that is what steady means. */
static bool game_frame(game *g, uint64_t index)
{
    fa_context *ctx = g->sdk->ctx;
    size_t used_count = 200 + index * 37 % 100 * 8;
    bool ok = fa_frame_begin(ctx) == FA_RESULT_OK;
    FA_TAG_SCOPE (ctx, g->physics) {
        for (size_t i = 0; i < used_count; i++) {
            char *p = fa_frame_alloc(ctx, g->requests[i].size_bytes, g->requests[i].align_bytes);
            ok = ok && p != NULL;
            if (p != NULL) {
                p[0] = 1;
            }
        }
    }
    FA_TAG_SCOPE (ctx, g->render) {
        fa_vector draws = FA_VECTOR(ctx, uint64_t);
        for (size_t i = 0; i < used_count; i++) {
            uint64_t *draw = FA_VECTOR_PUSH(&draws, uint64_t);
            ok = ok && draw != NULL;
        }
        ok = ok && fa_frame_printf(ctx, "frame %llu", (unsigned long long)index) != NULL;
    }
    for (size_t i = 0; i < 64; i++) {
        size_t at = (index * 64 + i * 7) % LIVE_COUNT;
        (void)fa_pool_free(ctx, g->live[at]);
        g->live[at] = fa_pool_alloc(ctx, g->requests[(index + i) % WORK_COUNT].size_bytes, 0);
        uint64_t *bullet = FA_TYPED_POOL_NEW(g->bullets, uint64_t);
        ok = ok && g->live[at] != NULL && bullet != NULL;
        (void)fa_typed_pool_free(g->bullets, bullet);
    }
    return fa_frame_end(ctx) == FA_RESULT_OK && ok;
}

static bool game_stats(const game *g, counts *out)
{
    fa_allocator_stats allocator;
    fa_context_stats context;
    if (fa_allocator_stats_get(g->sdk->allocator, &allocator) != FA_RESULT_OK ||
        fa_context_stats_get(g->sdk->ctx, &context) != FA_RESULT_OK) {
        return false;
    }
    out->backing_calls = allocator.backing_calls;
    out->heap_calls = context.heap_allocs;
    return true;
}

static uint64_t page_faults(void)
{
    struct rusage usage;
    return getrusage(RUSAGE_SELF, &usage) == 0 ? (uint64_t)usage.ru_minflt + (uint64_t)usage.ru_majflt : 0;
}

static counts play(void)
{
    static game g;
    counts before = {0};
    counts after = {0};
    bool ok = game_create(&g);
    for (uint64_t i = 0; i < WARM_UP_COUNT && ok; i++) {
        ok = game_frame(&g, i);
    }
    ok = ok && game_stats(&g, &before) && game_stats(&g, &after);
    before.page_faults = page_faults();
    after.traced = trap_system_calls();
    before.page_faults = page_faults();
    for (uint64_t i = 0; i < FRAME_COUNT && ok; i++) {
        ok = game_frame(&g, i);
    }
    after.page_faults = page_faults() - before.page_faults;
    after.system_calls = (uint64_t)trapped;
    after.ok = ok && game_stats(&g, &after);
    after.backing_calls -= before.backing_calls;
    after.heap_calls -= before.heap_calls;
    return after;
}

void *steady_create(const void *unused)
{
    (void)unused;
    return malloc(1);
}

bool steady_measure(void *state, uint64_t rounds, double *value)
{
    (void)state;
    (void)rounds;
    int ends[2];
    counts c = {0};
    if (pipe(ends) != 0) {
        return false;
    }
    (void)fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        c = play();
        _exit(write(ends[1], &c, sizeof(c)) == (ssize_t)sizeof(c) ? 0 : 1);
    }
    (void)close(ends[1]);
    bool whole = child > 0 && read(ends[0], &c, sizeof(c)) == (ssize_t)sizeof(c);
    (void)close(ends[0]);
    if (child > 0) {
        while (waitpid(child, NULL, 0) < 0 && errno == EINTR) {
        }
    }
    if (!whole || !c.ok) {
        bench_complain("steady_state: the game loop failed");
        return false;
    }
    if (!c.traced) {
        bench_complain(
            "steady_state: system calls could not be traced; calls of the backing are counted alone");
    }
    *value = (double)(c.system_calls + c.page_faults + c.backing_calls + c.heap_calls);
    if (*value > 0) {
        (void)fprintf(stderr,
                      "bench: steady_state: %llu system calls, %llu page faults, %llu backing calls, "
                      "%llu heap calls\n",
                      (unsigned long long)c.system_calls, (unsigned long long)c.page_faults,
                      (unsigned long long)c.backing_calls, (unsigned long long)c.heap_calls);
    }
    return true;
}
