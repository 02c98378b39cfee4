/* Frees of objects that belong to another context: when they come home, how many may wait, and fault 23: a
 * queue that is full drops nothing, whatever its policy. */
#include "core/context.h"
#include "core/support.h"

enum { COUNT = 200, BYTES = 100 };

static world w;
static fa_context *other; ///< of the same thread, unless a test says otherwise
static void *blocks[COUNT];

static void setup(void)
{
    world_open(&w, NULL);
    EXPECT_OK(fa_context_attach(w.allocator, &(fa_context_desc){.name = "other"}, &other));
}

static void teardown(void)
{
    if (other != NULL) {
        EXPECT_OK(fa_context_detach(other));
    }
    world_close(&w);
}

static fa_deferred_stats stats_of(const fa_context *ctx)
{
    fa_deferred_stats s;
    EXPECT_OK(fa_deferred_stats_get(ctx, &s));
    EXPECT_UINT(s.queued, s.processed + s.depth);
    EXPECT(s.peak >= s.depth);
    return s;
}

static void take(int count)
{
    for (int i = 0; i < count; i++) {
        blocks[i] = fa_pool_alloc(w.ctx, BYTES, 8);
        EXPECT(blocks[i] != NULL);
    }
}

static void free_by_other(int from, int to)
{
    for (int i = from; i < to; i++) {
        EXPECT_OK(fa_pool_free(other, blocks[i]));
    }
}

/// Everything is home, and the memory serves again.
static void expect_home(int count)
{
    fa_deferred_stats s = stats_of(w.ctx);
    EXPECT_UINT(s.depth, 0);
    EXPECT_UINT(s.bytes, 0);
    EXPECT_UINT(s.processed, (uint64_t)count);
    EXPECT_UINT(world_stats(&w).pool_objects, 0);
    EXPECT_UINT(world_stats(&w).pool_bytes, 0);
    EXPECT(fa_allocator_validate(w.allocator));
}

/* ---- when they come home ------------------------------------------------------------------------------- */

START_TEST(deferred_frees_are_gathered_queued_and_taken_in_at_the_begin_of_a_frame)
{
    take(COUNT);
    free_by_other(0, 10);
    EXPECT_UINT(stats_of(w.ctx).queued, 0); /* a batch that is not full */
    EXPECT_UINT(world_stats(&w).pool_objects, COUNT - 10);
    free_by_other(10, 62);
    fa_deferred_stats s = stats_of(w.ctx);
    EXPECT_UINT(s.depth, 62);
    EXPECT_UINT(s.bytes, 62 * BYTES);
    free_by_other(62, COUNT);
    EXPECT_UINT(stats_of(w.ctx).depth, 186);
    EXPECT_OK(fa_frame_begin(other)); /* a boundary of the freeing side */
    EXPECT_UINT(stats_of(w.ctx).depth, COUNT);
    EXPECT_OK(fa_frame_end(other));
    EXPECT_OK(fa_frame_begin(w.ctx));
    expect_home(COUNT);
    EXPECT_UINT(stats_of(w.ctx).peak, COUNT);
    EXPECT_OK(fa_frame_end(w.ctx));
    fa_deferred_stats sum;
    EXPECT_OK(fa_deferred_stats_sum(w.allocator, &sum));
    EXPECT_UINT(sum.processed, COUNT);
    EXPECT_UINT(sum.peak, COUNT);
}
END_TEST

