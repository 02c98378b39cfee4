/* Time: fixed steps for given deltas, caps, pause, scale, clocks that misbehave. */
#include "app/support.h"

static stage st;

static void setup(void)
{
    stage_open(&st, NULL);
}

static void teardown(void)
{
    stage_close(&st);
}

static const fa_time *now(void)
{
    return fa_app_time(st.app);
}

/* Frames of the same length, and how many steps they take in all. */
static uint64_t steps_of(int64_t delta_ns, int frames)
{
    uint64_t before = now()->step;
    for (int i = 0; i < frames; i++) {
        EXPECT_OK(fa_app_update_ns(st.app, delta_ns));
    }
    return now()->step - before;
}

START_TEST(time_steps_are_as_many_as_fit_and_nothing_drifts)
{
    EXPECT_UINT(now()->step_ns, FRAME_NS);
    EXPECT_UINT(steps_of(0, 10), 0);
    EXPECT_UINT(steps_of(FRAME_NS, 100), 100);
    EXPECT_UINT(steps_of(FRAME_NS - 1, 1), 0);
    EXPECT(now()->alpha < 1.0 && now()->alpha > 0.99);
    EXPECT_UINT(steps_of(1, 1), 1);
    EXPECT_UINT(steps_of(3 * FRAME_NS + FRAME_NS / 2, 1), 3);
    EXPECT(now()->alpha > 0.49 && now()->alpha < 0.51);
    EXPECT_UINT(steps_of(FRAME_NS - FRAME_NS / 2, 1), 1);
    EXPECT(now()->alpha == 0.0);
    EXPECT_UINT(steps_of(16666667, 6000), 6400); /* 100.000002 s at 64 per second */
    EXPECT_UINT(steps_of(7, 1000000 / 10), 700000 / FRAME_NS);
    EXPECT_UINT(now()->steps_dropped, 0);
}
END_TEST

static void shows_time(fa_sys *s)
{
    const fa_time *time = FA_RES(s, fa_time);
    trace_say("%s:%lld/%lld ", (const char *)fa_sys_user(s), (long long)time->delta_ns,
              (long long)time->elapsed_ns);
    EXPECT(time->delta_seconds == (double)time->delta_ns / 1e9);
    EXPECT(time->elapsed_seconds == (double)time->elapsed_ns / 1e9);
}

START_TEST(time_in_fixed_schedules_is_that_of_the_steps)
{
    static const fa_schedule where[] = {FA_STARTUP, FA_FIRST, FA_FIXED_FIRST, FA_FIXED_LAST, FA_UPDATE};
    static char names[][3] = {"S", "F", "f", "l", "U"};
    for (int i = 0; i < 5; i++) {
        fa_system_desc desc = {.name = names[i], .fn = shows_time, .user = names[i], .res = {FA_R(fa_time)}};
        EXPECT_OK(fa_app_add_system(st.app, where[i], &desc));
    }
    EXPECT_OK(fa_app_update_ns(st.app, 40000000));
    EXPECT_TRACE("S:0/0 F:40000000/40000000 f:15625000/15625000 l:15625000/15625000 f:15625000/31250000 "
                 "l:15625000/31250000 U:40000000/40000000 ");
    EXPECT_OK(fa_app_update_ns(st.app, 7000000));
    EXPECT_TRACE("F:7000000/47000000 f:15625000/46875000 l:15625000/46875000 U:7000000/47000000 ");
}
END_TEST

