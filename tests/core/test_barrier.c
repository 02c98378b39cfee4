/* Barriers: generations of many threads, joining and leaving, time-outs that name who is missing, frames that
 * end together; fault 18. The system's own backing: no lock of the tests orders anything for TSan. */
#include "core/support.h"

static world w;
static fa_barrier *barrier;
static fa_allocator *shared;

static void open_world(void)
{
    fa_allocator_desc desc = {.backing = fa_backing_os()};
    world_open(&w, &desc);
    shared = w.allocator;
}
static void close_world(void)
{
    EXPECT_OK(fa_barrier_destroy(barrier));
    world_close(&w);
}

static const int64_t soon = 20 * 1000000;

/* ---- generations --------------------------------------------------------------------------------------- */

enum { THREADS = 4, ROUNDS = SUPPORT_SLOW ? 300 : 3000 };
static int plain[THREADS]; /* written before the barrier, read by all after it: a race unless it orders */

static void *go_round(void *user)
{
    size_t self = (size_t)(uintptr_t)user;
    fa_context *ctx = NULL;
    EXPECT_OK(fa_context_attach(shared, NULL, &ctx));
    for (int round = 1; round <= ROUNDS; round++) {
        plain[self] = round;
        EXPECT_OK(fa_barrier_wait(barrier, ctx, FA_WAIT_FOREVER));
        for (int i = 0; i < THREADS; i++) {
            EXPECT_UINT(plain[i], round);
        }
        EXPECT_OK(fa_barrier_wait(barrier, ctx, FA_WAIT_FOREVER));
    }
    EXPECT_OK(fa_context_detach(ctx));
    return NULL;
}

static void run_threads(unsigned n, void *(*fn)(void *))
{
    pthread_t threads[16];
    for (uintptr_t i = 0; i < n; i++) {
        EXPECT(pthread_create(&threads[i], NULL, fn, (void *)i) == 0);
    }
    for (unsigned i = 0; i < n; i++) {
        EXPECT(pthread_join(threads[i], NULL) == 0);
    }
}

START_TEST(barrier_generations_let_nobody_through_early_and_are_reusable)
{
    open_world();
    EXPECT_OK(fa_barrier_create(w.allocator, THREADS, &barrier));
    run_threads(THREADS, go_round);
    EXPECT_UINT(fa_barrier_generation(barrier), 2 * ROUNDS);
    EXPECT_UINT(fa_barrier_participants(barrier), 0); /* they left when they detached */
    close_world();
}
END_TEST

START_TEST(barrier_of_one_passes_at_once)
{
    open_world();
    EXPECT_OK(fa_barrier_create(w.allocator, 1, &barrier));
    for (uint64_t i = 1; i <= 100; i++) {
        EXPECT_OK(fa_barrier_wait(barrier, w.ctx, 0));
        EXPECT_UINT(fa_barrier_generation(barrier), i);
    }
    close_world();
}
END_TEST

/* ---- frames -------------------------------------------------------------------------------------------- */

static uint32_t *_Atomic published[THREADS];

/* Each reads what all others wrote in this frame, up to the moment in which it arrives. */
static void *share_frames(void *user)
{
    size_t self = (size_t)(uintptr_t)user;
    fa_context *ctx = NULL;
    random_state r = {self + 1};
    EXPECT_OK(fa_context_attach(shared, NULL, &ctx));
    for (uint32_t frame = 1; frame <= ROUNDS / 3; frame++) {
        EXPECT_OK(fa_frame_begin(ctx));
        uint32_t *mine = FA_FRAME_ARRAY(ctx, uint32_t, 500);
        for (uint32_t i = 0; i < 500; i++) {
            mine[i] = frame + i;
        }
        atomic_store_explicit(&published[self], mine, memory_order_release);
        EXPECT_OK(fa_barrier_wait(barrier, ctx, FA_WAIT_FOREVER));
        for (int turn = 0; turn < 3; turn++) {
            const uint32_t *theirs =
                atomic_load_explicit(&published[random_below(&r, THREADS)], memory_order_acquire);
            for (uint32_t i = 0; i < 500; i += 7) {
                EXPECT_UINT(theirs[i], frame + i);
            }
        }
        EXPECT_OK(fa_barrier_frame_end(barrier, ctx, FA_WAIT_FOREVER));
        EXPECT(!fa_frame_is_open(ctx));
    }
    EXPECT_OK(fa_context_detach(ctx));
    return NULL;
}

START_TEST(fault_18_no_frame_is_reset_while_a_participant_may_read_it)
{
    open_world();
    EXPECT_OK(fa_barrier_create(w.allocator, THREADS, &barrier));
    run_threads(THREADS, share_frames);
    EXPECT_UINT(w.rec.count, 0);
    close_world();
}
END_TEST