START_TEST(deferred_batch_is_queued_at_the_end_of_a_frame_at_a_drain_and_when_its_context_goes)
{
    take(5);
    EXPECT_OK(fa_frame_begin(other));
    free_by_other(0, 1);
    EXPECT_UINT(stats_of(w.ctx).queued, 0);
    EXPECT_OK(fa_frame_end(other));
    EXPECT_UINT(stats_of(w.ctx).queued, 1);
    free_by_other(1, 2);
    EXPECT_OK(fa_pool_drain(other));
    EXPECT_UINT(stats_of(w.ctx).queued, 2);
    free_by_other(2, 3);
    EXPECT_OK(fa_context_hand_over(other)); /* nobody may take it over for long */
    EXPECT_UINT(stats_of(w.ctx).queued, 3);
    EXPECT_OK(fa_context_take_over(other));
    free_by_other(3, 4);
    fa_barrier *barrier = NULL;
    EXPECT_OK(fa_barrier_create(w.allocator, 2, &barrier));
    EXPECT_RESULT(fa_barrier_wait(barrier, other, 0), TIMEOUT); /* before it waits */
    EXPECT_UINT(stats_of(w.ctx).queued, 4);
    EXPECT_OK(fa_barrier_destroy(barrier));
    free_by_other(4, 5);
    EXPECT_OK(fa_context_detach(other));
    other = NULL;
    EXPECT_UINT(stats_of(w.ctx).queued, 5);
    EXPECT_OK(fa_pool_drain(w.ctx));
    expect_home(5);
}
END_TEST

static void free_first(fa_context *ctx, void *user)
{
    (void)user;
    EXPECT_OK(fa_pool_free(ctx, blocks[0]));
}

START_TEST(deferred_batch_of_a_worker_is_queued_when_its_job_ends)
{
    take(1);
    fa_workers *workers = NULL;
    EXPECT_OK(fa_workers_start(other, &(fa_workers_desc){.worker_count = 1}, &workers));
    fa_job job = {.fn = free_first};
    EXPECT_OK(fa_workers_submit(workers, &job));
    while (fa_workers_outstanding(workers) > 0) {
        (void)sched_yield();
    }
    EXPECT_UINT(stats_of(w.ctx).queued, 1);
    EXPECT_OK(fa_workers_join(workers, FA_WAIT_FOREVER));
    EXPECT_OK(fa_workers_stop(workers, FA_WAIT_FOREVER));
    EXPECT_OK(fa_pool_drain(w.ctx));
    expect_home(1);
}
END_TEST

START_TEST(deferred_batch_of_one_is_queued_at_once)
{
    EXPECT_OK(fa_deferred_set(w.ctx, &(fa_deferred_desc){.batch_count = 1}));
    EXPECT_UINT(fa_deferred_get(w.ctx)->batch_count, 1);
    take(3);
    for (int i = 0; i < 3; i++) {
        free_by_other(i, i + 1);
        EXPECT_UINT(stats_of(w.ctx).depth, (uint64_t)i + 1);
    }
    EXPECT_OK(fa_pool_drain(w.ctx));
    expect_home(3);
}
END_TEST

START_TEST(deferred_frees_come_home_where_the_desc_says_and_nowhere_else)
{
    static const uint32_t whens[] = {FA_DEFERRED_AT_BEGIN, FA_DEFERRED_AT_END, FA_DEFERRED_WHEN_EMPTY,
                                     FA_DEFERRED_EXPLICIT,
                                     FA_DEFERRED_AT_BEGIN | FA_DEFERRED_AT_END | FA_DEFERRED_WHEN_EMPTY};
    for (unsigned i = 0; i < sizeof whens / sizeof whens[0]; i++) {
        uint32_t when = whens[i];
        EXPECT_OK(fa_deferred_set(w.ctx, &(fa_deferred_desc){.drain = when, .batch_count = 1}));
        take(COUNT);
        free_by_other(0, 1);
        EXPECT_OK(fa_frame_begin(w.ctx));
        EXPECT_UINT(stats_of(w.ctx).depth, (when & FA_DEFERRED_AT_BEGIN) != 0 ? 0 : 1);
        EXPECT_OK(fa_pool_drain(w.ctx));
        free_by_other(1, 2);
        EXPECT_OK(fa_frame_end(w.ctx));
        EXPECT_UINT(stats_of(w.ctx).depth, (when & FA_DEFERRED_AT_END) != 0 ? 0 : 1);
        EXPECT_OK(fa_pool_drain(w.ctx));
        free_by_other(2, 3);
        void *more[1000]; /* more than a page holds: the class runs empty */
        for (int k = 0; k < 1000; k++) {
            more[k] = fa_pool_alloc(w.ctx, BYTES, 8);
        }
        EXPECT_UINT(stats_of(w.ctx).depth, (when & FA_DEFERRED_WHEN_EMPTY) != 0 ? 0 : 1);
        for (int k = 0; k < 1000; k++) {
            EXPECT_OK(fa_pool_free(w.ctx, more[k]));
        }
        free_by_other(3, COUNT);
        EXPECT_OK(fa_pool_drain(w.ctx));
        expect_home(COUNT * (int)(i + 1));
    }
}
END_TEST

