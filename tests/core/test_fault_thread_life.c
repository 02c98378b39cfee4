/* Faults 13-15 and 34: threads that come and go without a word, by the thousand, and processes that fork.
 *
 * FA_TEST_THREADS chooses how many short threads there are; the figures in sdk/docs/architecture.md are of
 * 100,000. */
#include "core/support.h"

static world w;
static fa_allocator *shared;

static void open_world(void)
{
    fa_allocator_desc desc = {.backing = fa_backing_os()};
    world_open(&w, &desc);
    shared = w.allocator;
}

/* ---- short threads ------------------------------------------------------------------------------------- */

typedef struct footprint {
    size_t resident_bytes;
    size_t maps;
    uint64_t committed_bytes;
    uint64_t reserved_bytes;
} footprint;

static footprint measure(void)
{
    footprint f = {.committed_bytes = world_stats(&w).committed_bytes,
                   .reserved_bytes = world_stats(&w).reserved_bytes};
#if defined(__linux__)
    FILE *file = fopen("/proc/self/statm", "r");
    unsigned long total = 0;
    unsigned long resident = 0;
    EXPECT(file != NULL && fscanf(file, "%lu %lu", &total, &resident) == 2);
    (void)fclose(file);
    f.resident_bytes = resident * (size_t)sysconf(_SC_PAGESIZE);
    file = fopen("/proc/self/maps", "r");
    EXPECT(file != NULL);
    for (int c; (c = fgetc(file)) != EOF;) {
        f.maps += c == '\n';
    }
    (void)fclose(file);
#endif
    return f;
}

static size_t thread_count(void)
{
    const char *text = getenv("FA_TEST_THREADS");
    return text != NULL ? strtoul(text, NULL, 0) : SUPPORT_SLOW ? 400 : 4000;
}

enum { PER_THREAD = 5 };
typedef struct visit {
    void *left[PER_THREAD];  /* pool objects that the thread leaves behind */
    void *gift;              /* an object of ours, that the thread frees */
    pthread_barrier_t *meet; /* as many contexts as there can be are attached once; or NULL */
    size_t number;
} visit;

static void *visit_and_vanish(void *user)
{
    visit *v = user;
    fa_context *ctx = fa_context_current(shared);
    EXPECT(ctx != NULL);
    EXPECT_OK(fa_frame_begin(ctx));
    memset(fa_frame_alloc(ctx, 20000, 16), 1, 20000);
    for (int i = 0; i < PER_THREAD; i++) {
        v->left[i] = fa_pool_alloc(ctx, 100 + v->number % 50, 8);
        pattern_fill(v->left[i], 100, v->number + (size_t)i);
    }
    void *own = fa_pool_alloc(ctx, 3000, 8);
    EXPECT(own != NULL);
    EXPECT_OK(fa_pool_free(ctx, own));
    if (v->meet != NULL) {
        (void)pthread_barrier_wait(v->meet);
    }
    EXPECT_OK(fa_pool_free(ctx, v->gift)); /* on its way to us when the thread ends */
    return NULL;                           /* a live frame, live objects, pending frees */
}

