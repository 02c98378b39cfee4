/* Workers: jobs that run once each, on frames that begin and end with the starter's; misuse; jobs that hang,
 * threads that die (fault 33). Every case that can runs with 0, 1 and 3 workers. The system's own backing: no
 * lock of the tests orders anything for TSan. */
#include "core/allocator.h"
#include "core/support.h"

static world w;
static fa_workers *workers;

static const uint32_t counts[] = {0, 1, 3};
enum { COUNTS = 3 };

static void open_with(uint32_t worker_count)
{
    fa_allocator_desc desc = {.backing = fa_backing_os()};
    world_open(&w, &desc);
    EXPECT_OK(fa_workers_start(w.ctx, &(fa_workers_desc){.worker_count = worker_count}, &workers));
    EXPECT_UINT(fa_workers_count(workers), worker_count);
}
static void close_all(void)
{
    EXPECT_OK(fa_workers_stop(workers, FA_WAIT_FOREVER));
    workers = NULL;
    world_close(&w);
}

/* ---- what jobs do -------------------------------------------------------------------------------------- */

static atomic_uint ran;

static void count_up(fa_context *ctx, void *user)
{
    EXPECT(!fa_frame_is_open(ctx) || fa_frame_alloc(ctx, 100, 16) != NULL);
    atomic_fetch_add((atomic_uint *)user, 1);
}

static void run_jobs(unsigned n)
{
    atomic_uint *counters = FA_FRAME_ARRAY_ZEROED(w.ctx, atomic_uint, n);
    fa_job *jobs = FA_FRAME_ARRAY_ZEROED(w.ctx, fa_job, n);
    for (unsigned i = 0; i < n; i++) {
        jobs[i].fn = count_up;
        jobs[i].user = &counters[i];
        EXPECT_OK(fa_workers_submit(workers, &jobs[i]));
    }
    EXPECT_OK(fa_workers_join(workers, FA_WAIT_FOREVER));
    EXPECT_UINT(fa_workers_outstanding(workers), 0);
    for (unsigned i = 0; i < n; i++) {
        EXPECT_UINT(atomic_load(&counters[i]), 1);
    }
}

START_TEST(worker_each_job_runs_exactly_once)
{
    open_with(counts[_i]);
    for (int frame = 0; frame < (SUPPORT_SLOW ? 30 : 300); frame++) {
        EXPECT_OK(fa_frame_begin(w.ctx));
        run_jobs(1 + (unsigned)frame % 60);
        EXPECT_OK(fa_frame_end(w.ctx));
    }
    close_all();
}
END_TEST

static unsigned order[100];
static unsigned order_count;
static void note_order(fa_context *ctx, void *user)
{
    EXPECT(fa_worker_index(ctx) == 0 && ctx == w.ctx);
    order[order_count++] = (unsigned)(uintptr_t)user;
}

START_TEST(worker_joiner_only_jobs_run_on_the_joining_thread_in_order)
{
    open_with(counts[_i]);
    fa_job jobs[100];
    for (uintptr_t i = 0; i < 100; i++) {
        jobs[i] = (fa_job){.fn = note_order, .user = (void *)i, .joiner_only = true};
        EXPECT_OK(fa_workers_submit(workers, &jobs[i]));
    }
    EXPECT_UINT(order_count, 0);
    EXPECT_OK(fa_workers_join(workers, FA_WAIT_FOREVER));
    EXPECT_UINT(order_count, 100);
    for (unsigned i = 0; i < 100; i++) {
        EXPECT_UINT(order[i], i);
    }
    close_all();
}
END_TEST

START_TEST(worker_zero_workers_run_jobs_in_the_join_in_the_order_of_submission)
{
    open_with(0);
    fa_job jobs[100];
    for (uintptr_t i = 0; i < 100; i++) {
        jobs[i] = (fa_job){.fn = note_order, .user = (void *)i};
        EXPECT_OK(fa_workers_submit(workers, &jobs[i]));
    }
    EXPECT_OK(fa_workers_join(workers, 0));
    for (unsigned i = 0; i < 100; i++) {
        EXPECT_UINT(order[i], i);
    }
    EXPECT_OK(fa_workers_stop(workers, 0));
    EXPECT_OK(fa_workers_start(w.ctx, NULL, &workers)); /* no desc: none either */
    EXPECT_UINT(fa_workers_count(workers), 0);
    close_all();
}
END_TEST