START_TEST(deferred_frees_come_home_a_few_at_a_time)
{
    EXPECT_OK(fa_deferred_set(w.ctx, &(fa_deferred_desc){.at_once_count = 7}));
    take(COUNT);
    free_by_other(0, COUNT);
    EXPECT_OK(fa_pool_drain(other));
    for (int i = 1; i <= 10; i++) {
        EXPECT_OK(fa_frame_begin(w.ctx));
        EXPECT_UINT(stats_of(w.ctx).processed, 7 * (uint64_t)i);
        EXPECT_UINT(stats_of(w.ctx).bytes, BYTES * (COUNT - 7 * (uint64_t)i));
        EXPECT_OK(fa_frame_end(w.ctx));
    }
    size_t count = 99;
    EXPECT_OK(fa_deferred_process(w.ctx, 0, &count));
    EXPECT_UINT(count, 0);
    EXPECT_OK(fa_deferred_process(w.ctx, 100, &count));
    EXPECT_UINT(count, 100);
    EXPECT_OK(fa_deferred_process(w.ctx, 100, &count));
    EXPECT_UINT(count, COUNT - 170);
    EXPECT_OK(fa_deferred_process(w.ctx, 100, NULL));
    expect_home(COUNT);
}
END_TEST

START_TEST(deferred_frees_come_home_with_each_allocation)
{
    EXPECT_OK(fa_deferred_set(w.ctx, &(fa_deferred_desc){.drain = FA_DEFERRED_AT_END, .per_alloc_count = 2}));
    take(COUNT);
    free_by_other(0, COUNT);
    EXPECT_OK(fa_pool_drain(other));
    for (int i = 1; i <= 50; i++) {
        blocks[i] = fa_pool_alloc(w.ctx, (size_t)i * 20, 8); /* any size */
        EXPECT(blocks[i] != NULL);
        EXPECT_UINT(stats_of(w.ctx).processed, 2 * (uint64_t)i);
    }
    for (int i = 1; i <= 50; i++) {
        EXPECT_OK(fa_pool_free(w.ctx, blocks[i]));
    }
    EXPECT_OK(fa_deferred_set(w.ctx, NULL));
    EXPECT_OK(fa_pool_free(w.ctx, fa_pool_alloc(w.ctx, 64, 8)));
    EXPECT_UINT(stats_of(w.ctx).processed, 100);
    EXPECT_OK(fa_pool_drain(w.ctx));
    expect_home(COUNT);
}
END_TEST

/* The listener of what came home allocates; a report's handler may as well. */
static void allocate_in_listener(void *user, const fa_lifecycle_event *event)
{
    void **kept = user;
    if (*kept == NULL) {
        *kept = fa_pool_alloc(event->ctx, BYTES, 8);
    }
}

START_TEST(deferred_frees_are_told_and_the_listener_may_allocate)
{
    void *kept = NULL;
    EXPECT_OK(fa_lifecycle_listen(
        w.ctx, ((fa_lifecycle_listener){.fn = allocate_in_listener,
                                        .user = &kept,
                                        .kinds = FA_LIFECYCLE_BIT(FA_LIFECYCLE_FREES_PROCESSED)})));
    EXPECT_OK(fa_deferred_set(w.ctx, &(fa_deferred_desc){.drain = FA_DEFERRED_AT_END, .per_alloc_count = 3}));
    take(COUNT);
    free_by_other(0, COUNT);
    EXPECT_OK(fa_pool_drain(other));
    void *p = fa_pool_alloc(w.ctx, BYTES, 8);
    EXPECT(p != NULL && kept != NULL && p != kept);
    EXPECT_OK(fa_pool_free(w.ctx, p));
    EXPECT_OK(fa_pool_free(w.ctx, kept));
    EXPECT_OK(fa_pool_drain(w.ctx));
    expect_home(COUNT);
}
END_TEST