START_TEST(fault_18_a_frame_end_that_times_out_leaves_the_frame_open)
{
    open_world();
    fa_context *late = NULL;
    EXPECT_OK(fa_context_attach(w.allocator, &(fa_context_desc){.name = "physics"}, &late));
    EXPECT_OK(fa_barrier_create(w.allocator, 0, &barrier));
    EXPECT_OK(fa_barrier_join(barrier, w.ctx));
    EXPECT_OK(fa_barrier_join(barrier, late));
    EXPECT_OK(fa_frame_begin(w.ctx));
    char *mine = fa_frame_alloc(w.ctx, 100, 1);
    memset(mine, 5, 100);
    EXPECT_RESULT(fa_barrier_frame_end(barrier, w.ctx, soon), TIMEOUT);
    EXPECT(fa_frame_is_open(w.ctx) && all_bytes_are(mine, 100, 5));
    EXPECT_UINT(w.rec.log_count[FA_LOG_BARRIER_TIMEOUT], 1);
    EXPECTF(strstr(w.rec.log_text, "missing: physics") != NULL &&
                strstr(w.rec.log_text, "test_barrier.c:") != NULL,
            "%s", w.rec.log_text);
    EXPECT_OK(fa_context_detach(late)); /* leaves */
    EXPECT_OK(fa_barrier_frame_end(barrier, w.ctx, 0));
    EXPECT(!fa_frame_is_open(w.ctx));
    EXPECT_REFUSED(&w, fa_barrier_frame_end(barrier, w.ctx, 0), FA603, NO_FRAME);
    close_world();
}
END_TEST

/* ---- fault 18: each participant is dropped once -------------------------------------------------------- */

static atomic_uint passed;
static atomic_int dropped = -1;
static char names[THREADS][16];

static void until_all_have_joined(void)
{
    while (fa_barrier_participants(barrier) != THREADS + 1) {
        (void)usleep(200);
    }
}

static void *take_part_or_not(void *user)
{
    size_t self = (size_t)(uintptr_t)user;
    fa_context *ctx = NULL;
    EXPECT_OK(fa_context_attach(shared, &(fa_context_desc){.name = names[self]}, &ctx));
    EXPECT_OK(fa_barrier_join(barrier, ctx));
    until_all_have_joined();
    EXPECT_OK(fa_barrier_wait(barrier, ctx, FA_WAIT_FOREVER));
    if (atomic_load(&dropped) == (int)self) {
        return NULL; /* ends without a word: adopted, and has left */
    }
    fa_result result = fa_barrier_wait(barrier, ctx, FA_WAIT_FOREVER);
    EXPECT_OK(result);
    atomic_fetch_add(&passed, 1);
    EXPECT_OK(fa_barrier_leave(barrier, ctx));
    EXPECT_OK(fa_context_detach(ctx));
    return NULL;
}

START_TEST(fault_18_a_participant_whose_thread_ends_has_left_and_the_others_go_on)
{
    open_world();
    atomic_store(&dropped, _i);
    for (int i = 0; i < THREADS; i++) {
        (void)snprintf(names[i], sizeof names[i], "thread-%c", 'a' + i);
    }
    EXPECT_OK(fa_barrier_create(w.allocator, 0, &barrier));
    EXPECT_OK(fa_barrier_join(barrier, w.ctx));
    pthread_t threads[THREADS];
    for (uintptr_t i = 0; i < THREADS; i++) {
        EXPECT(pthread_create(&threads[i], NULL, take_part_or_not, (void *)i) == 0);
    }
    until_all_have_joined();
    EXPECT_OK(fa_barrier_wait(barrier, w.ctx, FA_WAIT_FOREVER));
    EXPECT(pthread_join(threads[_i], NULL) == 0);
    EXPECT_OK(fa_barrier_wait(barrier, w.ctx, FA_WAIT_FOREVER));
    for (int i = 0; i < THREADS; i++) {
        EXPECT(i == _i || pthread_join(threads[i], NULL) == 0);
    }
    EXPECT_UINT(atomic_load(&passed), THREADS - 1);
    EXPECT_UINT(w.rec.log_count[FA_LOG_THREAD_ENDED_ATTACHED], 1);
    EXPECT_UINT(fa_barrier_participants(barrier), 1);
    EXPECT_OK(fa_barrier_wait(barrier, w.ctx, 0));
    close_world();
}
END_TEST

static fa_context *others[3];

