/* Apps: making and taking down, whose memory it is, the three ways to drive, several at once. */
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

typedef struct Score {
    int points;
} Score;
FA_TYPE_STATIC(Score);

/* ---- desc ------------------------------------------------------------------------------------------------ */

START_TEST(app_desc_is_resolved_and_can_be_asked_for)
{
    const fa_app_desc *desc = fa_app_resolved_desc(st.app);
    EXPECT_STR(desc->name, "app");
    EXPECT_UINT(desc->fixed_hz, 64);
    EXPECT_UINT(desc->max_steps, 8);
    EXPECT_UINT(desc->max_delta_ns, 250000000);
    EXPECT_UINT(desc->scratch_max_bytes, (size_t)256 << 20);
    EXPECT_UINT(desc->step_max_bytes, (size_t)256 << 20);
    EXPECT(desc->ctx == st.w.ctx && desc->allocator == st.w.allocator);
    EXPECT_STR(desc->memory.name, "world");
    EXPECT_STR(fa_context_name(st.w.ctx), "app");
    stage_close(&st);
    stage_open(&st, &(fa_app_desc){.name = "editor", .fixed_hz = 60});
    EXPECT_STR(fa_app_resolved_desc(st.app)->name, "editor");
    EXPECT_UINT(fa_app_time(st.app)->step_ns, 16666666);
    EXPECT_OK(fa_app_add_system(st.app, FA_UPDATE, SAID("x")));
    EXPECT_STR(fa_tag_path(st.w.allocator, stats_of(st.app, "x").tag), "editor/x");
}
END_TEST

static void expect_bad(fa_app_desc desc, const char *text)
{
    fa_app *app = (fa_app *)&app;
    desc.memory.handler = (fa_diagnostic_handler){recorder_handle, &st.w.rec};
    desc.memory.strictness = FA_STRICT_REPORT;
    EXPECT_RESULT(fa_app_create(&desc, &app), INVALID_DESC);
    EXPECT(app == NULL);
    EXPECT_TOLD(&st.w, FA103, text);
}

START_TEST(app_desc_with_a_problem_is_refused_and_every_problem_is_listed)
{
    expect_bad((fa_app_desc){.name = ""}, "name is empty");
    expect_bad((fa_app_desc){.name = "a/b"}, "'/'");
    expect_bad((fa_app_desc){.fixed_hz = 1000001}, "fixed_hz is 1000001");
    expect_bad((fa_app_desc){.max_delta_ns = -1}, "max_delta_ns is -1");
    expect_bad((fa_app_desc){.max_delta_ns = INT64_MAX}, "max_delta_ns");
    expect_bad((fa_app_desc){.scratch_max_bytes = SIZE_MAX}, "scratch_max_bytes");
    expect_bad((fa_app_desc){.step_max_bytes = SIZE_MAX}, "step_max_bytes");
    expect_bad((fa_app_desc){.name = "", .fixed_hz = UINT32_MAX, .max_delta_ns = -7}, "-7");
    fa_app *app;
    EXPECT_RESULT(fa_app_create(&(fa_app_desc){.memory = {.frames_in_flight = 9,
                                                          .strictness = FA_STRICT_REPORT,
                                                          .handler = {recorder_handle, &st.w.rec}}},
                                &app),
                  INVALID_DESC);
    EXPECT_UINT(recorder_count_of(&st.w.rec, FA_CODE_FA103), 1); /* by the allocator: its call has no line */
    st.w.rec.problem[0] = '\0';
    recorder_clear(&st.w.rec);
    /* lent, and described as well */
    EXPECT_RESULT(fa_app_create(&(fa_app_desc){.ctx = st.w.ctx, .memory = {.frames_in_flight = 2}}, &app),
                  INVALID_DESC);
    EXPECT_TOLD(&st.w, FA103, "ctx or allocator lends one");
    world other;
    world_open(&other, NULL);
    EXPECT_RESULT(fa_app_create(&(fa_app_desc){.ctx = st.w.ctx, .allocator = other.allocator}, &app),
                  INVALID_DESC);
    EXPECT_TOLD(&st.w, FA103, "ctx is not a context of allocator");
    world_close(&other);
    EXPECT_RESULT(fa_app_create(NULL, NULL), INVALID_ARGUMENT);
}
END_TEST