/* A job submits two more, down to a depth: a binary tree. The node says where its children's jobs stand. */
typedef struct node {
    fa_job job;
    unsigned depth;
    bool joiner_leaf;
} node;

static void grow_tree(fa_context *ctx, void *user)
{
    node *parent = user;
    atomic_fetch_add(&ran, 1);
    if (parent->depth == 0) {
        return;
    }
    node *children = FA_FRAME_ARRAY_ZEROED(ctx, node, 2);
    for (int i = 0; i < 2; i++) {
        children[i].depth = parent->depth - 1;
        children[i].job =
            (fa_job){.fn = grow_tree, .user = &children[i], .joiner_only = i == 1 && parent->depth == 1};
        EXPECT_OK(fa_workers_submit(workers, &children[i].job));
    }
}

START_TEST(worker_jobs_submit_jobs_and_the_join_waits_for_all)
{
    open_with(counts[_i]);
    for (int frame = 0; frame < (SUPPORT_SLOW ? 5 : 30); frame++) {
        EXPECT_OK(fa_frame_begin(w.ctx));
        atomic_store(&ran, 0);
        node root = {.depth = 9};
        root.job = (fa_job){.fn = grow_tree, .user = &root};
        EXPECT_OK(fa_workers_submit(workers, &root.job));
        EXPECT_OK(fa_workers_join(workers, FA_WAIT_FOREVER));
        EXPECT_UINT(atomic_load(&ran), 1023);
        EXPECT_OK(fa_frame_end(w.ctx));
    }
    close_all();
}
END_TEST

/* ---- frames -------------------------------------------------------------------------------------------- */

enum { PIECES = 64 };
static uint32_t *written[PIECES];

static void write_frame(fa_context *ctx, void *user)
{
    uintptr_t at = (uintptr_t)user;
    written[at] = FA_FRAME_ARRAY(ctx, uint32_t, 1000);
    for (uint32_t i = 0; i < 1000; i++) {
        written[at][i] = i * (uint32_t)at;
    }
}

START_TEST(worker_frames_begin_and_end_with_the_starters_and_hold_until_then)
{
    open_with(counts[_i]);
    for (uint64_t frame = 1; frame <= 20; frame++) {
        EXPECT_OK(fa_frame_begin(w.ctx));
        fa_job jobs[PIECES];
        for (uintptr_t i = 0; i < PIECES; i++) {
            jobs[i] = (fa_job){.fn = write_frame, .user = (void *)i};
            EXPECT_OK(fa_workers_submit(workers, &jobs[i]));
        }
        EXPECT_OK(fa_workers_join(workers, FA_WAIT_FOREVER));
        for (uint32_t i = 0; i < PIECES; i++) {
            for (uint32_t k = 0; k < 1000; k++) {
                EXPECT_UINT(written[i][k], k * i);
            }
        }
        size_t used = fa_frame_used_bytes(w.ctx);
        for (uint32_t i = 1; i <= fa_workers_count(workers); i++) {
            fa_worker_state state;
            EXPECT_OK(fa_workers_state(workers, i, &state));
            EXPECT(fa_frame_is_open(state.ctx) && fa_worker_index(state.ctx) == i);
            EXPECT_UINT(fa_frame_index(state.ctx), frame);
            used += fa_frame_used_bytes(state.ctx);
        }
        EXPECTF(used >= PIECES * 4000, "%zu", used);
        EXPECT_OK(fa_frame_end(w.ctx));
        for (uint32_t i = 1; i <= fa_workers_count(workers); i++) {
            fa_worker_state state;
            EXPECT_OK(fa_workers_state(workers, i, &state));
            EXPECT(!fa_frame_is_open(state.ctx));
        }
    }
    close_all();
}
END_TEST

static atomic_bool gate_open;
static atomic_uint at_gate;

static void wait_at_gate(fa_context *ctx, void *user)
{
    (void)ctx;
    (void)user;
    atomic_fetch_add(&at_gate, 1);
    while (!atomic_load(&gate_open)) {
        (void)usleep(200);
    }
}
static void until_at_gate(unsigned n)
{
    while (atomic_load(&at_gate) < n) {
        (void)usleep(200);
    }
}