START_TEST(faults_14_15_short_threads_leave_nothing_behind)
{
    enum { AT_A_TIME = 4 };
    open_world();
    size_t rounds = thread_count() / AT_A_TIME;
    footprint early = {0};
    pthread_barrier_t meet;
    (void)pthread_barrier_init(&meet, NULL, AT_A_TIME);
    for (size_t round = 0; round < rounds; round++) {
        pthread_t threads[AT_A_TIME];
        visit visits[AT_A_TIME];
        for (size_t i = 0; i < AT_A_TIME; i++) {
            visits[i].meet = round == 0 ? &meet : NULL;
            visits[i].number = round * AT_A_TIME + i;
            visits[i].gift = fa_pool_alloc(w.ctx, 64, 8);
            EXPECT(pthread_create(&threads[i], NULL, visit_and_vanish, &visits[i]) == 0);
        }
        for (size_t i = 0; i < AT_A_TIME; i++) {
            EXPECT(pthread_join(threads[i], NULL) == 0);
        }
        EXPECT_UINT(world_stats(&w).contexts, 1);
        for (size_t i = 0; i < AT_A_TIME; i++) {
            for (int k = 0; k < PER_THREAD; k++) { /* adopted: intact, and ours to free */
                EXPECT(pattern_holds(visits[i].left[k], 100, visits[i].number + (size_t)k, 100));
                EXPECT_OK(fa_pool_free(w.ctx, visits[i].left[k]));
            }
        }
        EXPECT_OK(fa_frame_begin(w.ctx));
        EXPECT_OK(fa_frame_end(w.ctx));
        EXPECT_UINT(world_stats(&w).pool_objects, 0); /* each free was executed, and once */
        EXPECT_UINT(world_stats(&w).pool_bytes, 0);
        if (round == rounds / 10) {
            early = measure();
        }
    }
    footprint late = measure();
    EXPECT_UINT(w.rec.log_count[FA_LOG_THREAD_ENDED_ATTACHED], rounds * AT_A_TIME);
    if (getenv("FA_TEST_THREADS") != NULL) {
        (void)fprintf(stderr,
                      "%zu threads: resident %zu -> %zu KiB, maps %zu -> %zu, committed %" PRIu64
                      " -> %" PRIu64 " KiB\n",
                      rounds * AT_A_TIME, early.resident_bytes >> 10, late.resident_bytes >> 10, early.maps,
                      late.maps, early.committed_bytes >> 10, late.committed_bytes >> 10);
    }
    EXPECTF(late.committed_bytes <= early.committed_bytes + (512 << 10), "committed %" PRIu64 " -> %" PRIu64,
            early.committed_bytes, late.committed_bytes);
    EXPECTF(late.reserved_bytes <= early.reserved_bytes + (UINT64_C(2) << 30),
            "reserved %" PRIu64 " -> %" PRIu64, early.reserved_bytes,
            late.reserved_bytes); /* at most one context more: the first tenth may not have met all */
    if (!SUPPORT_SLOW) {
        EXPECTF(late.resident_bytes <= early.resident_bytes + (1 << 20), "resident %zu -> %zu",
                early.resident_bytes, late.resident_bytes);
        EXPECTF(late.maps <= early.maps + 16, "maps %zu -> %zu", early.maps, late.maps);
    }
    world_close(&w);
}
END_TEST

/* ---- fork ---------------------------------------------------------------------------------------------- */

static pthread_barrier_t ready;
static pthread_barrier_t forked;
static void *theirs; /* a pool object of the other thread */

static void *idle_elsewhere(void *user)
{
    (void)user;
    fa_context *ctx = NULL;
    EXPECT_OK(fa_context_attach(shared, &(fa_context_desc){.name = "elsewhere"}, &ctx));
    EXPECT_OK(fa_frame_begin(ctx));
    char *p = fa_frame_alloc(ctx, 1000, 16);
    pattern_fill(p, 1000, 8);
    theirs = fa_pool_alloc(ctx, 200, 8);
    pattern_fill(theirs, 200, 9);
    (void)pthread_barrier_wait(&ready);
    (void)pthread_barrier_wait(&forked);
    EXPECT(pattern_holds(p, 1000, 8, 1000) &&
           pattern_holds(theirs, 200, 9, 200)); /* the child's doings are its own */
    EXPECT_OK(fa_pool_free(ctx, theirs));
    EXPECT_OK(fa_frame_end(ctx));
    EXPECT_OK(fa_context_detach(ctx));
    return NULL;
}

#define CHILD(condition)           \
    do {                           \
        if (!(condition)) {        \
            _exit(__LINE__ & 127); \
        }                          \
    } while (0)