static void create_from_garbage(void *user)
{
    (void)user;
    fa_app_desc garbage;
    memset(&garbage, 0xAB, sizeof garbage);
    fa_app *app;
    _exit(fa_app_create(&garbage, &app) == FA_RESULT_INVALID_DESC ? 7 : 8);
}

START_TEST(app_desc_that_was_not_zeroed_is_told_by_its_canaries)
{
    char text[4096];
    int code = in_a_child(create_from_garbage, NULL, text, sizeof text);
    EXPECTF(code == (support_aborts_by_default() ? -SIGABRT : 7), "%d", code);
    EXPECT(strstr(text, "FA103") != NULL && strstr(text, "zero-initialised") != NULL);
}
END_TEST

/* ---- whose memory ---------------------------------------------------------------------------------------- */

static void use(fa_app *app)
{
    EXPECT_OK(fa_app_add_plugin(app, fa_framealloc_plugin()));
    EXPECT_OK(FA_INSERT_RESOURCE(app, Score, {3}));
    EXPECT_OK(fa_app_add_system(app, FA_UPDATE, SAID("x")));
    for (int i = 0; i < 3; i++) {
        EXPECT_OK(fa_app_update_ns(app, FRAME_NS));
    }
    trace_clear();
}

START_TEST(app_on_a_lent_context_gives_everything_back_and_leaves_it_attached)
{
    world w;
    world_open(&w, NULL);
    snapshot before = {0};
    for (int i = 0; i < 10; i++) {
        fa_app *app;
        EXPECT_OK(fa_app_create(&(fa_app_desc){.ctx = w.ctx}, &app));
        EXPECT(fa_app_context(app) == w.ctx && fa_app_allocator(app) == w.allocator);
        use(app);
        EXPECT_OK(fa_app_destroy(app));
        snapshot now;
        snapshot_take(&now, w.allocator, w.ctx);
        if (i > 0) {
            EXPECT_UINT(now.allocator.committed_bytes, before.allocator.committed_bytes);
            EXPECT_UINT(now.allocator.reserved_bytes, before.allocator.reserved_bytes);
        }
        EXPECT_UINT(now.allocator.pool_objects, 0);
        EXPECT_UINT(now.allocator.arena_bytes, 0);
        before = now;
    }
    EXPECT_OK(fa_frame_begin(w.ctx));
    EXPECT_OK(fa_frame_end(w.ctx));
    world_close(&w);
}
END_TEST

START_TEST(app_on_a_lent_allocator_attaches_a_context_of_its_own)
{
    world w;
    world_open(&w, NULL);
    fa_app *one;
    fa_app *two;
    EXPECT_OK(fa_app_create(&(fa_app_desc){.allocator = w.allocator, .name = "one"}, &one));
    EXPECT_OK(fa_app_create(&(fa_app_desc){.allocator = w.allocator, .name = "two"}, &two));
    EXPECT(fa_app_context(one) != w.ctx && fa_app_context(two) != fa_app_context(one));
    EXPECT_UINT(world_stats(&w).contexts, 3);
    use(one);
    use(two);
    EXPECT_OK(fa_app_destroy(one));
    EXPECT_OK(fa_app_destroy(two));
    EXPECT_UINT(world_stats(&w).contexts, 1);
    EXPECT_UINT(world_stats(&w).pool_objects, 0);
    world_close(&w);
}
END_TEST

static void *create_on_a_foreign_context(void *user)
{
    fa_app *app;
    EXPECT_RESULT(fa_app_create(&(fa_app_desc){.ctx = user}, &app), WRONG_THREAD);
    EXPECT(app == NULL);
    return NULL;
}