START_TEST(worker_boundaries_are_refused_while_a_job_is_outstanding)
{
    open_with(1);
    fa_job job = {.fn = wait_at_gate, .name = "gatekeeper"};
    EXPECT_OK(fa_workers_submit(workers, &job));
    until_at_gate(1);
    EXPECT_REFUSED(&w, fa_frame_begin(w.ctx), FA207, BUSY);
    atomic_store(&gate_open, true);
    EXPECT_OK(fa_workers_join(workers, FA_WAIT_FOREVER));
    EXPECT_OK(fa_frame_begin(w.ctx));
    atomic_store(&gate_open, false);
    char *mine = fa_frame_alloc(w.ctx, 100, 1);
    memset(mine, 7, 100);
    EXPECT_OK(fa_workers_submit(workers, &job));
    until_at_gate(2);
    EXPECT_RESULT(fa_frame_end(w.ctx), BUSY);
    EXPECTF(strstr(w.rec.items[0].message, "gatekeeper") != NULL, "%s", w.rec.items[0].message);
    w.rec.count = 0;
    EXPECT_REFUSED(&w, fa_frame_end(w.ctx), FA205, BUSY);
    EXPECT(all_bytes_are(mine, 100, 7));
    atomic_store(&gate_open, true);
    EXPECT_OK(fa_workers_join(workers, FA_WAIT_FOREVER));
    EXPECT_OK(fa_frame_end(w.ctx));
    close_all();
}
END_TEST

static fa_result inner_begin, inner_end, inner_detach, inner_over, inner_join, inner_stop, inner_start;
static void misbehave(fa_context *ctx, void *user)
{
    (void)user;
    inner_begin = fa_frame_begin(ctx);
    inner_end = fa_frame_end(ctx);
    inner_detach = fa_context_detach(ctx);
    inner_over = fa_context_hand_over(ctx);
    inner_join = fa_workers_join(workers, 0);
    inner_stop = fa_workers_stop(workers, 0);
    fa_workers *more = (fa_workers *)opaque(&w);
    inner_start = fa_workers_start(ctx, NULL, &more);
    EXPECT(more == NULL);
}

START_TEST(worker_contexts_boundaries_and_joins_are_refused_inside_a_job)
{
    open_with(1);
    EXPECT_OK(fa_frame_begin(w.ctx));
    fa_job job = {.fn = misbehave};
    EXPECT_OK(fa_workers_submit(workers, &job));
    while (fa_workers_outstanding(workers) > 0) { /* not by us */
        (void)usleep(200);
    }
    EXPECT_RESULT(inner_begin, FRAME_OPEN);
    EXPECT_RESULT(inner_end, BUSY);
    EXPECT_RESULT(inner_detach, FRAME_OPEN);
    EXPECT_RESULT(inner_over, BUSY);
    EXPECT_RESULT(inner_join, WRONG_THREAD);
    EXPECT_RESULT(inner_stop, WRONG_THREAD);
    EXPECT_RESULT(inner_start, FRAME_OPEN);
    EXPECT_UINT(w.rec.count, 7);
    EXPECTF(w.rec.problem[0] == '\0', "%s", w.rec.problem);
    w.rec.count = 0;
    job = (fa_job){.fn = misbehave, .joiner_only = true};
    EXPECT_OK(fa_workers_submit(workers, &job));
    EXPECT_OK(fa_workers_join(workers, FA_WAIT_FOREVER));
    EXPECT_RESULT(inner_begin, FRAME_OPEN);
    EXPECT_RESULT(inner_end, BUSY); /* the job itself is outstanding */
    EXPECT_RESULT(inner_detach, FRAME_OPEN);
    EXPECT_RESULT(inner_over, BUSY);
    EXPECT_RESULT(inner_join, REENTRANT);
    EXPECT_RESULT(inner_stop, REENTRANT);
    EXPECT_RESULT(inner_start, FRAME_OPEN);
    EXPECT_UINT(w.rec.count, 7);
    w.rec.count = 0;
    EXPECT_OK(fa_frame_end(w.ctx));
    close_all();
}
END_TEST

/* ---- misuse -------------------------------------------------------------------------------------------- */

static fa_job late_job = {.fn = count_up, .user = &ran};
static fa_result late;
static void submit_late(void *user)
{
    (void)user;
    late = fa_workers_submit(workers, &late_job);
}