START_TEST(deferred_frees_come_home_before_a_request_is_refused)
{
    EXPECT_OK(fa_context_detach(other));
    other = NULL;
    world small;
    fa_deferred_desc explicit = {.drain = FA_DEFERRED_EXPLICIT};
    fa_allocator_desc desc = {.object_max_bytes = (size_t)1 << 20, .deferred = &explicit};
    world_open(&small, &desc);
    EXPECT_UINT(fa_allocator_resolved_desc(small.allocator)->deferred->drain, FA_DEFERRED_EXPLICIT);
    EXPECT_UINT(fa_deferred_get(small.ctx)->drain, FA_DEFERRED_EXPLICIT);
    fa_context *second = NULL;
    EXPECT_OK(fa_context_attach(small.allocator, NULL, &second));
    enum { MANY = 40 };
    void *large[MANY];
    int count = 0;
    while (count < MANY && (large[count] = fa_pool_alloc(small.ctx, 32000, 8)) != NULL) {
        count++;
    }
    EXPECT(count > 10 && count < MANY);
    for (int i = 0; i < count; i++) {
        EXPECT_OK(fa_pool_free(second, large[i]));
    }
    EXPECT_OK(fa_pool_drain(second));
    EXPECT_UINT(stats_of(small.ctx).depth, (uint64_t)count);
    for (int i = 0; i < count; i++) {
        large[i] = fa_pool_alloc(small.ctx, 32000, 8);
        EXPECT(large[i] != NULL);
    }
    for (int i = 0; i < count; i++) {
        EXPECT_OK(fa_pool_free(small.ctx, large[i]));
    }
    EXPECT_OK(fa_context_detach(second));
    world_close(&small);
}
END_TEST

static void *free_again(void *user)
{
    fa_context *ctx = NULL;
    EXPECT_OK(fa_context_attach(w.allocator, NULL, &ctx));
    EXPECT_RESULT(fa_pool_free(ctx, opaque(user)), DOUBLE_FREE);
    EXPECT_OK(fa_context_detach(ctx));
    return NULL;
}

START_TEST(deferred_block_that_is_on_its_way_is_refused_to_a_third_context)
{
    take(4);
    free_by_other(0, 2);
    on_another_thread(free_again, blocks[1]);
    EXPECT_OK(fa_pool_free(other, blocks[2]));
    on_another_thread(free_again, blocks[2]);
    EXPECT_RESULT(fa_pool_free(other, opaque(blocks[2])), DOUBLE_FREE);
    EXPECT_OK(fa_pool_free(other, blocks[3]));
    EXPECT_UINT(recorder_count_of(&w.rec, FA_CODE_FA607), 3);
    recorder_clear(&w.rec);
    EXPECT_OK(fa_pool_drain(other));
    EXPECT_OK(fa_pool_drain(w.ctx));
    expect_home(4);
}
END_TEST

/* ---- fault 23: a queue that is full -------------------------------------------------------------------- */

typedef struct visitor { ///< a thread that frees blocks[from..to) through a context of its own
    int from, to;
    int full; ///< how many gave FULL
} visitor;

static void *free_from_a_thread(void *user)
{
    visitor *v = user;
    fa_context *ctx = NULL;
    EXPECT_OK(fa_context_attach(w.allocator, NULL, &ctx));
    for (int i = v->from; i < v->to; i++) {
        fa_result result = fa_pool_free(ctx, blocks[i]);
        EXPECT(result == FA_RESULT_OK || result == FA_RESULT_FULL);
        v->full += result == FA_RESULT_FULL;
        if (result == FA_RESULT_FULL) {
            EXPECT_RESULT(fa_context_last_result(ctx), FULL);
        }
    }
    EXPECT_OK(fa_context_detach(ctx));
    return NULL;
}