static void live_in_the_child(void *user)
{
    char *frame = user; /* of a frame that was open when we forked */
    CHILD(pattern_holds(frame, 5000, 1, 5000));
    CHILD(fa_frame_alloc(w.ctx, 100000, 16) != NULL);
    memset(frame, 0, 5000);
    CHILD(fa_frame_end(w.ctx) == FA_RESULT_OK);
    for (int i = 0; i < 10; i++) {
        CHILD(fa_frame_begin(w.ctx) == FA_RESULT_OK);
        memset(fa_frame_alloc(w.ctx, 300000, 16), 2, 300000);
        CHILD(fa_frame_end(w.ctx) == FA_RESULT_OK);
        void *p = fa_pool_alloc(w.ctx, 500, 8);
        void *q = fa_heap_alloc(w.ctx, 50000, 8);
        CHILD(p != NULL && q != NULL);
        CHILD(fa_pool_free(w.ctx, p) == FA_RESULT_OK && fa_heap_free(w.ctx, q) == FA_RESULT_OK);
    }
    CHILD(pattern_holds(theirs, 200, 9, 200));
    memset(theirs, 3, 200);
    CHILD(fa_pool_free(w.ctx, theirs) == FA_RESULT_OK); /* to an owner who does not exist here */
    CHILD(fa_pool_free(w.ctx, theirs) == FA_RESULT_DOUBLE_FREE);
    fa_context *more = NULL;
    CHILD(fa_context_attach(shared, NULL, &more) == FA_RESULT_OK && fa_context_detach(more) == FA_RESULT_OK);
    CHILD(fa_context_detach(w.ctx) == FA_RESULT_OK);
    /* The other thread's context counts as attached: its thread cannot be asked. */
    CHILD(fa_allocator_destroy(shared) == FA_RESULT_BUSY);
}

START_TEST(fault_34_after_a_fork_the_child_goes_on_with_its_threads_contexts_and_the_parent_is_untouched)
{
    open_world();
    (void)pthread_barrier_init(&ready, NULL, 2);
    (void)pthread_barrier_init(&forked, NULL, 2);
    pthread_t thread;
    EXPECT(pthread_create(&thread, NULL, idle_elsewhere, NULL) == 0);
    (void)pthread_barrier_wait(&ready);
    EXPECT_OK(fa_frame_begin(w.ctx));
    char *frame = fa_frame_alloc(w.ctx, 5000, 16);
    pattern_fill(frame, 5000, 1);
    int code = in_a_child(live_in_the_child, frame, NULL, 0);
    EXPECTF(code == 0, "the child ended with %d", code);
    EXPECT(pattern_holds(frame, 5000, 1, 5000));
    EXPECT_OK(fa_frame_end(w.ctx));
    (void)pthread_barrier_wait(&forked);
    EXPECT(pthread_join(thread, NULL) == 0);
    EXPECT_UINT(world_stats(&w).pool_objects, 0);
    world_close(&w);
}
END_TEST

static void count_job(fa_context *ctx, void *user)
{
    (void)ctx;
    ++*(unsigned *)user; /* one thread only */
}
static void join_in_the_child(void *user)
{
    fa_workers *workers = user;
    unsigned ran = 0;
    fa_job jobs[20];
    CHILD(fa_frame_begin(w.ctx) == FA_RESULT_OK);
    for (int i = 0; i < 20; i++) {
        jobs[i] = (fa_job){.fn = count_job, .user = &ran};
        CHILD(fa_workers_submit(workers, &jobs[i]) == FA_RESULT_OK);
    }
    CHILD(fa_workers_join(workers, INT64_C(5000000000)) == FA_RESULT_OK);
    CHILD(ran == 20);
    CHILD(fa_frame_end(w.ctx) == FA_RESULT_OK);
}

START_TEST(fault_34_in_a_forked_child_the_joiner_runs_what_the_workers_cannot)
{
    open_world();
    fa_workers *workers = NULL;
    EXPECT_OK(fa_workers_start(w.ctx, &(fa_workers_desc){.worker_count = 2, .spin_count = 1}, &workers));
    (void)usleep(20000); /* they park: nobody holds the lock when we fork */
    int code = in_a_child(join_in_the_child, workers, NULL, 0);
    EXPECTF(code == 0, "the child ended with %d", code);
    EXPECT_OK(fa_workers_stop(workers, FA_WAIT_FOREVER));
    world_close(&w);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("fault 14, 15, 34: threads that come and go");
    TCase *tcase = support_case(suite, "threads that come and go");
    tcase_add_test(tcase, faults_14_15_short_threads_leave_nothing_behind);
    tcase_add_test(
        tcase, fault_34_after_a_fork_the_child_goes_on_with_its_threads_contexts_and_the_parent_is_untouched);
    tcase_add_test(tcase, fault_34_in_a_forked_child_the_joiner_runs_what_the_workers_cannot);
    return support_run(suite);
}