START_TEST(worker_misuse_is_refused_and_changes_nothing)
{
    fa_allocator_desc desc = {.backing = fa_backing_os()};
    world_open(&w, &desc);
    EXPECT_RESULT(fa_workers_start(w.ctx, NULL, NULL), INVALID_ARGUMENT);
    fa_workers *none = (fa_workers *)opaque(&w);
    fa_workers_desc bad = {.worker_count = FA_WORKERS_MAX + 1};
    EXPECT_REFUSED(&w, fa_workers_start(w.ctx, &bad, &none), FA103, INVALID_DESC);
    EXPECT(none == NULL);
    bad = (fa_workers_desc){.end_canary = 1};
    EXPECT_REFUSED(&w, fa_workers_start(w.ctx, &bad, &none), FA103, INVALID_DESC);
    bad = (fa_workers_desc){.context.start_canary = 1};
    EXPECT_REFUSED(&w, fa_workers_start(w.ctx, &bad, &none), FA103, INVALID_DESC);
    EXPECT_OK(fa_frame_begin(w.ctx));
    EXPECT_REFUSED(&w, fa_workers_start(w.ctx, NULL, &none), FA207, FRAME_OPEN);
    EXPECT_OK(fa_frame_end(w.ctx));
    EXPECT_OK(fa_workers_start(w.ctx, &(fa_workers_desc){.worker_count = 1}, &workers));
    EXPECT_REFUSED(&w, fa_workers_start(w.ctx, NULL, &none), FA207, EXISTS);
    EXPECT_REFUSED(&w, fa_workers_submit(workers, NULL), FA005, INVALID_ARGUMENT);
    fa_job empty = {0};
    EXPECT_REFUSED(&w, fa_workers_submit(workers, &empty), FA005, INVALID_ARGUMENT);
    EXPECT_REFUSED(&w, fa_workers_for(workers, w.ctx, 10, 0, NULL, NULL), FA005, INVALID_ARGUMENT);
    EXPECT_REFUSED(&w, fa_context_detach(w.ctx), FA104, BUSY);
    EXPECT_REFUSED(&w, fa_context_hand_over(w.ctx), FA104, BUSY);
    EXPECT_REFUSED(&w, fa_allocator_destroy(w.allocator), FA104, BUSY);
    fa_job twice = {.fn = count_up, .user = &ran, .joiner_only = true, .name = "twice"};
    EXPECT_OK(fa_workers_submit(workers, &twice));
    EXPECT_REFUSED(&w, fa_workers_submit(workers, &twice), FA207, BUSY);
    EXPECT_OK(fa_workers_join(workers, FA_WAIT_FOREVER));
    EXPECT_UINT(atomic_load(&ran), 1);
    EXPECT_OK(fa_frame_begin(w.ctx));
    EXPECT_REFUSED(&w, fa_workers_stop(workers, 0), FA207, FRAME_OPEN);
    EXPECT_OK(fa_frame_on_end(w.ctx, submit_late, NULL));
    EXPECT_OK(fa_frame_end(w.ctx));
    EXPECT_RESULT(late, REENTRANT);
    EXPECT_UINT(recorder_count_of(&w.rec, FA_CODE_FA105), 1);
    w.rec.count = 0;
    EXPECT_UINT(fa_workers_outstanding(workers), 0);
    fa_worker_state state;
    EXPECT_RESULT(fa_workers_state(workers, 0, &state), NOT_FOUND);
    EXPECT_RESULT(fa_workers_state(workers, 2, &state), NOT_FOUND);
    EXPECT_RESULT(fa_workers_join(NULL, 0), INVALID_ARGUMENT);
    EXPECT_OK(fa_workers_stop(NULL, 0));
    close_all();
}
END_TEST

/* ---- fault 33: jobs that hang, threads that die -------------------------------------------------------- */

