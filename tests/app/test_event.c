/* test_event.c - each event reaches each reader once: with no fixed step, with one, with many. */
#include "support.h"

typedef struct Hit {
    uint64_t number;
} Hit;
FA_TYPE_STATIC(Hit);

typedef struct reader {
    uint64_t next; /* number expected */
    uint64_t seen;
} reader;

static stage st;
static uint64_t sent;
static reader readers[6];

static void setup(void)
{
    stage_open(&st, NULL);
    sent = 0;
    memset(readers, 0, sizeof readers);
}
static void teardown(void)
{
    stage_close(&st);
}

static void send_three(fa_sys *s)
{
    for (int i = 0; i < 3; i++) {
        EXPECT_OK(FA_EMIT(s, Hit, {sent}));
        sent++;
    }
}
static void read_all(fa_sys *s)
{
    reader *r = fa_sys_user(s);
    uint32_t count;
    const Hit *hits = FA_READ(s, Hit, &count);
    EXPECT((count > 0) == (hits != NULL));
    for (uint32_t i = 0; i < count; i++) {
        EXPECT_UINT(hits[i].number, r->next);
        r->next++;
        r->seen++;
    }
    EXPECT(FA_READ(s, Hit, &count) == NULL && count == 0); /* nothing is seen twice */
}
#define READER(text, index) FA_SYSTEM_AS(text, read_all, .user = &readers[index], .events = {FA_R(Hit)})

/* Frames of random length: 0 to 8 steps. Whoever sends and whoever reads, all is read once. */
static void run_clock(fa_event_clock clock, fa_schedule sender)
{
    EXPECT_OK(fa_app_add_event(st.app, FA_T(Hit), &(fa_event_desc){.clock = clock, .capacity = 4096}));
    EXPECT_OK(fa_app_add_system(st.app, sender, FA_SYSTEM(send_three, .events = {FA_W(Hit)})));
    EXPECT_OK(fa_app_add_system(st.app, FA_FIRST, READER("first", 0)));
    EXPECT_OK(fa_app_add_system(st.app, FA_FIXED_FIRST, READER("fixed_first", 1)));
    EXPECT_OK(fa_app_add_system(st.app, FA_FIXED_UPDATE, READER("fixed", 2)));
    EXPECT_OK(fa_app_add_system(st.app, FA_UPDATE, READER("update", 3)));
    EXPECT_OK(fa_app_add_system(st.app, FA_LAST, READER("last", 4)));
    random_state r = {support_seed()};
    for (int i = 0; i < 300; i++) {
        int64_t steps = (int64_t)random_below(&r, 4) == 0 ? (int64_t)random_below(&r, 9) : 0;
        EXPECT_OK(fa_app_update_ns(st.app, steps * FRAME_NS));
    }
    EXPECT_OK(fa_app_update_ns(st.app, 3 * FRAME_NS));
    EXPECT(sent > 100);
    for (int i = 0; i < 5; i++) {
        EXPECTF(readers[i].seen + 30 >= sent, "reader %d saw %" PRIu64 " of %" PRIu64, i, readers[i].seen,
                sent);
        EXPECT_UINT(readers[i].seen, readers[i].next); /* none was left out */
    }
    fa_event_stats stats;
    EXPECT_OK(fa_app_event_stats(st.app, FA_T(Hit), &stats));
    EXPECT_UINT(stats.sent, sent);
    EXPECT_UINT(stats.refused + stats.evicted, 0);
}

START_TEST(event_of_the_frame_sent_in_frames)
{
    run_clock(FA_EVENT_FRAME, FA_UPDATE);
}
END_TEST
START_TEST(event_of_the_frame_sent_in_steps)
{
    run_clock(FA_EVENT_FRAME, FA_FIXED_UPDATE);
}
END_TEST
START_TEST(event_of_the_step_sent_in_frames)
{
    run_clock(FA_EVENT_FIXED, FA_PRE_UPDATE);
}
END_TEST
START_TEST(event_of_the_step_sent_in_steps)
{
    run_clock(FA_EVENT_FIXED, FA_FIXED_UPDATE);
}
END_TEST

START_TEST(event_lives_two_flips_and_no_longer)
{
    EXPECT_OK(fa_app_add_event(st.app, FA_T(Hit), NULL));
    uint64_t late = 0;
    uint32_t count;
    EXPECT_OK(fa_app_update_ns(st.app, 0));
    EXPECT_OK(FA_APP_EMIT(st.app, Hit, {1}));
    EXPECT_OK(fa_app_update_ns(st.app, 0));
    EXPECT(fa_app_read(st.app, FA_T(Hit), &late, &count) != NULL && count == 1);
    late = 0;
    EXPECT_OK(fa_app_update_ns(st.app, 0));
    EXPECT(fa_app_read(st.app, FA_T(Hit), &late, &count) == NULL);
}
END_TEST

static void storm(fa_sys *s)
{
    for (int i = 0; i < 100; i++) {
        fa_result result = FA_EMIT(s, Hit, {sent});
        EXPECT(result == FA_RESULT_OK || result == FA_RESULT_FULL);
        sent += result == FA_RESULT_OK;
    }
}

