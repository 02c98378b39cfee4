/* test_plugin_group.c - lists of plugins, sub-apps, and the monitor: what is around an app. */
#include "support.h"

#include <math.h>

typedef struct Seen {
    uint32_t entities;
    uint32_t frames;
} Seen;
typedef struct Pos {
    float x, y;
} Pos;
FA_TYPE_STATIC(Seen);
FA_TYPE_STATIC(Pos);

static stage st;

static void setup(void)
{
    stage_open(&st, NULL);
}
static void teardown(void)
{
    stage_close(&st);
}

static fa_result build_says(fa_app *app, void *user)
{
    (void)app;
    trace_say("%s ", (const char *)user);
    return FA_RESULT_OK;
}
static fa_result build_fails(fa_app *app, void *user)
{
    (void)app;
    (void)user;
    return FA_RESULT_IO;
}
#define NAMED(text) PLUGIN(text, .user = (void *)(uintptr_t)text, .build = build_says)

START_TEST(group_is_added_in_its_order_after_editing)
{
    fa_plugin_group *g = fa_plugin_group_create(st.app);
    EXPECT_OK(fa_plugin_group_add(g, NAMED("a")));
    EXPECT_OK(fa_plugin_group_add(g, NAMED("b")));
    EXPECT_OK(fa_plugin_group_add(g, NAMED("c")));
    EXPECT_OK(fa_plugin_group_add_before(g, "b", NAMED("x")));
    EXPECT_OK(fa_plugin_group_add_after(g, "b", NAMED("y")));
    EXPECT_OK(fa_plugin_group_disable(g, "a"));
    EXPECT_OK(fa_plugin_group_disable(g, "c"));
    EXPECT_OK(fa_plugin_group_enable(g, "c"));
    EXPECT_OK(fa_plugin_group_set(g, PLUGIN("y", .user = (void *)(uintptr_t) "Y", .build = build_says)));
    EXPECT_OK(fa_app_add_plugin_group(st.app, g));
    EXPECT_TRACE("x b Y c ");
    EXPECT(!fa_app_has_plugin(st.app, "a") && fa_app_has_plugin(st.app, "y"));
}
END_TEST

START_TEST(group_mistakes_are_told_and_remembered)
{
    fa_plugin_group *g = fa_plugin_group_create(st.app);
    EXPECT_OK(fa_plugin_group_add(g, NAMED("a")));
    EXPECT_RESULT(fa_plugin_group_add(g, NAMED("a")), EXISTS);
    EXPECT_TOLD(&st.w, FA101, "'a' is in the group already");
    EXPECT_RESULT(fa_plugin_group_disable(g, "z"), NOT_FOUND);
    EXPECT_TOLD(&st.w, FA101, "'z' is not in the group");
    EXPECT_RESULT(fa_plugin_group_add(g, NULL), INVALID_ARGUMENT);
    EXPECT_TOLD(&st.w, FA005, "no plugin");
    EXPECT_RESULT(fa_app_add_plugin_group(st.app, g), EXISTS); /* the first of them */
    EXPECT(!fa_app_has_plugin(st.app, "a"));
    EXPECT_RESULT(fa_app_add_plugin_group(st.app, NULL), OUT_OF_MEMORY);
    g = fa_plugin_group_create(st.app);
    EXPECT_OK(fa_plugin_group_add(g, NAMED("a")));
    EXPECT_OK(fa_plugin_group_add(g, PLUGIN("bad", .build = build_fails)));
    EXPECT_OK(fa_plugin_group_add(g, NAMED("c")));
    EXPECT_RESULT(fa_app_add_plugin_group(st.app, g), IO);
    EXPECT(fa_app_has_plugin(st.app, "a") && !fa_app_has_plugin(st.app, "c"));
    (void)fa_plugin_group_create(st.app); /* forgotten: gone with the app */
}
END_TEST

START_TEST(group_of_the_default_has_frame_memory_and_monitor)
{
    EXPECT_OK(fa_app_add_plugin_group(st.app, fa_plugin_group_default(st.app)));
    EXPECT(fa_app_has_plugin(st.app, "framealloc") && fa_app_has_plugin(st.app, "monitor"));
}
END_TEST

static void takes(fa_sys *s)
{
    EXPECT(FA_FRAME(s, char, 1000) != NULL);
}