START_TEST(fault_33_a_join_that_times_out_names_the_worker_and_the_job)
{
    open_with(2);
    EXPECT_OK(fa_frame_begin(w.ctx));
    fa_job job = {.fn = wait_at_gate, .name = "path-finding"};
    EXPECT_OK(fa_workers_submit(workers, &job));
    until_at_gate(1);
    EXPECT_RESULT(fa_workers_join(workers, 20 * 1000000), TIMEOUT);
    EXPECT_RESULT(fa_context_last_result(w.ctx), TIMEOUT);
    EXPECT_UINT(w.rec.log_count[FA_LOG_WORKER_HANGS], 1);
    EXPECTF(strstr(w.rec.log_text, "path-finding") != NULL && strstr(w.rec.log_text, "worker ") != NULL &&
                strstr(w.rec.log_text, "test_worker.c:") != NULL,
            "%s", w.rec.log_text);
    unsigned busy = 0;
    for (uint32_t i = 1; i <= 2; i++) {
        fa_worker_state state;
        EXPECT_OK(fa_workers_state(workers, i, &state));
        if (state.job != NULL) {
            EXPECT_STR(state.job, "path-finding");
            EXPECT(strstr(state.here, "test_worker.c:") != NULL && state.running_ns >= 20 * 1000000);
            busy++;
        }
    }
    EXPECT_UINT(busy, 1);
    /* The other worker, and the frame, go on. */
    fa_job other = {.fn = count_up, .user = &ran};
    EXPECT_OK(fa_workers_submit(workers, &other));
    EXPECT_RESULT(fa_workers_join(workers, 1000000), TIMEOUT);
    while (atomic_load(&ran) == 0) {
        (void)usleep(200);
    }
    EXPECT(fa_frame_alloc(w.ctx, 100, 16) != NULL);
    atomic_store(&gate_open, true);
    EXPECT_OK(fa_workers_join(workers, FA_WAIT_FOREVER));
    EXPECT_OK(fa_frame_end(w.ctx));
    close_all();
}
END_TEST

START_TEST(fault_33_stopping_workers_that_hang_times_out_and_can_be_tried_again)
{
    open_with(1);
    fa_job job = {.fn = wait_at_gate};
    EXPECT_OK(fa_workers_submit(workers, &job));
    until_at_gate(1);
    EXPECT_RESULT(fa_workers_stop(workers, 1000000), TIMEOUT);
    EXPECT_UINT(w.rec.log_count[FA_LOG_WORKER_HANGS], 1);
    EXPECT_UINT(fa_workers_outstanding(workers), 1);
    atomic_store(&gate_open, true);
    close_all();
}
END_TEST

static void end_the_thread(fa_context *ctx, void *user)
{
    EXPECT(fa_frame_alloc(ctx, 1000, 16) != NULL);
    *(void **)user = fa_pool_alloc(ctx, 100, 8);
    pthread_exit(NULL);
}

START_TEST(fault_33_a_worker_that_dies_in_a_job_is_told_and_the_others_go_on)
{
    open_with(2);
    EXPECT_OK(fa_frame_begin(w.ctx));
    void *orphan = NULL;
    fa_job job = {.fn = end_the_thread, .user = &orphan, .name = "suicide"};
    EXPECT_OK(fa_workers_submit(workers, &job));
    while (fa_workers_outstanding(workers) > 0) { /* the joiner must not be the one */
        (void)usleep(200);
    }
    EXPECT_RESULT(fa_workers_join(workers, FA_WAIT_FOREVER), LOST);
    EXPECT_OK(fa_workers_join(workers, FA_WAIT_FOREVER));
    EXPECT_UINT(w.rec.log_count[FA_LOG_WORKER_LOST], 1);
    run_jobs(200);
    EXPECT_OK(fa_frame_end(w.ctx));
    unsigned alive = 0;
    for (uint32_t i = 1; i <= 2; i++) {
        fa_worker_state state;
        EXPECT_OK(fa_workers_state(workers, i, &state));
        alive += state.ctx != NULL;
    }
    EXPECT_UINT(alive, 1);
    for (int frame = 0; frame < 10; frame++) {
        EXPECT_OK(fa_frame_begin(w.ctx));
        run_jobs(50);
        EXPECT_OK(fa_frame_end(w.ctx));
    }
    EXPECT_OK(fa_pool_free(w.ctx, orphan)); /* what it held is adopted */
    close_all();
}
END_TEST