START_TEST(time_after_a_stall_is_capped_and_the_spiral_of_death_is_cut)
{
    EXPECT_UINT(steps_of(INT64_C(10000000000), 1), 8);
    EXPECT_UINT(now()->delta_ns, 250000000);
    EXPECT_UINT(now()->real_delta_ns, INT64_C(10000000000));
    EXPECT_UINT(now()->steps_dropped, 16 - 8);
    EXPECT(now()->alpha == 0.0);
    for (int i = 0; i < 100; i++) { /* each frame takes longer than its steps stand for */
        EXPECT_UINT(steps_of(1000000000, 1), 8);
    }
    EXPECT_UINT(now()->steps_dropped, 101 * 8);
    EXPECT_UINT(steps_of(FRAME_NS, 1), 1);
    stage_close(&st);
    stage_open(&st, &(fa_app_desc){.fixed_hz = 1000, .max_steps = 1000, .max_delta_ns = 500000000});
    EXPECT_UINT(steps_of(INT64_MAX, 1), 500);
    EXPECT_UINT(now()->steps_dropped, 0);
    EXPECT_UINT(now()->real_elapsed_ns, INT64_MAX);
    EXPECT_UINT(steps_of(INT64_MAX, 1), 500);
    EXPECT_UINT(now()->real_elapsed_ns, INT64_MAX);
}
END_TEST

START_TEST(time_stands_still_while_paused_and_goes_at_its_scale)
{
    EXPECT_UINT(steps_of(FRAME_NS, 2), 2);
    fa_time *time = FA_APP_RES_MUT(st.app, fa_time);
    time->paused = true;
    EXPECT_UINT(steps_of(FRAME_NS, 5), 0);
    EXPECT_UINT(now()->delta_ns, 0);
    EXPECT_UINT(now()->elapsed_ns, 2 * FRAME_NS);
    EXPECT_UINT(now()->real_elapsed_ns, 7 * FRAME_NS);
    EXPECT(now()->paused);
    time->paused = false;
    time->scale = 0.5;
    EXPECT_UINT(steps_of(FRAME_NS, 10), 5);
    EXPECT_UINT(now()->delta_ns, FRAME_NS / 2);
    time->scale = 2.0;
    EXPECT_UINT(steps_of(FRAME_NS, 10), 20);
    time->scale = 0.0;
    EXPECT_UINT(steps_of(FRAME_NS, 10), 0);
    time->scale = FA_TIME_SCALE_MAX;
    EXPECT_UINT(steps_of(FRAME_NS / 250, 1), 4);
}
END_TEST

static void pauses(fa_sys *s)
{
    FA_RES_MUT(s, fa_time)->paused = true;
    FA_RES_MUT(s, fa_time)->frame = 12345; /* the app's own: written over */
}

START_TEST(time_can_be_paused_by_a_system_from_the_next_frame_on)
{
    EXPECT_OK(fa_app_add_system(st.app, FA_FIXED_UPDATE, FA_SYSTEM(pauses, .res = {FA_W(fa_time)})));
    EXPECT_UINT(steps_of(3 * FRAME_NS, 1), 3);
    EXPECT_UINT(now()->frame, 1);
    EXPECT_UINT(steps_of(3 * FRAME_NS, 4), 0);
}
END_TEST

START_TEST(time_scale_out_of_range_is_told_and_the_last_good_one_stays)
{
    const double bad[] = {-1.0, FA_TIME_SCALE_MAX * 1.001, 0.0 / 0.0, 1.0 / 0.0};
    FA_APP_RES_MUT(st.app, fa_time)->scale = 2.0;
    EXPECT_OK(fa_app_update_ns(st.app, 1000));
    for (int i = 0; i < 4; i++) {
        FA_APP_RES_MUT(st.app, fa_time)->scale = bad[i];
        EXPECT_OK(fa_app_update_ns(st.app, 1000));
        EXPECT_TOLD(&st.w, FA005, "fa_time.scale");
        EXPECT_UINT(now()->delta_ns, 2000);
        EXPECT(now()->scale == 2.0);
    }
}
END_TEST

/* ---- clocks ---------------------------------------------------------------------------------------------- */

static int64_t fake_now;

static int64_t fake_clock(void *user)
{
    EXPECT(user == &fake_now);
    return fake_now;
}