/// Let a thread free `count` objects while nobody takes in, with a capacity; nothing may be lost.
static visitor fill_queue(fa_deferred_full full, size_t capacity, int count, fa_deferred_stats *before)
{
    fa_deferred_desc desc = {.drain = FA_DEFERRED_EXPLICIT,
                             .batch_count = 1,
                             .capacity_count = capacity,
                             .full = full,
                             .block_timeout_ns = full == FA_DEFERRED_BLOCK ? 100000 : 0};
    EXPECT_OK(fa_deferred_set(w.ctx, &desc));
    take(count);
    visitor v = {.from = 0, .to = count};
    on_another_thread(free_from_a_thread, &v);
    EXPECT_UINT(world_stats(&w).pool_objects, 0); /* free, wherever they wait */
    *before = stats_of(w.ctx);
    EXPECT_UINT(before->depth, (uint64_t)count);
    for (int i = 0; i < count; i++) {
        EXPECT_RESULT(fa_pool_free(w.ctx, opaque(blocks[i])), DOUBLE_FREE);
    }
    recorder_clear(&w.rec);
    EXPECT_OK(fa_pool_drain(w.ctx));
    EXPECT_UINT(stats_of(w.ctx).depth, 0);
    return v;
}

START_TEST(fault_23_a_full_queue_drops_nothing_whatever_its_policy)
{
    enum { FREES = 20 };
    static const size_t capacities[] = {1, 2, FREES - 1, FREES, FREES + 1};
    int home = 0;
    fa_deferred_stats last = {0};
    for (unsigned i = 0; i < sizeof capacities / sizeof capacities[0]; i++) {
        size_t capacity = capacities[i];
        size_t over = capacity < FREES ? FREES - capacity : 0;
        for (int full = 0; full < FA_DEFERRED_FULL_COUNT; full++) {
            fa_deferred_stats s;
            visitor v = fill_queue((fa_deferred_full)full, capacity, FREES, &s);
            home += FREES;
            EXPECT_UINT(s.queued, (uint64_t)home);
            EXPECT_UINT(v.full, full == FA_DEFERRED_FAIL ? over : 0);
            EXPECT_UINT(s.grown - last.grown, full == FA_DEFERRED_GROW ? over : 0);
            EXPECT_UINT(s.in_place - last.in_place, full == FA_DEFERRED_GROW ? 0 : over);
            EXPECT_UINT(s.timed_out - last.timed_out, full == FA_DEFERRED_BLOCK ? over : 0);
            EXPECT_UINT(s.bytes, BYTES * (full == FA_DEFERRED_GROW ? FREES : FREES - over));
            last = s;
        }
    }
    expect_home(home);
}
END_TEST

START_TEST(fault_23_who_owns_both_sides_takes_in_on_the_spot)
{
    static const fa_deferred_full policies[] = {FA_DEFERRED_PROCESS, FA_DEFERRED_BLOCK};
    for (int k = 0; k < 2; k++) {
        EXPECT_OK(fa_deferred_set(w.ctx, &(fa_deferred_desc){.drain = FA_DEFERRED_EXPLICIT,
                                                             .batch_count = 1,
                                                             .capacity_count = 3,
                                                             .full = policies[k]}));
        take(30);
        free_by_other(0, 30); /* waiting for itself would be a dead-lock */
        EXPECT(stats_of(w.ctx).depth <= 3);
        EXPECT_OK(fa_pool_drain(w.ctx));
    }
    EXPECT_UINT(stats_of(w.ctx).in_place, 0);
    EXPECT_UINT(stats_of(w.ctx).timed_out, 0);
    expect_home(60);
}
END_TEST