static fa_allocator *shared;
static fa_context *left_behind;
static fa_workers *left_workers;
static void *start_and_leave(void *user)
{
    fa_context *ctx = NULL;
    fa_workers *mine = NULL;
    EXPECT_OK(fa_context_attach(shared, NULL, &ctx));
    left_behind = ctx;
    EXPECT_OK(fa_workers_start(ctx, &(fa_workers_desc){.worker_count = 2}, &mine));
    left_workers = mine;
    EXPECT_OK(fa_frame_begin(ctx));
    fa_job *jobs = FA_FRAME_ARRAY_ZEROED(ctx, fa_job, 3);
    jobs[0].fn = wait_at_gate;
    jobs[1].fn = wait_at_gate;
    jobs[2] = (fa_job){.fn = count_up, .user = &ran};
    EXPECT_OK(fa_workers_submit(mine, &jobs[0]));
    EXPECT_OK(fa_workers_submit(mine, &jobs[1]));
    until_at_gate(2);
    EXPECT_OK(fa_workers_submit(mine, &jobs[2]));
    if (user != NULL) {
        atomic_store(&gate_open, true);
    }
    return NULL;
}

START_TEST(fault_33_a_starter_that_ends_takes_its_workers_with_it)
{
    fa_allocator_desc desc = {.backing = fa_backing_os()};
    world_open(&w, &desc);
    shared = w.allocator;
    on_another_thread(start_and_leave, &w);
    EXPECT_UINT(world_stats(&w).contexts, 1);
    EXPECT_UINT(atomic_load(&ran) + w.rec.log_count[FA_LOG_WORKER_LOST], 1); /* run, or told as not started */
    EXPECT_UINT(w.rec.log_count[FA_LOG_THREAD_ENDED_ATTACHED], 1);
    /* Once more, and the jobs hang: the thread ends all the same, and leaves its context and its open frame
     * behind. */
    atomic_store(&gate_open, false);
    atomic_store(&at_gate, 0);
    on_another_thread(start_and_leave, NULL);
    EXPECT_UINT(w.rec.log_count[FA_LOG_WORKER_HANGS], 1);
    EXPECT_UINT(world_stats(&w).contexts, 4);
    EXPECT_RESULT(fa_allocator_destroy(w.allocator), BUSY);
    w.rec.count = 0;
    atomic_store(&gate_open, true);
    EXPECT_OK(fa_context_take_over(left_behind));
    EXPECT(fa_frame_is_open(left_behind));
    EXPECT_RESULT(fa_workers_join(left_workers, FA_WAIT_FOREVER), LOST); /* the one that was not started */
    EXPECT_OK(fa_frame_end(left_behind));
    EXPECT_OK(fa_workers_stop(left_workers, FA_WAIT_FOREVER));
    EXPECT_OK(fa_context_detach(left_behind));
    world_close(&w);
}
END_TEST

/* ---- loops --------------------------------------------------------------------------------------------- */

static void touch_each(fa_context *ctx, size_t begin, size_t end, void *user)
{
    EXPECT(fa_frame_is_open(ctx) && fa_frame_alloc(ctx, 16, 16) != NULL);
    EXPECT(begin < end);
    for (size_t i = begin; i < end; i++) {
        ((uint8_t *)user)[i]++;
    }
}

START_TEST(worker_for_covers_each_index_exactly_once)
{
    open_with(counts[_i]);
    static uint8_t touched[5000];
    random_state r = {support_seed()};
    for (int round = 0; round < (SUPPORT_SLOW ? 60 : 600); round++) {
        EXPECT_OK(fa_frame_begin(w.ctx));
        size_t n = random_size(&r, sizeof touched - 1);
        size_t grain = round % 3 == 0   ? 0
                       : round % 3 == 1 ? 1 + random_below(&r, 100)
                                        : SIZE_MAX - random_below(&r, 9);
        memset(touched, 0, sizeof touched);
        EXPECT_OK(fa_workers_for(workers, w.ctx, n, grain, touch_each, touched));
        EXPECTF(all_bytes_are(touched, n, 1) && all_bytes_are(touched + n, sizeof touched - n, 0),
                "%zu by %zu", n, grain);
        EXPECT_OK(fa_frame_end(w.ctx));
    }
    EXPECT_RESULT(fa_workers_for(NULL, w.ctx, 1, 0, touch_each, touched), INVALID_ARGUMENT);
    w.rec.count = 0;
    close_all();
}
END_TEST

static uint8_t nested[16][500];
static void inner_loop(fa_context *ctx, void *user)
{
    EXPECT_OK(fa_workers_for(workers, ctx, 500, 10, touch_each, user));
}