START_TEST(app_on_another_threads_context_is_refused)
{
    on_another_thread(create_on_a_foreign_context, st.w.ctx);
    EXPECT(st.w.rec.count >= 1);
    EXPECT_UINT(recorder_count_of(&st.w.rec, FA_CODE_FA206), st.w.rec.count);
    recorder_clear(&st.w.rec);
}
END_TEST

typedef struct attached_thread {
    pthread_barrier_t barrier;
    fa_allocator *allocator;
} attached_thread;

static void *stays_attached(void *user)
{
    attached_thread *t = user;
    fa_context *ctx;
    EXPECT_OK(fa_context_attach(t->allocator, NULL, &ctx));
    pthread_barrier_wait(&t->barrier);
    pthread_barrier_wait(&t->barrier);
    EXPECT_OK(fa_context_detach(ctx));
    return NULL;
}

START_TEST(app_whose_allocator_is_in_use_by_a_thread_is_taken_down_in_two_steps)
{
    EXPECT_OK(fa_app_add_system(st.app, FA_SHUTDOWN, SAID("shutdown")));
    use(st.app);
    attached_thread t = {.allocator = st.w.allocator};
    pthread_barrier_init(&t.barrier, NULL, 2);
    pthread_t thread;
    EXPECT(pthread_create(&thread, NULL, stays_attached, &t) == 0);
    pthread_barrier_wait(&t.barrier);
    EXPECT_RESULT(fa_app_destroy(st.app), BUSY);
    EXPECT_TRACE("shutdown ");
    EXPECT_TOLD(&st.w, FA104, "attached");
    EXPECT_RESULT(fa_app_update_ns(st.app, 0), BUSY);
    EXPECT_TOLD(&st.w, FA104, "has been taken down");
    EXPECT_UINT(fa_app_run(st.app, NULL, NULL), -FA_RESULT_BUSY);
    EXPECT_TOLD(&st.w, FA104, "has been taken down");
    EXPECT_RESULT(fa_app_destroy(st.app), BUSY);
    EXPECT_TOLD(&st.w, FA104, "attached");
    pthread_barrier_wait(&t.barrier);
    EXPECT(pthread_join(thread, NULL) == 0);
    pthread_barrier_destroy(&t.barrier);
    /* teardown destroys it for good, and nothing is shut down twice */
    EXPECT_OK(fa_app_destroy(st.app));
    EXPECT_TRACE("");
    world_expect_quiet(&st.w);
    world_expect_nothing_left(&st.w);
    tracking_close(&st.w.backing);
    stage_open(&st, NULL);
}
END_TEST

/* ---- when the world says no ------------------------------------------------------------------------------ */

START_TEST(app_for_which_there_is_no_memory_leaves_nothing_behind_whatever_call_fails)
{
    for (int op = 0; op < OP_COUNT; op++) {
        for (int from_then_on = 0; from_then_on < 2; from_then_on++) {
            for (uint64_t nth = 1; nth < 1000; nth++) {
                world w;
                memset(&w, 0, sizeof w);
                tracking_open(&w.backing);
                recorder_open(&w.rec);
                tracking_fail(&w.backing, (backing_op)op, nth, from_then_on != 0);
                fa_app_desc desc = {.memory = world_desc(&w, NULL)};
                fa_app *app;
                fa_result result = fa_app_create(&desc, &app);
                bool refused = tracking_total_refused(&w.backing) > 0;
                tracking_fail(&w.backing, OP_COUNT, 0, false);
                if (result == FA_RESULT_OK) {
                    use(app);
                    EXPECT_OK(fa_app_destroy(app));
                } else {
                    EXPECTF(result == FA_RESULT_OUT_OF_MEMORY, "%s", fa_result_name(result));
                    EXPECT(app == NULL && refused);
                }
                world_expect_quiet(&w);
                world_expect_nothing_left(&w);
                tracking_close(&w.backing);
                if (!refused) {
                    break;
                }
            }
        }
    }
}
END_TEST

