/* Resources and types: copies, addresses, tags, what must be declared. */
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

static void frame(void)
{
    EXPECT_OK(fa_app_update_ns(st.app, 0));
}

typedef struct Score {
    int points;
    char text[12];
} Score;
FA_TYPE_STATIC(Score);
typedef struct Other {
    int value;
} Other;
FA_TYPE_STATIC(Other);
typedef struct Aligned {
    _Alignas(4096) char page[4096];
} Aligned;
FA_TYPE_STATIC(Aligned);

START_TEST(resource_is_a_copy_that_keeps_its_address_until_it_is_removed)
{
    Score mine = {.points = 3, .text = "three"};
    EXPECT(FA_APP_RES(st.app, Score) == NULL);
    EXPECT_OK(fa_app_insert_resource(st.app, FA_T(Score), &mine));
    Score *theirs = FA_APP_RES_MUT(st.app, Score);
    EXPECT(theirs != NULL && theirs != &mine && theirs->points == 3);
    mine.points = 4;
    EXPECT_UINT(theirs->points, 3);
    EXPECT_OK(fa_app_insert_resource(st.app, FA_T(Score), &mine));
    EXPECT(FA_APP_RES(st.app, Score) == theirs && theirs->points == 4);
    EXPECT_OK(fa_app_insert_resource(st.app, FA_T(Score), theirs)); /* itself */
    EXPECT_UINT(theirs->points, 4);
    EXPECT_OK(fa_app_insert_resource(st.app, FA_T(Score), NULL));
    EXPECT(all_bytes_are(theirs, sizeof *theirs, 0));
    EXPECT_OK(fa_app_remove_resource(st.app, FA_T(Score)));
    EXPECT(FA_APP_RES(st.app, Score) == NULL);
    EXPECT_RESULT(fa_app_remove_resource(st.app, FA_T(Score)), NOT_FOUND);
    EXPECT_RESULT(fa_app_remove_resource(st.app, FA_T(Other)), NOT_FOUND);
    EXPECT_RESULT(fa_app_remove_resource(st.app, NULL), NOT_FOUND);
    EXPECT(fa_app_resource(st.app, NULL) == NULL);
}
END_TEST

START_TEST(resource_has_the_alignment_of_its_type)
{
    EXPECT_OK(fa_app_insert_resource(st.app, FA_T(Aligned), NULL));
    EXPECT((uintptr_t)FA_APP_RES(st.app, Aligned) % 4096 == 0);
}
END_TEST

static fa_result insert_score(fa_app *app, void *user)
{
    (void)user;
    return FA_INSERT_RESOURCE(app, Score, {.points = 1});
}

START_TEST(resource_is_charged_to_who_inserts_it_and_given_back)
{
    fa_tag p = fa_tag_intern(st.w.allocator, "p");
    fa_tag app = fa_tag_intern(st.w.allocator, "app");
    size_t before = tag_stats(st.w.allocator, app).self.pool_bytes;
    EXPECT_OK(fa_app_add_plugin(st.app, PLUGIN("p", .build = insert_score)));
    EXPECT_UINT(tag_stats(st.w.allocator, p).self.pool_bytes, sizeof(Score));
    EXPECT_OK(fa_app_insert_resource(st.app, FA_T(Aligned), NULL));
    EXPECT(tag_stats(st.w.allocator, app).self.pool_bytes >= before + sizeof(Aligned));
    EXPECT_OK(fa_app_remove_resource(st.app, FA_T(Score)));
    EXPECT_UINT(tag_stats(st.w.allocator, p).self.pool_bytes, 0);
}
END_TEST

START_TEST(resource_of_a_bad_or_changed_descriptor_is_refused)
{
    static const fa_type bad[] = {{.name = NULL, .size_bytes = 4, .align_bytes = 4},
                                  {.name = "zero", .size_bytes = 0, .align_bytes = 4},
                                  {.name = "odd", .size_bytes = 4, .align_bytes = 3},
                                  {.name = "huge", .size_bytes = FA_REQUEST_MAX + 1, .align_bytes = 4},
                                  {.name = "align", .size_bytes = 4, .align_bytes = FA_ALIGN_MAX * 2},
                                  {.name = "none", .size_bytes = 4, .align_bytes = 0}};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        EXPECT_REFUSED(&st.w, fa_app_insert_resource(st.app, &bad[i], NULL), FA005, INVALID_ARGUMENT);
    }
    EXPECT_REFUSED(&st.w, fa_app_insert_resource(st.app, NULL, NULL), FA005, INVALID_ARGUMENT);
    fa_type changing = {.name = "changing", .size_bytes = 8, .align_bytes = 8};
    EXPECT_OK(fa_app_insert_resource(st.app, &changing, NULL));
    changing.size_bytes = 16;
    EXPECT_RESULT(fa_app_insert_resource(st.app, &changing, NULL), INVALID_ARGUMENT);
    EXPECT_TOLD(&st.w, FA005, "'changing' has another size or alignment than at its first use");
    EXPECT_RESULT(fa_app_add_system(st.app, FA_UPDATE, SAY("x", .res = {{&changing, FA_ACCESS_READ}})),
                  INVALID_DESC);
    EXPECT_TOLD(&st.w, FA103, "another size");
    fa_type huge = {.name = "huge", .size_bytes = FA_REQUEST_MAX, .align_bytes = 16};
    EXPECT_NO_MEMORY(&st.w, fa_app_insert_resource(st.app, &huge, NULL), FULL);
}
END_TEST

