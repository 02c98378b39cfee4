/* Named parts of a frame: exact bytes, believable times, and nothing that a careless program can break. */
#include "core/support.h"

static world w;
static fa_phase physics;
static fa_phase solver;
static fa_phase render;

static void setup(void)
{
    world_open(&w, NULL);
    physics = fa_phase_intern(w.allocator, "physics");
    solver = fa_phase_intern(w.allocator, "solver");
    render = fa_phase_intern(w.allocator, "render");
}

static void teardown(void)
{
    world_close(&w);
}

static size_t take(size_t bytes)
{
    size_t before = fa_frame_used_bytes(w.ctx);
    EXPECT(fa_frame_alloc(w.ctx, bytes, 1) != NULL);
    return fa_frame_used_bytes(w.ctx) - before;
}

static fa_phase_stats stats_of(fa_phase phase)
{
    fa_phase_stats stats;
    EXPECT_OK(fa_phase_stats_get(w.allocator, phase, &stats));
    return stats;
}

START_TEST(phase_names_are_interned_once)
{
    EXPECT(physics != solver && solver != render);
    EXPECT_UINT(fa_phase_intern(w.allocator, "physics"), physics);
    EXPECT_STR(fa_phase_name(w.allocator, render), "render");
    EXPECT(fa_phase_name(w.allocator, FA_PHASE_NONE) == NULL);
    EXPECT(fa_phase_name(w.allocator, render + 1) == NULL);
    char name[FA_PHASE_NAME_MAX + 2];
    memset(name, 'n', sizeof name);
    name[FA_PHASE_NAME_MAX + 1] = '\0';
    EXPECT_UINT(fa_phase_intern(w.allocator, name), FA_PHASE_INVALID);
    name[FA_PHASE_NAME_MAX] = '\0';
    fa_phase longest = fa_phase_intern(w.allocator, name);
    EXPECT_STR(fa_phase_name(w.allocator, longest), name);
    EXPECT_UINT(fa_phase_intern(w.allocator, ""), FA_PHASE_INVALID);
    EXPECT_UINT(fa_phase_intern(w.allocator, NULL), FA_PHASE_INVALID);
    for (unsigned i = longest + 1; i <= FA_PHASE_MAX; i++) {
        (void)snprintf(name, sizeof name, "phase %u", i);
        EXPECT_UINT(fa_phase_intern(w.allocator, name), i);
    }
    EXPECT_UINT(fa_phase_intern(w.allocator, "one too many"), FA_PHASE_INVALID);
    EXPECT_UINT(fa_phase_intern(w.allocator, "solver"), solver);
}
END_TEST

START_TEST(phase_bytes_are_exact_and_inner_phases_are_told_apart)
{
    for (unsigned round = 1; round <= 3; round++) {
        EXPECT_OK(fa_frame_begin(w.ctx));
        (void)take(999);
        size_t own = 0;
        size_t inner = 0;
        size_t drawn = 0;
        FA_PHASE_SCOPE(w.ctx, physics)
        {
            EXPECT_UINT(fa_phase_current(w.ctx), physics);
            own += take(100 * round);
            for (unsigned i = 0; i < 2; i++) {
                FA_PHASE_SCOPE(w.ctx, solver)
                {
                    inner += take(7 + i);
                }
            }
            own += take(1);
        }
        FA_PHASE_SCOPE(w.ctx, render)
        {
            fa_checkpoint checkpoint = fa_frame_mark(w.ctx);
            (void)take(5000);
            EXPECT_OK(fa_frame_rewind(w.ctx, checkpoint));
            drawn = take(31);
        }
        EXPECT_UINT(fa_phase_current(w.ctx), FA_PHASE_NONE);
        EXPECT_UINT(stats_of(physics).frame_bytes, own + inner);
        EXPECT_UINT(stats_of(physics).self_frame_bytes, own);
        EXPECT_UINT(stats_of(solver).frame_bytes, inner);
        EXPECT_UINT(stats_of(solver).runs, 2 * round);
        EXPECT_UINT(stats_of(solver).frames, round);
        EXPECT_UINT(stats_of(render).frame_bytes, drawn);
        EXPECT_UINT(stats_of(physics).peak_frame_bytes, own + inner);
        EXPECT_OK(fa_frame_end(w.ctx));
        EXPECT_UINT(stats_of(physics).frame_bytes, own + inner);
        EXPECT_UINT(stats_of(render).total_bytes, drawn * round);
    }
    fa_phase_stats of_context;
    EXPECT_OK(fa_context_phase_stats_get(w.ctx, physics, &of_context));
    EXPECT_UINT(of_context.total_bytes, stats_of(physics).total_bytes);
}
END_TEST