START_TEST(app_on_a_lent_context_without_memory_leaves_nothing_behind)
{
    world w;
    world_open(&w, NULL);
    for (int op = OP_RESERVE; op <= OP_COMMIT; op++) {
        for (uint64_t nth = 1; nth < 1000; nth++) {
            uint64_t before = tracking_total_refused(&w.backing);
            tracking_fail(&w.backing, (backing_op)op, nth, true);
            fa_app *app;
            fa_result result = fa_app_create(&(fa_app_desc){.ctx = w.ctx}, &app);
            bool refused = tracking_total_refused(&w.backing) > before;
            tracking_fail(&w.backing, OP_COUNT, 0, false);
            if (result == FA_RESULT_OK) {
                EXPECT_OK(fa_app_destroy(app));
            }
            EXPECT_UINT(world_stats(&w).pool_objects, 0);
            EXPECT_UINT(world_stats(&w).arena_bytes, 0);
            EXPECT_UINT(fa_tag_current(w.ctx), FA_TAG_NONE);
            world_expect_quiet(&w);
            if (!refused) {
                break;
            }
        }
    }
    world_close(&w);
}
END_TEST

/* ---- three ways to drive --------------------------------------------------------------------------------- */

static int64_t clock_now;
static const int64_t deltas[] = {0, FRAME_NS, 3 * FRAME_NS, 5, 1000000000, FRAME_NS / 2, FRAME_NS / 2};
#define DELTAS (int)(sizeof deltas / sizeof deltas[0])

static int64_t read_clock(void *user)
{
    int *frame = user;
    if (*frame < DELTAS) {
        clock_now += deltas[(*frame)++];
    }
    return clock_now;
}

static void tell(fa_sys *s)
{
    const fa_time *time = FA_RES(s, fa_time);
    trace_say("%s(%llu,%llu,%lld) ", (const char *)fa_sys_user(s), (unsigned long long)time->frame,
              (unsigned long long)time->step, (long long)time->elapsed_ns);
    EXPECT(FA_FRAME(s, int, 10) != NULL);
}

static void populate(fa_app *app)
{
    EXPECT_OK(fa_app_add_plugin(app, fa_framealloc_plugin()));
    for (fa_schedule i = 1; i < FA_SCHEDULE_BUILT_IN_END; i++) {
        const char *name = fa_app_schedule_name(app, i);
        fa_system_desc desc = {
            .name = name, .fn = tell, .user = (void *)(uintptr_t)name, .res = {FA_R(fa_time)}};
        EXPECT_OK(fa_app_add_system(app, i, &desc));
    }
}

static int pumped;

static bool pump(fa_app *app, void *user)
{
    (void)app;
    (void)user;
    return pumped++ < DELTAS;
}

static void drive_by_phases(fa_app *app)
{
    for (int i = 0; i < DELTAS; i++) {
        EXPECT_OK(fa_app_frame_begin(app, deltas[i]));
        EXPECT_OK(fa_app_run_schedule(app, FA_FIRST));
        EXPECT_OK(fa_app_run_schedule(app, FA_PRE_UPDATE));
        EXPECT_OK(fa_app_run_schedule(app, FA_STATE_TRANSITION));
        while (fa_app_step_begin(app)) {
            for (fa_schedule s = FA_FIXED_FIRST; s <= FA_FIXED_LAST; s++) {
                EXPECT_OK(fa_app_run_schedule(app, s));
            }
            EXPECT_OK(fa_app_step_end(app));
        }
        EXPECT_OK(fa_app_run_schedule(app, FA_UPDATE));
        EXPECT_OK(fa_app_run_schedule(app, FA_POST_UPDATE));
        EXPECT_OK(fa_app_run_schedule(app, FA_RENDER));
        EXPECT_OK(fa_app_run_schedule(app, FA_LAST));
        EXPECT_OK(fa_app_frame_end(app));
    }
}