START_TEST(resource_types_of_one_name_are_two_types_and_thousands_are_told_apart)
{
    static fa_type types[3000];
    for (int i = 0; i < 3000; i++) {
        types[i] = (fa_type){.name = "same name", .size_bytes = sizeof i, .align_bytes = sizeof i};
        EXPECT_OK(fa_app_insert_resource(st.app, &types[i], &i));
    }
    for (int i = 0; i < 3000; i++) {
        EXPECT_UINT(*(const int *)fa_app_resource(st.app, &types[i]), i);
    }
}
END_TEST

/* ---- in systems ------------------------------------------------------------------------------------------ */

static void uses_what_it_declared(fa_sys *s)
{
    EXPECT(FA_RES(s, Score) == FA_APP_RES(st.app, Score));
    EXPECT(FA_RES(s, Other) == FA_APP_RES(st.app, Other)); /* writing includes reading */
    FA_RES_MUT(s, Other)->value++;
}

static void reads_undeclared(fa_sys *s)
{
    const Score *score = FA_RES(s, Score);
#ifdef FA_DEBUG
    EXPECT(score == NULL);
    EXPECT_RESULT(fa_context_last_result(fa_sys_ctx(s)), NOT_FOUND);
    EXPECT_UINT(st.w.rec.items[0].result, FA_RESULT_NOT_FOUND);
    EXPECT(strstr(st.w.rec.items[0].here, "test_resource.c:") != NULL);
    EXPECT(strstr(st.w.rec.items[0].earlier, "test_resource.c:") != NULL);
    EXPECT_STR(st.w.rec.items[0].tag, "app/reads_undeclared");
    EXPECT_TOLD(&st.w, FA107, "'app/reads_undeclared' reads 'Score', which it did not declare");
#else
    EXPECT(score == FA_APP_RES(st.app, Score));
#endif
}

static void writes_what_it_reads(fa_sys *s)
{
    Score *score = FA_RES_MUT(s, Score);
#ifdef FA_DEBUG
    EXPECT(score == NULL);
    EXPECT_TOLD(&st.w, FA107, "'app/writes_what_it_reads' writes 'Score'");
#else
    EXPECT(score == FA_APP_RES(st.app, Score));
#endif
}

static void asks_for_what_never_was(fa_sys *s)
{
    EXPECT(FA_RES(s, Other) == NULL); /* declared, and the app has none: no mistake */
}

START_TEST(resource_that_was_declared_is_there_and_what_was_not_is_refused_in_debug_builds)
{
    EXPECT_OK(fa_app_add_system(st.app, FA_FIRST, FA_SYSTEM(asks_for_what_never_was, .res = {FA_R(Other)})));
    frame();
    EXPECT_OK(FA_INSERT_RESOURCE(st.app, Score, {.points = 3}));
    EXPECT_OK(FA_INSERT_RESOURCE(st.app, Other, {.value = 3}));
    EXPECT_OK(fa_app_add_system(st.app, FA_UPDATE,
                                FA_SYSTEM(uses_what_it_declared, .res = {FA_R(Score), FA_W(Other)})));
    EXPECT_OK(fa_app_add_system(st.app, FA_UPDATE, FA_SYS(reads_undeclared)));
    EXPECT_OK(fa_app_add_system(st.app, FA_UPDATE, FA_SYSTEM(writes_what_it_reads, .res = {FA_R(Score)})));
    EXPECT_OK(fa_app_run_schedule(st.app, fa_app_schedule(st.app, "none")));
    EXPECT_OK(fa_app_frame_begin(st.app, 0));
    EXPECT_OK(fa_app_run_schedule(st.app, FA_UPDATE));
    EXPECT_OK(fa_app_frame_end(st.app));
    EXPECT_UINT(FA_APP_RES(st.app, Other)->value, 4);
}
END_TEST