START_TEST(monitor_keeps_a_smoothed_history)
{
    fa_monitor_figure f;
    EXPECT_RESULT(fa_monitor_get(st.app, "fps", &f), NOT_FOUND);
    EXPECT_OK(fa_app_add_plugin_group(st.app, fa_plugin_group_default(st.app)));
    EXPECT_OK(fa_app_add_system(st.app, FA_UPDATE, FA_SYS(takes)));
    EXPECT_RESULT(fa_monitor_get(st.app, "nothing", &f), NOT_FOUND);
    for (int i = 0; i < 200; i++) {
        EXPECT(FA_WORLD_SPAWN(fa_app_world(st.app), FA_Z(Pos)) != FA_ENTITY_NONE);
        EXPECT_OK(fa_app_update_ns(st.app, i < 190 ? 10000000 : 20000000));
    }
    EXPECT_OK(fa_monitor_get(st.app, "frame_time", &f));
    EXPECT_UINT(f.count, FA_MONITOR_HISTORY);
    EXPECT(fabs(f.last - 20) < 1e-9 && fabs(f.least - 10) < 1e-9 && fabs(f.most - 20) < 1e-9);
    EXPECT(fabs(f.smoothed - 15) < 0.1); /* ten frames after the step: half way */
    EXPECT(fabs(f.average - (110 * 10 + 10 * 20) / 120.0) < 1e-9);
    EXPECT_OK(fa_monitor_get(st.app, "fps", &f));
    EXPECT(fabs(f.last - 50) < 1e-9);
    EXPECT_OK(fa_monitor_get(st.app, "entities", &f));
    EXPECT(f.last == 200 && f.least == 81);
    EXPECT_OK(fa_monitor_get(st.app, "frame_bytes", &f));
    EXPECT(f.last >= 1000 && f.last < 1100);
    double history[3];
    EXPECT_UINT(fa_monitor_history(st.app, "entities", history, 3), 3);
    EXPECT(history[0] == 198 && history[2] == 200);
}
END_TEST

/* ---- sub-apps -------------------------------------------------------------------------------------------- */

static void extract(const fa_app *app, fa_app *sub, void *user)
{
    EXPECT(user == &st);
    FA_APP_RES_MUT(sub, Seen)->entities = fa_world_entity_count(fa_app_world(app));
}
static void draw(fa_sys *s)
{
    FA_RES_MUT(s, Seen)->frames++;
    EXPECT_UINT(FA_RES(s, Seen)->entities, FA_RES(s, Seen)->frames);
}

START_TEST(subapp_takes_what_it_needs_and_runs_after_the_main_one)
{
    fa_app *sub;
    EXPECT_OK(fa_app_create(&(fa_app_desc){.name = "render", .allocator = fa_app_allocator(st.app)}, &sub));
    EXPECT_OK(FA_INSERT_RESOURCE(sub, Seen, {0}));
    EXPECT_OK(fa_app_add_system(sub, FA_RENDER, FA_SYSTEM(draw, .res = {FA_W(Seen)})));
    EXPECT_RESULT(fa_app_add_subapp(st.app, "self", st.app, NULL, NULL), INVALID_ARGUMENT);
    EXPECT_TOLD(&st.w, FA005, "self");
    EXPECT_OK(fa_app_add_subapp(st.app, "render", sub, extract, &st));
    EXPECT_RESULT(fa_app_add_subapp(st.app, "again", sub, NULL, NULL), INVALID_ARGUMENT);
    EXPECT_TOLD(&st.w, FA005, "again");
    EXPECT(fa_app_subapp(st.app, "render") == sub && fa_app_subapp(st.app, "other") == NULL);
    for (int i = 0; i < 10; i++) {
        EXPECT(FA_WORLD_SPAWN(fa_app_world(st.app), FA_Z(Pos)) != FA_ENTITY_NONE);
        EXPECT_OK(fa_app_update_ns(st.app, FRAME_NS));
    }
    EXPECT_UINT(FA_APP_RES(sub, Seen)->frames, 10);
    EXPECT_UINT(fa_world_entity_count(fa_app_world(sub)), 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("plugin_group");
    TCase *t = support_case(suite, "plugin_group");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, group_is_added_in_its_order_after_editing);
    tcase_add_test(t, group_mistakes_are_told_and_remembered);
    tcase_add_test(t, group_of_the_default_has_frame_memory_and_monitor);
    tcase_add_test(t, monitor_keeps_a_smoothed_history);
    tcase_add_test(t, subapp_takes_what_it_needs_and_runs_after_the_main_one);
    return support_run(suite);
}