START_TEST(worker_for_inside_of_jobs_does_not_dead_lock)
{
    open_with(counts[_i]);
    for (int round = 0; round < (SUPPORT_SLOW ? 10 : 100); round++) {
        EXPECT_OK(fa_frame_begin(w.ctx));
        memset(nested, 0, sizeof nested);
        fa_job jobs[16];
        for (int i = 0; i < 16; i++) {
            jobs[i] = (fa_job){.fn = inner_loop, .user = nested[i], .joiner_only = i % 5 == 4};
            EXPECT_OK(fa_workers_submit(workers, &jobs[i]));
        }
        EXPECT_OK(fa_workers_join(workers, FA_WAIT_FOREVER));
        EXPECT(all_bytes_are(nested, sizeof nested, 1));
        EXPECT_OK(fa_frame_end(w.ctx));
    }
    close_all();
}
END_TEST

/* ---- the system ---------------------------------------------------------------------------------------- */

static unsigned threads_allowed;
static bool start_some(fai_thread *thread)
{
    return threads_allowed-- > 0 && fai_platform_os.thread_start(thread);
}

START_TEST(fault_20_a_thread_that_the_system_refuses_leaves_nothing_behind)
{
    tracking_open(&w.backing);
    recorder_open(&w.rec);
    fai_platform platform = fai_platform_os;
    platform.thread_start = start_some;
    fa_allocator_desc desc = world_desc(&w, NULL);
    EXPECT_OK(fai_allocator_create_on(&desc, &platform, &w.allocator, FA_HERE));
    EXPECT_OK(fa_context_attach(w.allocator, NULL, &w.ctx));
    for (unsigned k = 0; k < 4; k++) {
        threads_allowed = k;
        workers = (fa_workers *)opaque(&w);
        EXPECT_RESULT(fa_workers_start(w.ctx, &(fa_workers_desc){.worker_count = 4}, &workers),
                      OUT_OF_MEMORY);
        EXPECT(workers == NULL);
        EXPECT_RESULT(fa_context_last_result(w.ctx), OUT_OF_MEMORY);
        EXPECT_UINT(world_stats(&w).contexts, 1);
    }
    threads_allowed = 4;
    EXPECT_OK(fa_workers_start(w.ctx, &(fa_workers_desc){.worker_count = 4}, &workers));
    world_expect_quiet(&w);
    close_all();
}
END_TEST

START_TEST(fault_20_memory_that_the_system_refuses_for_a_workers_context_leaves_nothing_behind)
{
    for (uint64_t k = 1; k < 12; k++) {
        world_open(&w, NULL);
        w.backing.fail_op = k % 2 != 0 ? OP_RESERVE : OP_COMMIT;
        w.backing.fail_at = (k + 1) / 2;
        w.backing.fail_from_then_on = true;
        fa_result result = fa_workers_start(w.ctx, &(fa_workers_desc){.worker_count = 3}, &workers);
        EXPECTF(result == FA_RESULT_OUT_OF_MEMORY || (result == FA_RESULT_OK && !w.backing.failing), "%s",
                fa_result_name(result));
        EXPECT((workers == NULL) == (result != FA_RESULT_OK));
        w.backing.fail_at = 0;
        w.backing.failing = false;
        w.backing.fail_from_then_on = false;
        if (workers == NULL) {
            EXPECT_UINT(world_stats(&w).contexts, 1);
            EXPECT_OK(fa_workers_start(w.ctx, &(fa_workers_desc){.worker_count = 3}, &workers));
        }
        close_all();
    }
}
END_TEST

START_TEST(worker_steady_frames_ask_nothing_of_the_system)
{
    /* A worker that the scheduler leaves without a job for two windows would give its pages back. */
    fa_allocator_desc desc = {.frame_keep_bytes = FA_NO_LIMIT};
    world_open(&w, &desc);
    EXPECT_OK(fa_workers_start(w.ctx, &(fa_workers_desc){.worker_count = 2}, &workers));
    bool warm = false;
    while (!warm) { /* until each worker has had a frame's memory */
        EXPECT_OK(fa_frame_begin(w.ctx));
        run_jobs(20);
        warm = true;
        for (uint32_t i = 1; i <= 2; i++) {
            fa_worker_state state;
            EXPECT_OK(fa_workers_state(workers, i, &state));
            warm = warm && state.jobs_ended > 0;
        }
        EXPECT_OK(fa_frame_end(w.ctx));
    }
    uint64_t before = world_stats(&w).backing_calls;
    for (int frame = 0; frame < 100; frame++) { /* inside one keep window */
        EXPECT_OK(fa_frame_begin(w.ctx));
        run_jobs(20);
        EXPECT_OK(fa_frame_end(w.ctx));
    }
    EXPECT_UINT(world_stats(&w).backing_calls, before);
    close_all();
}
END_TEST