/* Contexts of one thread stand for participants: a time-out needs nobody else to run. */
START_TEST(fault_18_a_wait_that_times_out_names_who_is_missing_and_is_withdrawn)
{
    open_world();
    static const char *const who[] = {"audio", "physics", "render"};
    EXPECT_OK(fa_barrier_create(w.allocator, 5, &barrier)); /* one seat is never taken */
    EXPECT_OK(fa_barrier_join(barrier, w.ctx));
    char text[200];
    for (int i = 0; i < 3; i++) {
        EXPECT_OK(fa_context_attach(w.allocator, &(fa_context_desc){.name = who[i]}, &others[i]));
        EXPECT_OK(fa_barrier_join(barrier, others[i]));
    }
    EXPECT_UINT(fa_barrier_participants(barrier), 5);
    EXPECT_UINT(fa_barrier_missing(barrier, text, sizeof text), 0);
    for (int round = 0; round < 3; round++) {
        EXPECT_RESULT(fa_barrier_wait(barrier, w.ctx, soon), TIMEOUT);
        EXPECT_RESULT(fa_context_last_result(w.ctx), TIMEOUT);
        EXPECTF(strstr(w.rec.log_text, "missing: audio, physics, render, 1 seat not taken") != NULL, "%s",
                w.rec.log_text);
        EXPECT_RESULT(fa_barrier_wait(barrier, others[round], 0), TIMEOUT); /* a look is not told */
        EXPECT_UINT(w.rec.log_count[FA_LOG_BARRIER_TIMEOUT], round + 1);
        EXPECT_UINT(fa_barrier_missing(barrier, text, sizeof text), 0); /* nobody waits: withdrawn */
        EXPECT_RESULT(fa_barrier_wait(barrier, w.ctx, -5), TIMEOUT);
    }
    EXPECT_UINT(fa_barrier_generation(barrier), 0);
    EXPECT_OK(fa_barrier_leave(barrier, NULL));
    EXPECT_REFUSED(&w, fa_barrier_leave(barrier, NULL), FA208, NOT_FOUND);
    for (int i = 0; i < 3; i++) {
        EXPECT_OK(fa_barrier_leave(barrier, others[i]));
        EXPECT_REFUSED(&w, fa_barrier_leave(barrier, others[i]), FA208, NOT_FOUND);
    }
    EXPECT_OK(fa_barrier_wait(barrier, w.ctx, 0));
    EXPECT_UINT(fa_barrier_generation(barrier), 1);
    for (int i = 0; i < 3; i++) {
        EXPECT_OK(fa_context_detach(others[i]));
    }
    close_world();
}
END_TEST

static void *wait_once(void *user)
{
    (void)user;
    fa_context *ctx = NULL;
    EXPECT_OK(fa_context_attach(shared, &(fa_context_desc){.name = "waiter"}, &ctx));
    EXPECT_OK(fa_barrier_wait(barrier, ctx, FA_WAIT_FOREVER));
    atomic_fetch_add(&passed, 1);
    EXPECT_OK(fa_context_detach(ctx));
    return NULL;
}
static void until_waiting(const char *missing)
{
    char text[200] = "";
    while (fa_barrier_missing(barrier, text, sizeof text) == 0 || strcmp(text, missing) != 0) {
        (void)usleep(200);
    }
}

START_TEST(barrier_leaving_lets_those_who_wait_go_on)
{
    open_world();
    EXPECT_OK(fa_barrier_create(w.allocator, 2, &barrier));
    EXPECT_OK(fa_barrier_join(barrier, w.ctx));
    pthread_t thread;
    EXPECT(pthread_create(&thread, NULL, wait_once, NULL) == 0);
    until_waiting("context 1");
    EXPECT_REFUSED(&w, fa_barrier_destroy(barrier), FA104, BUSY);
    EXPECT_UINT(atomic_load(&passed), 0);
    EXPECT_OK(fa_barrier_leave(barrier, w.ctx));
    EXPECT(pthread_join(thread, NULL) == 0);
    EXPECT_UINT(atomic_load(&passed), 1);
    close_world();
}
END_TEST

START_TEST(barrier_may_be_destroyed_as_soon_as_everybody_has_arrived)
{
    open_world();
    for (int round = 0; round < (SUPPORT_SLOW ? 20 : 200); round++) {
        EXPECT_OK(fa_barrier_create(w.allocator, 3, &barrier));
        pthread_t threads[2];
        EXPECT(pthread_create(&threads[0], NULL, wait_once, NULL) == 0);
        EXPECT(pthread_create(&threads[1], NULL, wait_once, NULL) == 0);
        EXPECT_OK(fa_barrier_wait(barrier, w.ctx, FA_WAIT_FOREVER));
        EXPECT_OK(fa_barrier_destroy(barrier)); /* the others may still be on their way out */
        EXPECT(pthread_join(threads[0], NULL) == 0 && pthread_join(threads[1], NULL) == 0);
    }
    EXPECT_OK(fa_barrier_create(w.allocator, 3, &barrier)); /* left to the allocator */
    EXPECT_OK(fa_barrier_join(barrier, w.ctx));
    barrier = NULL;
    close_world();
}
END_TEST