static fa_sys *kept;

static void keeps_its_handle(fa_sys *s)
{
    kept = s;
}

START_TEST(resource_asked_for_with_the_handle_of_a_system_that_has_returned_is_refused)
{
    EXPECT_OK(FA_INSERT_RESOURCE(st.app, Score, {.points = 3}));
    EXPECT_OK(fa_app_add_system(st.app, FA_UPDATE, FA_SYSTEM(keeps_its_handle, .res = {FA_W(Score)})));
    frame();
    EXPECT(FA_RES(kept, Score) == NULL);
    EXPECT_TOLD(&st.w, FA105, "the handle of 'app/keeps_its_handle' is used after the system has returned");
    EXPECT(FA_RES_MUT(kept, Score) == NULL);
    EXPECT_TOLD(&st.w, FA105, "after the system has returned");
    EXPECT(fa_sys_app(kept) == NULL);
    EXPECT_TOLD(&st.w, FA105, "after the system has returned");
    EXPECT(FA_STEP(kept, int, 1) == NULL);
    EXPECT_TOLD(&st.w, FA108, "keeps_its_handle");
}
END_TEST

START_TEST(resource_of_time_is_always_there_and_cannot_be_removed)
{
    EXPECT(FA_APP_RES(st.app, fa_time) == fa_app_time(st.app));
    EXPECT_REFUSED(&st.w, fa_app_remove_resource(st.app, FA_T(fa_time)), FA005, INVALID_ARGUMENT);
    frame();
    EXPECT_OK(FA_INSERT_RESOURCE(st.app, fa_time, {.scale = 2.0, .frame = 99, .elapsed_ns = -5}));
    EXPECT_UINT(fa_app_time(st.app)->frame, 1);
    EXPECT_UINT(fa_app_time(st.app)->elapsed_ns, 0);
    EXPECT_OK(fa_app_update_ns(st.app, 1000));
    EXPECT_UINT(fa_app_time(st.app)->delta_ns, 2000);
}
END_TEST

static void *insert_elsewhere(void *user)
{
    (void)user;
    EXPECT_RESULT(fa_app_insert_resource(st.app, FA_T(Score), NULL), WRONG_THREAD);
    EXPECT_RESULT(fa_app_remove_resource(st.app, FA_T(Score)), WRONG_THREAD);
    EXPECT_RESULT(fa_app_update_ns(st.app, 0), WRONG_THREAD);
    EXPECT_RESULT(fa_app_update_ns(st.app, -1), WRONG_THREAD);
    EXPECT_RESULT(fa_app_add_system(st.app, FA_UPDATE, SAID("x")), WRONG_THREAD);
    EXPECT_RESULT(fa_app_add_plugin(st.app, PLUGIN("x", .many = true)), WRONG_THREAD);
    EXPECT_RESULT(fa_app_start(st.app), WRONG_THREAD);
    EXPECT_RESULT(fa_app_destroy(st.app), WRONG_THREAD);
    EXPECT_UINT(fa_app_run(st.app, NULL, NULL), -FA_RESULT_WRONG_THREAD);
    EXPECT(!fa_app_step_begin(st.app));
    return NULL;
}

START_TEST(resource_and_app_belong_to_the_thread_that_made_the_app)
{
    on_another_thread(insert_elsewhere, NULL);
    EXPECT_UINT(st.w.rec.count, 10);
    EXPECT_UINT(recorder_count_of(&st.w.rec, FA_CODE_FA206), 10);
    recorder_clear(&st.w.rec);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("resource");
    TCase *tcase = support_case(suite, "app");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, resource_is_a_copy_that_keeps_its_address_until_it_is_removed);
    tcase_add_test(tcase, resource_has_the_alignment_of_its_type);
    tcase_add_test(tcase, resource_is_charged_to_who_inserts_it_and_given_back);
    tcase_add_test(tcase, resource_of_a_bad_or_changed_descriptor_is_refused);
    tcase_add_test(tcase, resource_types_of_one_name_are_two_types_and_thousands_are_told_apart);
    tcase = support_case(suite, "systems");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, resource_that_was_declared_is_there_and_what_was_not_is_refused_in_debug_builds);
    tcase_add_test(tcase, resource_asked_for_with_the_handle_of_a_system_that_has_returned_is_refused);
    tcase_add_test(tcase, resource_of_time_is_always_there_and_cannot_be_removed);
    tcase_add_test(tcase, resource_and_app_belong_to_the_thread_that_made_the_app);
    return support_run(suite);
}