START_TEST(fault_23_who_blocks_goes_on_as_soon_as_there_is_room)
{
    EXPECT_OK(fa_deferred_set(w.ctx, &(fa_deferred_desc){.drain = FA_DEFERRED_EXPLICIT,
                                                         .batch_count = 4,
                                                         .capacity_count = 8,
                                                         .full = FA_DEFERRED_BLOCK,
                                                         .block_timeout_ns = FA_WAIT_FOREVER}));
    take(COUNT);
    visitor v = {.from = 0, .to = COUNT};
    pthread_t thread;
    EXPECT(pthread_create(&thread, NULL, free_from_a_thread, &v) == 0);
    while (stats_of(w.ctx).processed < COUNT) {
        EXPECT(stats_of(w.ctx).depth <= 8);
        EXPECT_OK(fa_pool_drain(w.ctx));
        (void)sched_yield();
    }
    EXPECT(pthread_join(thread, NULL) == 0);
    EXPECT_UINT(stats_of(w.ctx).in_place, 0);
    expect_home(COUNT);
}
END_TEST

START_TEST(fault_23_who_blocks_goes_on_when_the_owner_leaves)
{
    fa_context *owner = NULL;
    EXPECT_OK(fa_context_attach(w.allocator, NULL, &owner));
    EXPECT_OK(fa_deferred_set(owner, &(fa_deferred_desc){.drain = FA_DEFERRED_EXPLICIT,
                                                         .batch_count = 1,
                                                         .capacity_count = 1,
                                                         .full = FA_DEFERRED_BLOCK,
                                                         .block_timeout_ns = FA_WAIT_FOREVER}));
    for (int i = 0; i < 10; i++) {
        blocks[i] = fa_pool_alloc(owner, BYTES, 8);
    }
    visitor v = {.from = 0, .to = 10};
    pthread_t thread;
    EXPECT(pthread_create(&thread, NULL, free_from_a_thread, &v) == 0);
    while (stats_of(owner).depth == 0) {
        (void)sched_yield();
    }
    EXPECT_OK(fa_context_detach(owner));
    EXPECT(pthread_join(thread, NULL) == 0);
    EXPECT_UINT(world_stats(&w).pool_objects, 0);
    fa_deferred_stats s;
    EXPECT_OK(fa_deferred_stats_sum(w.allocator, &s));
    EXPECT_UINT(s.processed, 10);
    EXPECT_UINT(s.depth, 0);
}
END_TEST

/* Three threads free what a fourth one takes, under each policy, with little room. */
enum { PRODUCERS = 3, RING = 64 };
static _Atomic(void *) rings[PRODUCERS][RING];
static atomic_bool storm_over;

static void *storm(void *user)
{
    _Atomic(void *) *ring = user;
    fa_context *ctx = NULL;
    EXPECT_OK(fa_context_attach(w.allocator, NULL, &ctx));
    bool over = false;
    while (!over) {
        over = atomic_load(&storm_over);
        for (int i = 0; i < RING; i++) {
            char *p = atomic_exchange(&ring[i], NULL);
            if (p != NULL) {
                memset(p, 0x55, 48); /* ours until it is freed */
                fa_result result = fa_pool_free(ctx, p);
                EXPECT(result == FA_RESULT_OK || result == FA_RESULT_FULL);
            }
        }
        (void)sched_yield();
    }
    EXPECT_OK(fa_context_detach(ctx));
    return NULL;
}