START_TEST(time_of_a_clock_that_jumps_wraps_or_goes_back_does_no_harm)
{
    stage_close(&st);
    stage_open(&st, &(fa_app_desc){.clock = {.now_ns = fake_clock, .user = &fake_now}});
    fake_now = INT64_MIN;
    EXPECT_OK(fa_app_update(st.app));
    EXPECT_UINT(now()->real_delta_ns, 0);
    fake_now += 1000;
    EXPECT_OK(fa_app_update(st.app));
    EXPECT_UINT(now()->real_delta_ns, 1000);
    fake_now = INT64_MAX; /* farther than an int64_t can say */
    EXPECT_OK(fa_app_update(st.app));
    EXPECT_UINT(now()->real_delta_ns, INT64_MAX);
    EXPECT_UINT(now()->delta_ns, 250000000);
    fake_now = INT64_MIN;
    EXPECT_OK(fa_app_update(st.app));
    EXPECT_UINT(now()->real_delta_ns, 0);
    fake_now += 5;
    EXPECT_OK(fa_app_update(st.app));
    EXPECT_UINT(now()->real_delta_ns, 5);
    EXPECT_UINT(now()->delta_ns, 5);
}
END_TEST

START_TEST(time_that_is_negative_is_refused_and_nothing_runs)
{
    EXPECT_OK(fa_app_add_system(st.app, FA_UPDATE, SAID("x")));
    EXPECT_REFUSED(&st.w, fa_app_update_ns(st.app, -1), FA005, INVALID_ARGUMENT);
    EXPECT_REFUSED(&st.w, fa_app_frame_begin(st.app, INT64_MIN), FA005, INVALID_ARGUMENT);
    EXPECT_UINT(now()->frame, 0);
    EXPECT_TRACE("");
}
END_TEST

START_TEST(time_of_the_system_clock_goes_by)
{
    EXPECT_OK(fa_app_update(st.app));
    EXPECT_UINT(now()->real_delta_ns, 0);
    struct timespec t = {.tv_nsec = 3000000};
    nanosleep(&t, NULL);
    EXPECT_OK(fa_app_update(st.app));
    EXPECT(now()->real_delta_ns >= 3000000 && now()->real_delta_ns < INT64_C(5000000000));
}
END_TEST

/* Any sequence of deltas: steps, rest and dropped steps account for all the time there was. */
START_TEST(time_is_accounted_for_to_the_nanosecond_over_a_random_walk)
{
    random_state r = {support_seed()};
    int64_t total = 0;
    for (int i = 0; i < 20000; i++) {
        int64_t delta = (int64_t)random_size(&r, 400000000);
        total += delta < 250000000 ? delta : 250000000;
        EXPECT_OK(fa_app_update_ns(st.app, delta));
        EXPECT_UINT(now()->elapsed_ns, total);
        double rest = (double)total - (double)((now()->step + now()->steps_dropped) * (uint64_t)FRAME_NS);
        EXPECTF(rest > -1.0 && rest < (double)FRAME_NS, "rest %f", rest);
        EXPECT(now()->alpha >= 0.0 && now()->alpha < 1.0);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("time");
    TCase *tcase = support_case(suite, "steps");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, time_steps_are_as_many_as_fit_and_nothing_drifts);
    tcase_add_test(tcase, time_in_fixed_schedules_is_that_of_the_steps);
    tcase_add_test(tcase, time_after_a_stall_is_capped_and_the_spiral_of_death_is_cut);
    tcase_add_test(tcase, time_stands_still_while_paused_and_goes_at_its_scale);
    tcase_add_test(tcase, time_can_be_paused_by_a_system_from_the_next_frame_on);
    tcase_add_test(tcase, time_scale_out_of_range_is_told_and_the_last_good_one_stays);
    tcase = support_case(suite, "clocks");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, time_of_a_clock_that_jumps_wraps_or_goes_back_does_no_harm);
    tcase_add_test(tcase, time_that_is_negative_is_refused_and_nothing_runs);
    tcase_add_test(tcase, time_of_the_system_clock_goes_by);
    tcase_add_test(tcase, time_is_accounted_for_to_the_nanosecond_over_a_random_walk);
    return support_run(suite);
}