START_TEST(app_driven_in_any_of_the_ways_does_the_same)
{
    static char first[sizeof trace];
    for (int way = 0; way < 4; way++) {
        int frame = 0;
        clock_now = pumped = 0;
        stage_close(&st);
        trace_clear();
        stage_open(&st, &(fa_app_desc){.clock = {.now_ns = read_clock, .user = &frame}});
        populate(st.app);
        if (way == 0) {
            drive_by_phases(st.app);
        } else if (way == 1) {
            EXPECT_UINT(fa_app_run(st.app, pump, NULL), 0);
        } else {
            for (int i = 0; i < DELTAS; i++) {
                EXPECT_OK(way == 2 ? fa_app_update(st.app) : fa_app_update_ns(st.app, deltas[i]));
            }
        }
        EXPECT_OK(fa_app_destroy(st.app));
        world_expect_quiet(&st.w);
        tracking_close(&st.w.backing);
        if (way == 0) {
            memcpy(first, trace, sizeof first);
            EXPECT(strstr(trace,
                          "PreStartup(0,0,0) Startup(0,0,0) PostStartup(0,0,0) First(1,0,0) PreUpdate(1,0,0) "
                          "StateTransition(1,0,0) Update(1,0,0) PostUpdate(1,0,0) Render(1,0,0) Last(1,0,0) "
                          "First(2,0,15625000) PreUpdate(2,0,15625000) StateTransition(2,0,15625000) "
                          "FixedFirst(2,1,15625000) FixedPreUpdate(2,1,15625000) FixedUpdate(2,1,15625000) "
                          "FixedPostUpdate(2,1,15625000) FixedLast(2,1,15625000) Update(2,1,15625000) ") ==
                   trace);
            EXPECT(strstr(trace, "Shutdown(7,13,") != NULL);
        }
        EXPECTF(strcmp(first, trace) == 0, "way %d: %s", way, trace);
        trace_clear();
        stage_open(&st, NULL);
    }
}
END_TEST

START_TEST(app_phases_out_of_order_are_refused_and_change_nothing)
{
    EXPECT_REFUSED(&st.w, fa_app_frame_end(st.app), FA603, NO_FRAME);
    EXPECT_REFUSED(&st.w, fa_app_run_schedule(st.app, FA_UPDATE), FA603, NO_FRAME);
    EXPECT_REFUSED(&st.w, fa_app_run_schedule(st.app, FA_FIXED_UPDATE), FA603, NO_FRAME);
    EXPECT_REFUSED(&st.w, fa_app_run_schedule(st.app, FA_STARTUP), FA005, INVALID_ARGUMENT);
    EXPECT_REFUSED(&st.w, fa_app_run_schedule(st.app, FA_SHUTDOWN), FA005, INVALID_ARGUMENT);
    EXPECT_REFUSED(&st.w, fa_app_run_schedule(st.app, FA_SCHEDULE_NONE), FA005, INVALID_ARGUMENT);
    EXPECT_REFUSED(&st.w, fa_app_run_schedule(st.app, 1000), FA005, INVALID_ARGUMENT);
    EXPECT_REFUSED(&st.w, fa_app_step_end(st.app), FA603, NO_FRAME);
    EXPECT(!fa_app_step_begin(st.app));
    EXPECT_TOLD(&st.w, FA603, "no frame is open");
    EXPECT_OK(fa_app_frame_begin(st.app, 2 * FRAME_NS));
    EXPECT_RESULT(fa_app_frame_begin(st.app, 0), FRAME_OPEN);
    EXPECT(strstr(st.w.rec.items[0].earlier, "test_app.c:") != NULL);
    EXPECT_TOLD(&st.w, FA603, "frame 1 of app 'app' is open");
    EXPECT_REFUSED(&st.w, fa_app_update_ns(st.app, 0), FA603, FRAME_OPEN);
    EXPECT_REFUSED(&st.w, fa_app_run_schedule(st.app, FA_FIXED_UPDATE), FA603, NO_FRAME);
    EXPECT(fa_app_step_begin(st.app));
    EXPECT(!fa_app_step_begin(st.app));
    EXPECT_TOLD(&st.w, FA603, "a fixed step is open");
    EXPECT_OK(fa_app_run_schedule(st.app, FA_FIXED_UPDATE));
    EXPECT_OK(fa_app_frame_end(st.app)); /* ends the step, too */
    EXPECT_UINT(fa_app_time(st.app)->step, 1);
    EXPECT_OK(fa_app_frame_begin(st.app, 0));
    EXPECT(fa_app_step_begin(st.app)); /* the one that was left */
    EXPECT_OK(fa_app_step_end(st.app));
    EXPECT(!fa_app_step_begin(st.app));
    EXPECT_OK(fa_app_frame_end(st.app));
}
END_TEST