START_TEST(phase_that_enters_itself_counts_its_bytes_once)
{
    EXPECT_OK(fa_frame_begin(w.ctx));
    size_t all = 0;
    FA_PHASE_SCOPE(w.ctx, physics)
    {
        all += take(10);
        FA_PHASE_SCOPE(w.ctx, physics)
        {
            all += take(20);
        }
    }
    EXPECT_UINT(stats_of(physics).frame_bytes, all);
    EXPECT_UINT(stats_of(physics).self_frame_bytes, all);
    EXPECT_UINT(stats_of(physics).runs, 2);
    EXPECT_OK(fa_frame_end(w.ctx));
}
END_TEST

START_TEST(phase_time_is_that_of_the_clock)
{
    bool close_enough = false;
    for (unsigned tries = 0; tries < 20 && !close_enough;
         tries++) { /* the machine may look away in between */
        struct timespec before;
        struct timespec after;
        EXPECT_OK(fa_frame_begin(w.ctx));
        (void)clock_gettime(CLOCK_MONOTONIC, &before);
        FA_PHASE_SCOPE(w.ctx, physics){
            FA_PHASE_SCOPE(w.ctx, solver){(void)nanosleep(&(struct timespec){.tv_nsec = 4000000}, NULL);
    }
}
(void)clock_gettime(CLOCK_MONOTONIC, &after);
EXPECT_OK(fa_frame_end(w.ctx));
int64_t real = (after.tv_sec - before.tv_sec) * 1000000000 + after.tv_nsec - before.tv_nsec;
fa_phase_stats outer = stats_of(physics);
close_enough = outer.frame_ns > real * 97 / 100 &&
               outer.frame_ns<real * 103 / 100 && stats_of(solver).frame_ns> real * 97 / 100 &&
               outer.self_frame_ns < real / 10 &&
               outer.max_ns >= outer.frame_ns &&outer.total_ns >= outer.frame_ns;
}
EXPECT(close_enough);
}
END_TEST

static int leave_by(int how)
{
    for (int i = 0; i < 2; i++) {
        FA_PHASE_SCOPE(w.ctx, physics)
        {
            FA_PHASE_SCOPE(w.ctx, solver)
            {
                if (how == 0) {
                    return 1;
                }
                if (how == 1) {
                    goto out;
                }
                if (how == 2) {
                    break;
                }
                if (how == 3) {
                    continue;
                }
            }
        }
    }
out:
    return 0;
}

START_TEST(phase_scope_left_by_return_goto_break_or_continue_is_ended)
{
    EXPECT_OK(fa_frame_begin(w.ctx));
    for (int how = 0; how < 5; how++) {
        (void)leave_by(how);
        EXPECT_UINT(fa_phase_current(w.ctx), FA_PHASE_NONE);
    }
    EXPECT_OK(fa_frame_end(w.ctx));
}
END_TEST

START_TEST(phase_left_open_is_ended_with_the_frame_and_told)
{
    EXPECT_OK(fa_frame_begin(w.ctx));
    EXPECT_OK(fa_phase_begin(w.ctx, physics));
    size_t taken = take(40);
    EXPECT_OK(fa_phase_begin(w.ctx, solver));
    EXPECT_OK(fa_frame_end(w.ctx));
    EXPECT_UINT(recorder_count_of(&w.rec, FA_CODE_FA804), 1);
    recorder_clear(&w.rec);
    EXPECT_UINT(stats_of(physics).frame_bytes, taken);
    EXPECT_UINT(fa_phase_current(w.ctx), FA_PHASE_NONE);
    EXPECT_OK(fa_frame_begin(w.ctx));
    EXPECT_OK(fa_frame_end(w.ctx));
}
END_TEST

