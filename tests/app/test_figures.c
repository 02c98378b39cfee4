/* test_figures.c - budgets of plugins, of the app and of tags, and allocations counted by system. */
#include "support.h"

static stage st;

static void open_with(const fa_app_desc *desc)
{
    stage_open(&st, desc);
    EXPECT_OK(fa_app_add_plugin(st.app, fa_framealloc_plugin()));
}

static const fa_figures *figures_of(const char *plugin)
{
    static fa_figures rows[8];
    uint32_t count = fa_app_plugin_figures(st.app, rows, 8);
    EXPECT(count <= 8 && count == fa_app_plugin_figures(st.app, NULL, 0));
    for (uint32_t i = 0; i < count; i++) {
        if (strcmp(rows[i].name, plugin) == 0) {
            return &rows[i];
        }
    }
    EXPECTF(false, "no plugin '%s'", plugin);
    return NULL;
}

/* ---- budgets that are told ----------------------------------------------------------------------------------- */

static void takes_1000(fa_sys *s)
{
    void *p = FA_FRAME(s, char, 1000);
    EXPECT(p != NULL); /* over the budget or not */
    memset(p, 1, 1000);
}
static void takes_time(fa_sys *s)
{
    (void)s;
    usleep(2000);
}
static fa_result build_physics(fa_app *app, void *user)
{
    (void)user;
    EXPECT_OK(fa_app_add_system(app, FA_UPDATE, FA_SYSTEM_AS("small", takes_1000)));
    EXPECT_OK(fa_app_add_system(app, FA_FIXED_UPDATE, FA_SYSTEM_AS("step", takes_1000)));
    return fa_app_add_system(app, FA_LAST, FA_SYS(takes_time));
}
static fa_result build_others(fa_app *app, void *user)
{
    (void)user;
    return fa_app_add_system(app, FA_UPDATE, FA_SYSTEM_AS("other", takes_1000));
}

static void add_all(size_t budget_bytes, int64_t budget_ns)
{
    EXPECT_OK(fa_app_add_plugin(st.app, PLUGIN("physics", .build = build_physics,
                                               .budget_bytes = budget_bytes, .budget_ns = budget_ns)));
    EXPECT_OK(fa_app_add_plugin(st.app, PLUGIN("others", .build = build_others, .budget_bytes = 100000)));
}

START_TEST(figures_of_plugins_are_the_sums_of_their_systems)
{
    open_with(NULL);
    add_all(0, 0);
    for (int i = 0; i < 10; i++) {
        EXPECT_OK(fa_app_update_ns(st.app, 2 * FRAME_NS)); /* two steps in a frame */
    }
    size_t one = stats_of(st.app, "small").frame_bytes;
    EXPECT(one >= 1000);
    EXPECT_UINT(figures_of("physics")->frame_bytes, 3 * one);
    EXPECT_UINT(figures_of("physics")->frame_peak_bytes, 3 * one);
    EXPECT_UINT(figures_of("physics")->systems, 3);
    EXPECT(figures_of("physics")->frame_ns >= 2000000);
    EXPECT(figures_of("physics")->frame_peak_ns >= figures_of("physics")->frame_ns);
    EXPECT_UINT(figures_of("others")->frame_bytes, one);
    EXPECT_UINT(figures_of("app")->frame_bytes, 0);
    fa_figures all;
    fa_app_figures(st.app, &all);
    EXPECT_UINT(all.frame_bytes, 4 * one);
    EXPECT_UINT(all.frame_bytes, fa_app_frame_bytes(st.app));
    EXPECT_UINT(all.systems, 4);
    EXPECT_STR(all.name, "app");
    EXPECT(all.over_bytes == 0 && all.over_ns == 0 && all.over_system == NULL);
    EXPECT_UINT(st.w.rec.log_count[FA_LOG_PLUGIN_OVER_BUDGET], 0);
    stage_close(&st);
}
END_TEST