/* ---- the end --------------------------------------------------------------------------------------------- */

static void exits(fa_sys *s)
{
    if (fa_app_time(st.app)->frame == 3) {
        fa_sys_exit(s, 42);
        fa_sys_exit(s, 43);
    }
    trace_say("%llu ", (unsigned long long)fa_app_time(st.app)->frame);
}

static bool destroys(fa_app *app, void *user)
{
    ++*(int *)user;
    EXPECT_RESULT(fa_app_destroy(app), REENTRANT);
    EXPECT_TOLD(&st.w, FA105, "the loop of fa_app_run");
    EXPECT_UINT(fa_app_run(app, NULL, NULL), -FA_RESULT_REENTRANT);
    EXPECT_TOLD(&st.w, FA105, "the loop of fa_app_run");
    return true;
}

START_TEST(app_that_is_asked_to_exit_ends_its_frame_and_gives_the_first_code)
{
    int code = -1;
    EXPECT(!fa_app_exit_requested(st.app, &code) && code == 0);
    EXPECT_OK(fa_app_add_system(st.app, FA_UPDATE, FA_SYS(exits)));
    EXPECT_OK(fa_app_add_system(st.app, FA_LAST, SAID("last")));
    pumped = 0;
    EXPECT_UINT(fa_app_run(st.app, destroys, &pumped), 42);
    EXPECT_UINT(pumped, 3);
    EXPECT_TRACE("1 last 2 last 3 last ");
    EXPECT(fa_app_exit_requested(st.app, &code) && code == 42);
    EXPECT(fa_app_exit_requested(st.app, NULL));
    EXPECT_UINT(fa_app_run(st.app, NULL, NULL), 42);
    EXPECT_OK(fa_app_update_ns(st.app, 0)); /* your own loop goes on if you want */
    trace_clear();
}
END_TEST

static void idle_build_steps(fa_app *app, int stop)
{
    int n = 0;
#define UPTO(call)     \
    if (n++ == stop) { \
        return;        \
    }                  \
    call
    UPTO(EXPECT_OK(fa_app_add_plugin(app, fa_framealloc_plugin())));
    UPTO(EXPECT_OK(FA_INSERT_RESOURCE(app, Score, {3})));
    UPTO(EXPECT_OK(fa_app_add_system(app, FA_SHUTDOWN, SAID("Shutdown"))));
    UPTO(EXPECT_OK(fa_app_add_system(app, FA_FIXED_UPDATE, SAY("x", .local_bytes = 100, .in_set = {"S"}))));
    UPTO(EXPECT_OK(fa_app_configure_set(app, FA_FIXED_UPDATE, "S", &(fa_set_desc){.chained = true})));
    UPTO(EXPECT_OK(fa_app_start(app)));
    UPTO(EXPECT_OK(fa_app_frame_begin(app, FRAME_NS)));
    UPTO(EXPECT_OK(fa_app_run_schedule(app, FA_FIRST)));
    UPTO(EXPECT(FA_FRAME_ARRAY(fa_app_context(app), int, 100) != NULL));
    UPTO(EXPECT(fa_app_step_begin(app)));
    UPTO(EXPECT_OK(fa_app_run_schedule(app, FA_FIXED_UPDATE)));
    UPTO(EXPECT_OK(fa_app_step_end(app)));
    UPTO(EXPECT_OK(fa_app_run_schedule(app, FA_LAST)));
    UPTO(EXPECT_OK(fa_frame_begin(fa_app_context(app))));
    UPTO(EXPECT_OK(fa_app_add_system(app, FA_UPDATE, SAY("y", .after = {"nobody"}))));
    UPTO(EXPECT_OK(fa_app_frame_end(app)));
    UPTO(EXPECT_RESULT(fa_app_update_ns(app, 1), NOT_FOUND));
    UPTO(EXPECT_OK(fa_app_remove_resource(app, FA_T(Score))));
#undef UPTO
}