START_TEST(event_storms_are_bounded_counted_and_the_sender_is_named)
{
    EXPECT_OK(fa_app_add_event(st.app, FA_T(Hit), &(fa_event_desc){.capacity = 64}));
    EXPECT_OK(fa_app_add_system(st.app, FA_UPDATE, FA_SYSTEM(storm, .events = {FA_W(Hit)})));
    EXPECT_OK(fa_app_add_system(st.app, FA_LAST, READER("slow", 0)));
    for (int i = 0; i < 10; i++) {
        EXPECT_OK(fa_app_update_ns(st.app, 0));
    }
    fa_event_stats stats;
    EXPECT_OK(fa_app_event_stats(st.app, FA_T(Hit), &stats));
    EXPECT_UINT(stats.sent + stats.refused, 1000);
    EXPECT(stats.refused > 0 && stats.alive <= 64);
    EXPECT_UINT(stats.alive_peak, 64);
    EXPECT_STR(stats.refused_sender, "app/storm");
    EXPECT(strstr(st.w.rec.log_text, "app/storm") != NULL);
    EXPECT_UINT(readers[0].seen, stats.sent); /* what was taken is not lost */
    EXPECT_UINT(stats_of(st.app, "storm").events_refused, stats.refused);
    EXPECT_UINT(stats_of(st.app, "storm").events, stats.sent);
}
END_TEST

START_TEST(event_that_waits_for_paused_steps_gives_way_to_new_ones)
{
    EXPECT_OK(fa_app_add_event(st.app, FA_T(Hit), &(fa_event_desc){.capacity = 16}));
    EXPECT_OK(fa_app_add_system(st.app, FA_UPDATE, FA_SYSTEM(send_three, .events = {FA_W(Hit)})));
    EXPECT_OK(fa_app_add_system(st.app, FA_LAST, READER("frame", 0)));
    EXPECT_OK(fa_app_add_system(st.app, FA_FIXED_UPDATE, READER("paused", 1)));
    for (int i = 0; i < 100; i++) {
        EXPECT_OK(fa_app_update_ns(st.app, 0));
    }
    fa_event_stats stats;
    EXPECT_OK(fa_app_event_stats(st.app, FA_T(Hit), &stats));
    EXPECT(stats.evicted > 0);
    EXPECT_UINT(stats.refused, 0);
    EXPECT_UINT(readers[0].seen, 300);
}
END_TEST

static uint32_t conditional_runs;
static void conditional(fa_sys *s)
{
    uint32_t count;
    (void)FA_READ(s, Hit, &count);
    EXPECT(count > 0);
    conditional_runs++;
}

START_TEST(event_condition_holds_while_something_is_unread)
{
    conditional_runs = 0;
    EXPECT_OK(fa_app_add_event(st.app, FA_T(Hit), NULL));
    EXPECT_OK(fa_app_add_system(st.app, FA_UPDATE,
                                FA_SYSTEM(conditional, .events = {FA_R(Hit)},
                                          .run_if = {{.fn = fa_if_event, .arg = FA_T(Hit)}})));
    EXPECT_OK(fa_app_update_ns(st.app, 0));
    EXPECT_OK(FA_APP_EMIT(st.app, Hit, {1}));
    EXPECT_OK(fa_app_update_ns(st.app, 0));
    EXPECT_OK(fa_app_update_ns(st.app, 0));
    EXPECT_UINT(conditional_runs, 1);
}
END_TEST

static void undeclared(fa_sys *s)
{
    uint32_t count = 7;
    EXPECT_RESULT(FA_EMIT(s, Hit, {1}), NOT_FOUND);
    EXPECT_TOLD(&st.w, FA107, "'app/undeclared' sends event 'Hit', which it did not declare");
    EXPECT(FA_READ(s, Hit, &count) == NULL && count == 0);
    EXPECT_TOLD(&st.w, FA107, "reads event 'Hit'");
}

START_TEST(event_misuse_is_refused)
{
    EXPECT_RESULT(FA_APP_EMIT(st.app, Hit, {1}), NOT_FOUND);
    EXPECT_TOLD(&st.w, FA107, "is no event");
    EXPECT_RESULT(fa_app_add_event(st.app, FA_T(Hit), &(fa_event_desc){.start_canary = 1}), INVALID_DESC);
    EXPECT_TOLD(&st.w, FA103, "canary");
    EXPECT_OK(fa_app_add_event(st.app, FA_T(Hit), NULL));
    EXPECT_RESULT(fa_app_add_event(st.app, FA_T(Hit), NULL), EXISTS);
    EXPECT_OK(fa_app_add_system(st.app, FA_UPDATE, FA_SYS(undeclared)));
    EXPECT_OK(fa_app_update_ns(st.app, 0));
}
END_TEST

static fa_result build_fails(fa_app *app, void *user)
{
    (void)user;
    EXPECT_OK(fa_app_add_event(app, FA_T(Hit), NULL));
    EXPECT_OK(fa_app_add_system(app, FA_UPDATE, READER("gone", 0)));
    return FA_RESULT_IO;
}

START_TEST(event_of_a_plugin_that_fails_is_removed)
{
    for (int i = 0; i < 1000; i++) {
        EXPECT_RESULT(fa_app_add_plugin(st.app, PLUGIN("fails", .build = build_fails)), IO);
    }
    EXPECT_RESULT(FA_APP_EMIT(st.app, Hit, {1}), NOT_FOUND);
    EXPECT_TOLD(&st.w, FA107, "is no event");
    EXPECT_OK(fa_app_add_event(st.app, FA_T(Hit), NULL));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("event");
    TCase *t = support_case(suite, "event");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, event_of_the_frame_sent_in_frames);
    tcase_add_test(t, event_of_the_frame_sent_in_steps);
    tcase_add_test(t, event_of_the_step_sent_in_frames);
    tcase_add_test(t, event_of_the_step_sent_in_steps);
    tcase_add_test(t, event_lives_two_flips_and_no_longer);
    tcase_add_test(t, event_storms_are_bounded_counted_and_the_sender_is_named);
    tcase_add_test(t, event_that_waits_for_paused_steps_gives_way_to_new_ones);
    tcase_add_test(t, event_condition_holds_while_something_is_unread);
    tcase_add_test(t, event_misuse_is_refused);
    tcase_add_test(t, event_of_a_plugin_that_fails_is_removed);
    return support_run(suite);
}