/* Threads that wait with short time-outs, join and leave at random: nobody hangs, and the count of seats is
 * right. */
static uint64_t seed;
static void *come_and_go(void *user)
{
    random_state r = {seed + (uintptr_t)user};
    fa_context *ctx = NULL;
    EXPECT_OK(fa_context_attach(shared, NULL, &ctx));
    bool in = false;
    for (int i = 0; i < (SUPPORT_SLOW ? 300 : 3000); i++) {
        switch (random_below(&r, 5)) {
        case 0: /* in or out */
            EXPECT_OK(in ? fa_barrier_leave(barrier, ctx) : fa_barrier_join(barrier, ctx));
            in = !in;
            break;
        default:
            if (in) {
                fa_result result = fa_barrier_wait(barrier, ctx, (int64_t)random_below(&r, 50000) - 1000);
                EXPECT(result == FA_RESULT_OK || result == FA_RESULT_TIMEOUT);
            }
        }
    }
    EXPECT_OK(fa_context_detach(ctx));
    return NULL;
}

START_TEST(barrier_survives_random_coming_going_and_timing_out)
{
    open_world();
    EXPECT_OK(fa_barrier_create(w.allocator, 0, &barrier));
    seed = support_seed();
    run_threads(6, come_and_go);
    EXPECT_UINT(fa_barrier_participants(barrier), 0);
    EXPECT_OK(fa_barrier_join(barrier, w.ctx));
    EXPECT_OK(fa_barrier_wait(barrier, w.ctx, 0));
    close_world();
}
END_TEST

START_TEST(barrier_misuse_is_refused_and_changes_nothing)
{
    open_world();
    EXPECT_RESULT(fa_barrier_create(NULL, 1, &barrier), INVALID_ARGUMENT);
    EXPECT_RESULT(fa_barrier_create(w.allocator, 1, NULL), INVALID_ARGUMENT);
    EXPECT_REFUSED(&w, fa_barrier_create(w.allocator, FA_BARRIER_MAX + 1, &barrier), FA005, INVALID_ARGUMENT);
    EXPECT(barrier == NULL);
    EXPECT_OK(fa_barrier_destroy(NULL));
    EXPECT_REFUSED(&w, fa_barrier_wait(NULL, w.ctx, 0), FA005, INVALID_ARGUMENT);
    EXPECT_OK(fa_barrier_create(w.allocator, 1, &barrier));
    EXPECT_OK(fa_barrier_join(barrier, w.ctx));
    EXPECT_REFUSED(&w, fa_barrier_join(barrier, w.ctx), FA208, EXISTS);
    fa_context *second = NULL;
    EXPECT_OK(fa_context_attach(w.allocator, NULL, &second));
    EXPECT_REFUSED(&w, fa_barrier_wait(barrier, second, 0), FA208, FULL);
    world other;
    fa_allocator_desc desc = {.backing = fa_backing_os()};
    world_open(&other, &desc);
    EXPECT_RESULT(fa_barrier_wait(barrier, other.ctx, 0), INVALID_ARGUMENT);
    EXPECT_RESULT(fa_barrier_join(barrier, other.ctx), INVALID_ARGUMENT);
    EXPECT_UINT(other.rec.count, 2);
    other.rec.count = 0;
    world_close(&other);
    EXPECT_OK(fa_context_detach(second));
    close_world();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("barrier");
    TCase *tcase = support_case(suite, "barrier");
    tcase_add_test(tcase, barrier_generations_let_nobody_through_early_and_are_reusable);
    tcase_add_test(tcase, barrier_of_one_passes_at_once);
    tcase_add_test(tcase, barrier_leaving_lets_those_who_wait_go_on);
    tcase_add_test(tcase, barrier_may_be_destroyed_as_soon_as_everybody_has_arrived);
    tcase_add_test(tcase, barrier_survives_random_coming_going_and_timing_out);
    tcase_add_test(tcase, barrier_misuse_is_refused_and_changes_nothing);
    tcase = support_case(suite, "fault 18: barriers");
    tcase_add_test(tcase, fault_18_no_frame_is_reset_while_a_participant_may_read_it);
    tcase_add_test(tcase, fault_18_a_frame_end_that_times_out_leaves_the_frame_open);
    tcase_add_loop_test(tcase, fault_18_a_participant_whose_thread_ends_has_left_and_the_others_go_on, 0,
                        THREADS);
    tcase_add_test(tcase, fault_18_a_wait_that_times_out_names_who_is_missing_and_is_withdrawn);
    return support_run(suite);
}