/* Another thread submits while the starter crosses boundaries: a job starts between two of them, or waits. */
static fa_job foreign_jobs[2000];
static atomic_bool all_submitted;
static void *submit_many(void *user)
{
    (void)user;
    for (size_t i = 0; i < sizeof foreign_jobs / sizeof *foreign_jobs; i++) {
        foreign_jobs[i] = (fa_job){.fn = count_up, .user = &ran};
        EXPECT_OK(fa_workers_submit(workers, &foreign_jobs[i]));
    }
    atomic_store(&all_submitted, true);
    return NULL;
}

START_TEST(worker_other_threads_may_submit_while_frames_begin_and_end)
{
    open_with(counts[_i]);
    pthread_t thread;
    EXPECT(pthread_create(&thread, NULL, submit_many, NULL) == 0);
    while (!atomic_load(&all_submitted) || fa_workers_outstanding(workers) > 0) {
        /* What arrives between a join and a boundary makes the boundary refuse: join again. */
        while (fa_frame_begin(w.ctx) == FA_RESULT_BUSY) {
            EXPECT_OK(fa_workers_join(workers, FA_WAIT_FOREVER));
        }
        EXPECT(fa_frame_is_open(w.ctx));
        while (fa_frame_end(w.ctx) == FA_RESULT_BUSY) {
            EXPECT_OK(fa_workers_join(workers, FA_WAIT_FOREVER));
        }
        EXPECT(!fa_frame_is_open(w.ctx));
    }
    EXPECT(pthread_join(thread, NULL) == 0);
    EXPECT_UINT(atomic_load(&ran), sizeof foreign_jobs / sizeof *foreign_jobs);
    w.rec.count = 0;
    EXPECT(fa_core_count() >= 1);
    close_all();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("worker");
    TCase *tcase = support_case(suite, "worker");
    tcase_add_loop_test(tcase, worker_each_job_runs_exactly_once, 0, COUNTS);
    tcase_add_loop_test(tcase, worker_joiner_only_jobs_run_on_the_joining_thread_in_order, 0, COUNTS);
    tcase_add_test(tcase, worker_zero_workers_run_jobs_in_the_join_in_the_order_of_submission);
    tcase_add_loop_test(tcase, worker_jobs_submit_jobs_and_the_join_waits_for_all, 0, COUNTS);
    tcase_add_loop_test(tcase, worker_frames_begin_and_end_with_the_starters_and_hold_until_then, 0, COUNTS);
    tcase_add_test(tcase, worker_boundaries_are_refused_while_a_job_is_outstanding);
    tcase_add_test(tcase, worker_contexts_boundaries_and_joins_are_refused_inside_a_job);
    tcase_add_test(tcase, worker_misuse_is_refused_and_changes_nothing);
    tcase_add_loop_test(tcase, worker_for_covers_each_index_exactly_once, 0, COUNTS);
    tcase_add_loop_test(tcase, worker_for_inside_of_jobs_does_not_dead_lock, 0, COUNTS);
    tcase_add_test(tcase, worker_steady_frames_ask_nothing_of_the_system);
    tcase_add_loop_test(tcase, worker_other_threads_may_submit_while_frames_begin_and_end, 0, COUNTS);
    tcase = support_case(suite, "worker: faults");
    tcase_add_test(tcase, fault_33_a_join_that_times_out_names_the_worker_and_the_job);
    tcase_add_test(tcase, fault_33_stopping_workers_that_hang_times_out_and_can_be_tried_again);
    tcase_add_test(tcase, fault_33_a_worker_that_dies_in_a_job_is_told_and_the_others_go_on);
    tcase_add_test(tcase, fault_33_a_starter_that_ends_takes_its_workers_with_it);
    tcase_add_test(tcase, fault_20_a_thread_that_the_system_refuses_leaves_nothing_behind);
    tcase_add_test(tcase,
                   fault_20_memory_that_the_system_refuses_for_a_workers_context_leaves_nothing_behind);
    return support_run(suite);
}