static void run_storm(const fa_deferred_desc *desc)
{
    EXPECT_OK(fa_deferred_set(w.ctx, desc));
    uint64_t before = stats_of(w.ctx).processed;
    pthread_t threads[PRODUCERS];
    atomic_store(&storm_over, false);
    for (int i = 0; i < PRODUCERS; i++) {
        EXPECT(pthread_create(&threads[i], NULL, storm, rings[i]) == 0);
    }
    uint64_t sent = 0;
    for (int round = 0; round < (SUPPORT_SLOW ? 60 : 400); round++) {
        EXPECT_OK(fa_frame_begin(w.ctx));
        for (int i = 0; i < PRODUCERS; i++) {
            for (int k = 0; k < RING; k++) {
                if (atomic_load(&rings[i][k]) == NULL) {
                    char *p = fa_pool_alloc(w.ctx, 48 + (size_t)(round + k) % 3 * 200, 8);
                    EXPECT(p != NULL);
                    memset(p, 0xAA, 48);
                    atomic_store(&rings[i][k], p);
                    sent++;
                }
            }
        }
        EXPECT_OK(fa_frame_end(w.ctx));
    }
    atomic_store(&storm_over, true);
    for (int i = 0; i < PRODUCERS; i++) {
        EXPECT(pthread_join(threads[i], NULL) == 0);
    }
    EXPECT_OK(fa_pool_drain(w.ctx));
    EXPECT_UINT(stats_of(w.ctx).processed - before, sent);
    EXPECT_UINT(stats_of(w.ctx).depth, 0);
    EXPECT_UINT(stats_of(w.ctx).bytes, 0);
    EXPECT_UINT(world_stats(&w).pool_objects, 0);
    EXPECT_UINT(world_stats(&w).pool_bytes, 0);
    EXPECT(fa_allocator_validate(w.allocator));
}

START_TEST(fault_23_threads_that_race_for_little_room_lose_nothing)
{
    for (int full = 0; full < FA_DEFERRED_FULL_COUNT; full++) {
        run_storm(&(fa_deferred_desc){.drain = FA_DEFERRED_AT_END,
                                      .per_alloc_count = full % 2 != 0 ? 1 : 0,
                                      .at_once_count = 50,
                                      .batch_count = full == FA_DEFERRED_FAIL ? 1 : 3,
                                      .capacity_count = 10,
                                      .full = (fa_deferred_full)full,
                                      .block_timeout_ns = full == FA_DEFERRED_BLOCK ? 200000 : 0});
    }
    run_storm(NULL);
}
END_TEST

/* ---- misuse -------------------------------------------------------------------------------------------- */

START_TEST(deferred_desc_that_contradicts_itself_is_refused_with_every_problem)
{
    static const fa_deferred_desc wrong[] = {
        {.start_canary = 1},
        {.end_canary = 1},
        {.drain = 16},
        {.drain = FA_DEFERRED_EXPLICIT | FA_DEFERRED_AT_END},
        {.drain = FA_DEFERRED_EXPLICIT, .per_alloc_count = 1},
        {.drain = FA_DEFERRED_EXPLICIT, .at_once_count = 1},
        {.batch_count = FA_DEFERRED_BATCH_MAX + 1},
        {.batch_count = 10, .capacity_count = 9},
        {.full = FA_DEFERRED_FULL_COUNT, .capacity_count = 9},
        {.full = FA_DEFERRED_BLOCK},
        {.full = FA_DEFERRED_FAIL, .capacity_count = FA_NO_LIMIT},
        {.block_timeout_ns = 5, .capacity_count = 9},
        {.block_timeout_ns = -5, .full = FA_DEFERRED_BLOCK, .capacity_count = 9},
    };
    for (unsigned i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        EXPECT_REFUSED(&w, fa_deferred_set(w.ctx, &wrong[i]), FA103, INVALID_DESC);
        EXPECT_UINT(fa_deferred_get(w.ctx)->batch_count, FA_DEFERRED_BATCH_MAX);
        fa_allocator *refused = NULL;
        fa_allocator_desc desc = {.deferred = &wrong[i],
                                  .handler = {recorder_handle, &w.rec},
                                  .strictness = FA_STRICT_REPORT};
        EXPECT_RESULT(fa_allocator_create(&desc, &refused), INVALID_DESC);
        EXPECT_UINT(w.rec.count, 1);
        recorder_clear(&w.rec);
    }
    EXPECT_OK(fa_deferred_set(w.ctx, &(fa_deferred_desc){.capacity_count = FA_NO_LIMIT}));
    EXPECT_OK(fa_deferred_set(w.ctx, &(fa_deferred_desc){.capacity_count = 100}));
    EXPECT_UINT(fa_deferred_get(w.ctx)->batch_count, 100 / 8);
    EXPECT_RESULT(fa_deferred_stats_get(NULL, &(fa_deferred_stats){0}), INVALID_ARGUMENT);
    EXPECT_RESULT(fa_deferred_stats_get(w.ctx, NULL), INVALID_ARGUMENT);
    EXPECT_RESULT(fa_deferred_stats_sum(NULL, &(fa_deferred_stats){0}), INVALID_ARGUMENT);
    EXPECT_RESULT(fa_deferred_stats_sum(w.allocator, NULL), INVALID_ARGUMENT);
}
END_TEST