START_TEST(budgets_of_plugins_are_counted_per_frame_and_told_once_with_the_system)
{
    open_with(NULL);
    add_all(2500, 1000000); /* the second step takes it over */
    for (int i = 0; i < 10; i++) {
        EXPECT_OK(fa_app_update_ns(st.app, 2 * FRAME_NS));
    }
    const fa_figures *f = figures_of("physics");
    EXPECT_UINT(f->over_bytes, 10);
    EXPECT_UINT(f->over_ns, 10);
    EXPECT_UINT(f->budget_bytes, 2500);
    EXPECT_STR(f->over_system, "physics/small"); /* steps come first: it is the third one */
    EXPECT_UINT(figures_of("others")->over_bytes, 0);
    EXPECT_UINT(st.w.rec.log_count[FA_LOG_PLUGIN_OVER_BUDGET], 1);
    EXPECTF(strstr(st.w.rec.log_text, "plugin 'physics'") != NULL &&
                strstr(st.w.rec.log_text, "'physics/small' went over it") != NULL,
            "%s", st.w.rec.log_text);
    EXPECT_UINT(stats_of(st.app, "small").runs, 10); /* nothing was stopped */
    EXPECT_UINT(stats_of(st.app, "takes_time").runs, 10);
    EXPECT_RESULT(fa_app_add_plugin(st.app, PLUGIN("late", .budget_ns = -1)), INVALID_ARGUMENT);
    EXPECT_TOLD(&st.w, FA005, "budget_ns of 'late' is negative");
    stage_close(&st);
}
END_TEST

START_TEST(budget_of_the_app_covers_all_systems_with_any_number_of_workers)
{
    for (uint32_t workers = 0; workers < 4; workers += 3) {
        open_with(&(fa_app_desc){
            .workers = workers, .parallel_min_ns = 1, .budget_bytes = 3500, .budget_ns = 1000000});
        add_all(0, 0);
        for (int i = 0; i < 10; i++) {
            EXPECT_OK(fa_app_update_ns(st.app, i < 5 ? 0 : 2 * FRAME_NS)); /* no step at first: it fits */
        }
        fa_figures all;
        fa_app_figures(st.app, &all);
        EXPECT_UINT(all.over_bytes, 5);
        EXPECT_UINT(all.over_ns, 10);
        EXPECT_UINT(all.budget_bytes, 3500);
        EXPECT_UINT(st.w.rec.log_count[FA_LOG_APP_OVER_BUDGET], 1);
        EXPECT(strstr(st.w.rec.log_text, "app 'app' took") != NULL);
        stage_close(&st);
    }
}
END_TEST

/* ---- budgets that refuse -------------------------------------------------------------------------------------- */

static unsigned got_null, went_on;
static void wants_more(fa_sys *s)
{
    for (int i = 0; i < 4; i++) {
        if (FA_FRAME(s, char, 1000) == NULL) {
            EXPECT(fa_context_last_result(fa_sys_ctx(s)) == FA_RESULT_OVER_BUDGET);
            got_null++;
        }
    }
    went_on++;
}

START_TEST(a_hard_limit_of_a_systems_tag_refuses_inside_the_system_which_goes_on)
{
    open_with(NULL);
    EXPECT_OK(fa_app_add_system(st.app, FA_UPDATE, FA_SYS(wants_more)));
    EXPECT_OK(fa_app_add_system(st.app, FA_UPDATE, FA_SYSTEM_AS("beside", takes_1000)));
    fa_tag tag = stats_of(st.app, "wants_more").tag;
    EXPECT_OK(fa_tag_budget_set(st.w.allocator, tag, (fa_budget){.soft_bytes = 1500, .hard_bytes = 2500}));
    got_null = went_on = 0;
    for (int i = 0; i < 5; i++) {
        EXPECT_OK(fa_app_update_ns(st.app, FRAME_NS));
    }
    EXPECT_UINT(got_null, 10);
    EXPECT_UINT(went_on, 5);
    EXPECT_UINT(stats_of(st.app, "beside").runs, 5);
    fa_budget_stats b;
    EXPECT_OK(fa_tag_budget_get(st.w.allocator, tag, &b));
    EXPECT_UINT(b.refused, 10);
    EXPECT_UINT(b.soft_events, 5);
    EXPECT(st.w.rec.log_count[FA_LOG_BUDGET_SOFT] > 0);
    EXPECTF(strstr(st.w.rec.log_text, "app/wants_more") != NULL, "%s", st.w.rec.log_text);
    stage_close(&st);
}
END_TEST