START_TEST(app_can_be_destroyed_at_any_point)
{
    for (int stop = 0; stop <= 18; stop++) {
        for (int lent = 0; lent < 2; lent++) {
            world w;
            world_open(&w, NULL);
            fa_app_desc desc = {.ctx = lent ? w.ctx : NULL, .allocator = w.allocator};
            fa_app *app;
            EXPECT_OK(fa_app_create(&desc, &app));
            trace_clear();
            idle_build_steps(app, stop);
            unsigned told = w.rec.count; /* FA102 and FA106 are asked for */
            EXPECT_OK(fa_app_destroy(app));
            for (unsigned i = 0; i < w.rec.count; i++) {
                fa_diagnostic_code id = w.rec.items[i].id;
                EXPECTF(id == FA_CODE_FA102 || id == FA_CODE_FA106 || id == FA_CODE_FA603, "stop %d: %s",
                        stop, w.rec.items[i].message);
            }
            EXPECT(w.rec.count <= told + 2);
            recorder_clear(&w.rec);
            bool shut_down = strstr(trace, "Shutdown") != NULL;
            EXPECTF(shut_down == (stop >= 6), "stop %d", stop);
            EXPECT_UINT(world_stats(&w).pool_objects, 0);
            if (fa_frame_is_open(w.ctx)) {
                EXPECT(lent && stop >= 14);
                EXPECT_OK(fa_frame_end(w.ctx));
            }
            trace_clear();
            world_close(&w);
        }
    }
    EXPECT_OK(fa_app_destroy(NULL));
}
END_TEST

/* ---- several --------------------------------------------------------------------------------------------- */

static void count_score(fa_sys *s)
{
    FA_RES_MUT(s, Score)->points += *(const int *)fa_sys_user(s);
}

START_TEST(app_beside_app_share_types_and_plugins_and_nothing_else)
{
    static int steps[] = {1, 100};
    fa_app *apps[2] = {NULL, NULL};
    Score unrelated = {0};
    world w;
    world_open(&w, NULL);
    for (int i = 0; i < 2; i++) {
        EXPECT_OK(fa_app_create(&(fa_app_desc){.allocator = w.allocator, .name = i ? "b" : "a"}, &apps[i]));
        /* in another order, so that dense numbers differ */
        if (i == 0) {
            EXPECT_OK(fa_app_insert_resource(apps[i], FA_T(Score), &unrelated));
        }
        EXPECT_OK(fa_app_add_plugin(apps[i], fa_framealloc_plugin()));
        if (i == 1) {
            EXPECT_OK(FA_INSERT_RESOURCE(apps[i], Score, {1000}));
        }
        EXPECT_OK(fa_app_add_system(apps[i], FA_UPDATE,
                                    FA_SYSTEM(count_score, .user = &steps[i], .res = {FA_W(Score)})));
    }
    for (int i = 0; i < 10; i++) { /* frames of the two overlap */
        EXPECT_OK(fa_app_frame_begin(apps[0], 0));
        EXPECT_OK(fa_app_run_schedule(apps[0], FA_FIRST));
        EXPECT_OK(fa_app_frame_begin(apps[1], 0));
        EXPECT_OK(fa_app_run_schedule(apps[1], FA_FIRST));
        EXPECT_OK(fa_app_run_schedule(apps[0], FA_UPDATE));
        EXPECT_OK(fa_app_run_schedule(apps[1], FA_UPDATE));
        EXPECT_OK(fa_app_run_schedule(apps[0], FA_LAST));
        EXPECT_OK(fa_app_frame_end(apps[0]));
        EXPECT_OK(fa_app_run_schedule(apps[1], FA_LAST));
        EXPECT_OK(fa_app_frame_end(apps[1]));
    }
    EXPECT_UINT(FA_APP_RES(apps[0], Score)->points, 10);
    EXPECT_UINT(FA_APP_RES(apps[1], Score)->points, 2000);
    EXPECT_OK(fa_app_destroy(apps[0]));
    EXPECT_OK(fa_app_update_ns(apps[1], 1));
    EXPECT_UINT(FA_APP_RES(apps[1], Score)->points, 2100);
    EXPECT_OK(fa_app_destroy(apps[1]));
    world_close(&w);
}
END_TEST