static void *set_from_a_stranger(void *user)
{
    (void)user;
    EXPECT_RESULT(fa_deferred_set(w.ctx, NULL), WRONG_THREAD);
    recorder_expect_one(&w.rec, FA_CODE_FA206, FA_RESULT_WRONG_THREAD, __FILE__, __LINE__ - 1, "set");
    size_t count = 7;
    EXPECT_RESULT(fa_deferred_process(w.ctx, 1, &count), WRONG_THREAD);
    recorder_expect_one(&w.rec, FA_CODE_FA206, FA_RESULT_WRONG_THREAD, __FILE__, __LINE__ - 1, "process");
    EXPECT_UINT(count, 0);
    return NULL;
}

START_TEST(deferred_desc_ends_with_the_attachment_and_is_the_owners)
{
    on_another_thread(set_from_a_stranger, NULL);
    EXPECT_OK(fa_deferred_set(other, &(fa_deferred_desc){.batch_count = 5}));
    EXPECT_OK(fa_context_detach(other));
    EXPECT_OK(fa_context_attach(w.allocator, NULL, &other));
    EXPECT_UINT(fa_deferred_get(other)->batch_count, FA_DEFERRED_BATCH_MAX);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("deferred frees");
    TCase *home = support_case(suite, "home");
    tcase_add_checked_fixture(home, setup, teardown);
    tcase_add_test(home, deferred_frees_are_gathered_queued_and_taken_in_at_the_begin_of_a_frame);
    tcase_add_test(home, deferred_batch_is_queued_at_the_end_of_a_frame_at_a_drain_and_when_its_context_goes);
    tcase_add_test(home, deferred_batch_of_a_worker_is_queued_when_its_job_ends);
    tcase_add_test(home, deferred_batch_of_one_is_queued_at_once);
    tcase_add_test(home, deferred_frees_come_home_where_the_desc_says_and_nowhere_else);
    tcase_add_test(home, deferred_frees_come_home_a_few_at_a_time);
    tcase_add_test(home, deferred_frees_come_home_with_each_allocation);
    tcase_add_test(home, deferred_frees_are_told_and_the_listener_may_allocate);
    tcase_add_test(home, deferred_frees_come_home_before_a_request_is_refused);
    tcase_add_test(home, deferred_block_that_is_on_its_way_is_refused_to_a_third_context);
    TCase *full = support_case(suite, "full");
    tcase_add_checked_fixture(full, setup, teardown);
    tcase_add_test(full, fault_23_a_full_queue_drops_nothing_whatever_its_policy);
    tcase_add_test(full, fault_23_who_owns_both_sides_takes_in_on_the_spot);
    tcase_add_test(full, fault_23_who_blocks_goes_on_as_soon_as_there_is_room);
    tcase_add_test(full, fault_23_who_blocks_goes_on_when_the_owner_leaves);
    tcase_add_test(full, fault_23_threads_that_race_for_little_room_lose_nothing);
    TCase *misuse = support_case(suite, "misuse");
    tcase_add_checked_fixture(misuse, setup, teardown);
    tcase_add_test(misuse, deferred_desc_that_contradicts_itself_is_refused_with_every_problem);
    tcase_add_test(misuse, deferred_desc_ends_with_the_attachment_and_is_the_owners);
    return support_run(suite);
}