START_TEST(phase_misuse_is_refused)
{
    EXPECT_REFUSED(&w, fa_phase_begin(w.ctx, physics), FA001, NO_FRAME);
    EXPECT_REFUSED(&w, fa_phase_end(w.ctx), FA804, UNBALANCED);
    EXPECT_OK(fa_frame_begin(w.ctx));
    EXPECT_REFUSED(&w, fa_phase_begin(w.ctx, FA_PHASE_NONE), FA005, INVALID_ARGUMENT);
    EXPECT_REFUSED(&w, fa_phase_begin(w.ctx, render + 1), FA005, INVALID_ARGUMENT);
    for (unsigned i = 0; i < FA_PHASE_DEPTH_MAX; i++) {
        EXPECT_OK(fa_phase_begin(w.ctx, 1 + i % 3));
    }
    EXPECT_REFUSED(&w, fa_phase_begin(w.ctx, physics), FA804, FULL);
    for (unsigned i = 0; i < FA_PHASE_DEPTH_MAX; i++) {
        EXPECT_OK(fa_phase_end(w.ctx));
    }
    EXPECT_OK(fa_frame_end(w.ctx));
    fa_phase_stats stats;
    EXPECT_RESULT(fa_phase_stats_get(w.allocator, render + 1, &stats), NOT_FOUND);
    EXPECT_RESULT(fa_phase_stats_get(w.allocator, physics, NULL), INVALID_ARGUMENT);
    EXPECT_RESULT(fa_context_phase_stats_get(w.ctx, FA_PHASE_INVALID, &stats), NOT_FOUND);
}
END_TEST

static void *use_phases(void *user)
{
    (void)user;
    fa_context *ctx = NULL;
    EXPECT_OK(fa_context_attach(w.allocator, NULL, &ctx));
    for (unsigned i = 0; i < 200; i++) {
        EXPECT_OK(fa_frame_begin(ctx));
        FA_PHASE_SCOPE(ctx, physics)
        {
            EXPECT(fa_frame_alloc(ctx, 64, 16) != NULL);
        }
        EXPECT_OK(fa_frame_end(ctx));
    }
    EXPECT_OK(fa_context_detach(ctx));
    return NULL;
}

START_TEST(phases_of_threads_are_summed_while_they_run)
{
    pthread_t threads[4];
    for (unsigned i = 0; i < 4; i++) {
        EXPECT(pthread_create(&threads[i], NULL, use_phases, NULL) == 0);
    }
    for (unsigned i = 0; i < 100; i++) {
        EXPECT(stats_of(physics).runs <= 800);
    }
    for (unsigned i = 0; i < 4; i++) {
        EXPECT(pthread_join(threads[i], NULL) == 0);
    }
    EXPECT_UINT(stats_of(physics).runs, 800);
    EXPECT_UINT(stats_of(physics).frames, 800);
    EXPECT(stats_of(physics).total_bytes >= 800 * 64);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("phase");
    TCase *tcase = support_case(suite, "phase");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, phase_names_are_interned_once);
    tcase_add_test(tcase, phase_bytes_are_exact_and_inner_phases_are_told_apart);
    tcase_add_test(tcase, phase_that_enters_itself_counts_its_bytes_once);
    tcase_add_test(tcase, phase_time_is_that_of_the_clock);
#if FA_HAS_CLEANUP
    tcase_add_test(tcase, phase_scope_left_by_return_goto_break_or_continue_is_ended);
#endif
    tcase_add_test(tcase, phase_left_open_is_ended_with_the_frame_and_told);
    tcase_add_test(tcase, phase_misuse_is_refused);
    tcase_add_test(tcase, phases_of_threads_are_summed_while_they_run);
    return support_run(suite);
}