/* ---- allocations by system -------------------------------------------------------------------------------------- */

static void allocates(fa_sys *s)
{
    fa_context *ctx = fa_sys_ctx(s);
    (void)FA_FRAME(s, char, 10);
    (void)FA_FRAME(s, char, 10);
    (void)FA_SCRATCH(s, char, 10);
    void *p = fa_pool_alloc(ctx, 100, 0);
    EXPECT_OK(fa_pool_free(ctx, p));
}
static void five(fa_sys *s, size_t begin, size_t end, void *user)
{
    (void)begin, (void)end, (void)user;
    for (int i = 0; i < 5; i++) {
        (void)FA_FRAME(s, char, 10);
    }
}
static void allocates_in_pieces(fa_sys *s)
{
    EXPECT_OK(fa_sys_for(s, 8, 1, five, NULL));
}
static void runs_others(fa_sys *s)
{
    (void)FA_FRAME(s, char, 10);
    EXPECT_OK(fa_app_run_schedule(fa_sys_app(s), fa_app_schedule(fa_sys_app(s), "Inner")));
}

START_TEST(allocations_are_counted_by_system_while_diagnostics_are_on)
{
    open_with(NULL);
    EXPECT_OK(fa_app_add_system(st.app, fa_app_schedule(st.app, "Inner"), FA_SYSTEM_AS("inner", allocates)));
    EXPECT_OK(fa_app_add_system(st.app, FA_UPDATE, FA_SYS(allocates)));
    EXPECT_OK(fa_app_add_system(st.app, FA_UPDATE, FA_SYS(allocates_in_pieces)));
    EXPECT_OK(fa_app_add_system(st.app, FA_UPDATE, FA_SYSTEM(runs_others, .exclusive = true)));
    EXPECT_OK(fa_app_update_ns(st.app, FRAME_NS));
    EXPECT(stats_of(st.app, "allocates").allocs == FA_UNKNOWN); /* not 0: nobody has counted */
    EXPECT(stats_of(st.app, "allocates").last_allocs == FA_UNKNOWN);
    EXPECT_OK(fa_diagnostics_set(st.w.ctx, FA_DIAGNOSTICS_SITES));
    for (int i = 0; i < 3; i++) {
        EXPECT_OK(fa_app_update_ns(st.app, FRAME_NS));
    }
    EXPECT_UINT(stats_of(st.app, "allocates").last_allocs, 4);
    EXPECT_UINT(stats_of(st.app, "allocates").allocs, 12);
    EXPECT_UINT(stats_of(st.app, "inner").last_allocs, 4);
    EXPECT_UINT(stats_of(st.app, "runs_others").last_allocs, 1); /* without those of the inner schedule */
    EXPECT_UINT(stats_of(st.app, "allocates_in_pieces").last_allocs, 40);
    EXPECT_OK(fa_diagnostics_set(st.w.ctx, FA_DIAGNOSTICS_OFF));
    EXPECT_OK(fa_app_update_ns(st.app, FRAME_NS));
    EXPECT_UINT(stats_of(st.app, "allocates").allocs, 12);
    stage_close(&st);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("figures");
    TCase *t = support_case(suite, "figures");
    tcase_add_test(t, figures_of_plugins_are_the_sums_of_their_systems);
    tcase_add_test(t, budgets_of_plugins_are_counted_per_frame_and_told_once_with_the_system);
    tcase_add_test(t, budget_of_the_app_covers_all_systems_with_any_number_of_workers);
    tcase_add_test(t, a_hard_limit_of_a_systems_tag_refuses_inside_the_system_which_goes_on);
    tcase_add_test(t, allocations_are_counted_by_system_while_diagnostics_are_on);
    return support_run(suite);
}