static void *runs_an_app(void *user)
{
    fa_allocator *shared = user;
    static int one = 1;
    for (int round = 0; round < (SUPPORT_SLOW ? 3 : 20); round++) {
        fa_app *app;
        EXPECT_OK(fa_app_create(&(fa_app_desc){.allocator = shared}, &app));
        EXPECT_OK(fa_app_add_plugin(app, fa_framealloc_plugin()));
        EXPECT_OK(FA_INSERT_RESOURCE(app, Score, {0}));
        EXPECT_OK(fa_app_add_system(app, FA_FIXED_UPDATE,
                                    FA_SYSTEM(count_score, .user = &one, .res = {FA_W(Score)})));
        for (int i = 0; i < 100; i++) {
            EXPECT_OK(fa_app_update_ns(app, FRAME_NS));
        }
        EXPECT_UINT(FA_APP_RES(app, Score)->points, 100);
        EXPECT_OK(fa_app_destroy(app));
    }
    return NULL;
}

START_TEST(app_per_thread_on_one_allocator_or_on_their_own)
{
    fa_allocator *shared = NULL;
    EXPECT_OK(fa_allocator_create(&(fa_allocator_desc){.strictness = FA_STRICT_ABORT}, &shared));
    pthread_t threads[6];
    for (int i = 0; i < 6; i++) {
        EXPECT(pthread_create(&threads[i], NULL, runs_an_app, i % 2 ? shared : NULL) == 0);
    }
    for (int i = 0; i < 6; i++) {
        EXPECT(pthread_join(threads[i], NULL) == 0);
    }
    EXPECT_OK(fa_allocator_destroy(shared));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("app");
    TCase *tcase = support_case(suite, "desc");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, app_desc_is_resolved_and_can_be_asked_for);
    tcase_add_test(tcase, app_desc_with_a_problem_is_refused_and_every_problem_is_listed);
    tcase_add_test(tcase, app_desc_that_was_not_zeroed_is_told_by_its_canaries);
    tcase = support_case(suite, "memory");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, app_on_a_lent_context_gives_everything_back_and_leaves_it_attached);
    tcase_add_test(tcase, app_on_a_lent_allocator_attaches_a_context_of_its_own);
    tcase_add_test(tcase, app_on_another_threads_context_is_refused);
    tcase_add_test(tcase, app_whose_allocator_is_in_use_by_a_thread_is_taken_down_in_two_steps);
    tcase_add_test(tcase, app_for_which_there_is_no_memory_leaves_nothing_behind_whatever_call_fails);
    tcase_add_test(tcase, app_on_a_lent_context_without_memory_leaves_nothing_behind);
    tcase = support_case(suite, "driving");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, app_driven_in_any_of_the_ways_does_the_same);
    tcase_add_test(tcase, app_phases_out_of_order_are_refused_and_change_nothing);
    tcase_add_test(tcase, app_that_is_asked_to_exit_ends_its_frame_and_gives_the_first_code);
    tcase_add_test(tcase, app_can_be_destroyed_at_any_point);
    tcase = support_case(suite, "several");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, app_beside_app_share_types_and_plugins_and_nothing_else);
    tcase_add_test(tcase, app_per_thread_on_one_allocator_or_on_their_own);
    return support_run(suite);
}
