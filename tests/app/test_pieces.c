/* test_pieces.c - one system's work on several threads: every index once, the same result with any number of
 * workers, memory of each thread charged to the system, and what pieces may not do. */
#include "support.h"

#include <pthread.h>

typedef struct Pos {
    double x, y;
} Pos;
typedef struct Score {
    uint64_t hash;
} Score;
typedef struct Hit {
    int damage;
} Hit;
FA_TYPE_STATIC(Pos);
FA_TYPE_STATIC(Score);
FA_TYPE_STATIC(Hit);

static stage st;

static void open_with(uint32_t workers)
{
    stage_open(&st, &(fa_app_desc){.workers = workers, .parallel_min_ns = 1});
    EXPECT_OK(fa_app_add_plugin(st.app, fa_framealloc_plugin()));
}

static uint64_t mix(uint64_t x)
{
    x ^= x >> 31;
    x *= 0x9E3779B97F4A7C15u;
    return x ^ x >> 29;
}

/* ---- the range --------------------------------------------------------------------------------------------- */

enum { RANGE_MAX = 5000 };
static atomic_uchar seen[RANGE_MAX];
static size_t range_count, range_grain;
static atomic_uint pieces, uneven;

static void mark(fa_sys *s, size_t begin, size_t end, void *user)
{
    size_t grain = range_grain != 0 ? range_grain : fa_sys_for_grain(range_count);
    (void)s;
    EXPECT(user == &st);
    (void)atomic_fetch_add(&pieces, 1);
    (void)atomic_fetch_add(&uneven, begin % grain != 0 || (end != begin + grain && end != range_count));
    for (size_t i = begin; i < end; i++) {
        (void)atomic_fetch_add(&seen[i], 1);
    }
}
static void marks(fa_sys *s)
{
    size_t before = fa_arena_used_bytes(s->scratch);
    EXPECT_OK(fa_sys_for(s, range_count, range_grain, mark, &st));
    EXPECT(fa_arena_used_bytes(s->scratch) == before);
}

START_TEST(pieces_cover_each_index_once_with_0_1_2_and_8_workers)
{
    static const uint32_t workers[] = {0, 1, 2, 8};
    static const size_t counts[] = {0, 1, 2, 63, 64, 65, 1000, RANGE_MAX};
    static const size_t grains[] = {0, 1, 7, 5000, SIZE_MAX};
    for (int w = 0; w < 4; w++) {
        open_with(workers[w]);
        EXPECT_OK(fa_app_add_system(st.app, FA_UPDATE, FA_SYS(marks)));
        for (int c = 0; c < 8; c++) {
            for (int g = 0; g < 5; g++) {
                range_count = counts[c];
                range_grain = grains[g];
                memset(seen, 0, sizeof seen);
                atomic_store(&pieces, 0);
                EXPECT_OK(fa_app_update_ns(st.app, FRAME_NS));
                for (size_t i = 0; i < RANGE_MAX; i++) {
                    EXPECT(seen[i] == (i < range_count));
                }
                size_t grain = range_grain != 0 ? range_grain : fa_sys_for_grain(range_count);
                EXPECT_UINT(atomic_load(&pieces), range_count / grain + (range_count % grain != 0));
                EXPECT_UINT(atomic_load(&uneven), 0);
                EXPECT(range_grain != 0 || atomic_load(&pieces) <= 64);
            }
        }
        stage_close(&st);
    }
}
END_TEST

/* ---- the same result ---------------------------------------------------------------------------------------- */

/* Floating point sums depend on their order: kept per piece and joined in order, they do not. */
static void sum_piece(fa_sys *s, size_t begin, size_t end, void *user)
{
    double *sums = user;
    double *copy = FA_SCRATCH(s, double, end - begin);
    float *kept = FA_FRAME(s, float, end - begin);
    EXPECT(copy != NULL && kept != NULL);
    for (size_t i = begin; i < end; i++) {
        copy[i - begin] = 1.0 / (double)(mix(i) % 1000 + 1);
        kept[i - begin] = (float)i;
    }
    for (size_t i = begin; i < end; i++) {
        sums[begin / 100] += copy[i - begin];
    }
    (void)FA_RES(s, fa_time)->frame;
}
static void sums(fa_sys *s)
{
    double *parts = FA_SCRATCH(s, double, 200);
    memset(parts, 0, 200 * sizeof *parts);
    EXPECT_OK(fa_sys_for(s, 20000, 100, sum_piece, parts));
    double sum = 0;
    for (int i = 0; i < 200; i++) {
        sum += parts[i];
    }
    uint64_t bits;
    memcpy(&bits, &sum, sizeof bits);
    Score *score = FA_RES_MUT(s, Score);
    score->hash = mix(score->hash ^ bits);
}

static uint64_t sum_with(uint32_t workers, size_t *frame_bytes)
{
    open_with(workers);
    EXPECT_OK(FA_INSERT_RESOURCE(st.app, Score, {1}));
    EXPECT_OK(fa_app_add_system(st.app, FA_UPDATE, FA_SYSTEM(sums, .res = {FA_W(Score), FA_R(fa_time)})));
    for (int i = 0; i < 20; i++) {
        EXPECT_OK(fa_app_update_ns(st.app, FRAME_NS));
    }
    uint64_t hash = FA_APP_RES(st.app, Score)->hash;
    *frame_bytes = stats_of(st.app, "sums").frame_bytes;
    EXPECT_UINT(fa_app_frame_bytes(st.app), *frame_bytes);
    EXPECT(stats_of(st.app, "sums").scratch_peak_bytes >= 200 * sizeof(double));
    /* Every byte under the system's tag, on whatever thread. */
    size_t tagged = tag_stats(st.w.allocator, stats_of(st.app, "sums").tag).self.last_frame_bytes;
    EXPECT_UINT(tagged, *frame_bytes);
    EXPECT_UINT(tag_stats(st.w.allocator, FA_TAG_NONE).self.last_frame_bytes, 0);
    stage_close(&st);
    return hash;
}

START_TEST(pieces_joined_in_their_order_give_the_same_with_any_number_of_workers)
{
    size_t bytes;
    uint64_t alone = sum_with(0, &bytes);
    EXPECT(bytes >= 20000 * sizeof(float));
    static const uint32_t workers[] = {1, 2, 8};
    for (int i = 0; i < 3; i++) {
        EXPECT(sum_with(workers[i], &bytes) == alone);
        EXPECT(bytes >= 20000 * sizeof(float) && bytes < 20000 * sizeof(float) + 100 * 1000);
    }
}
END_TEST

/* ---- memory of workers ---------------------------------------------------------------------------------------- */

/* Steps that only ever run pieces on a worker: what they take goes with the step there as well. */
static void takes(fa_sys *s, size_t begin, size_t end, void *user)
{
    (void)begin, (void)end, (void)user;
    void *step = FA_STEP(s, char, 10000);
    EXPECT(step != NULL);
    memset(step, 1, 10000);
    memset(FA_FRAME(s, char, 10000), 1, 10000);
    memset(FA_SCRATCH(s, char, 10000), 1, 10000);
}
static void takes_all(fa_sys *s)
{
    EXPECT_OK(fa_sys_for(s, 40, 1, takes, NULL));
}

START_TEST(pieces_leave_no_memory_behind_on_any_thread)
{
    enum { FRAMES = SUPPORT_SLOW ? 100 : 600 };
    stage_open(&st, &(fa_app_desc){.workers = 3, .parallel_min_ns = 1, .step_max_bytes = 600000});
    EXPECT_OK(fa_app_add_plugin(st.app, fa_framealloc_plugin()));
    EXPECT_OK(fa_app_add_system(st.app, FA_FIXED_UPDATE, FA_SYS(takes_all)));
    for (int i = 0; i < FRAMES; i++) {
        EXPECT_OK(fa_app_update_ns(st.app, FRAME_NS));
    }
    EXPECT(stats_of(st.app, "takes_all").step_peak_bytes >= 10000);
    EXPECT(stats_of(st.app, "takes_all").scratch_peak_bytes >= 10000);
    stage_close(&st);
}
END_TEST

/* ---- what pieces may not do ------------------------------------------------------------------------------------ */

static atomic_uint refused;
static void breaks_rules(fa_sys *s, size_t begin, size_t end, void *user)
{
    uint32_t count;
    (void)begin, (void)end, (void)user;
    unsigned n = 0;
    n += fa_cmd_spawn(s) == FA_ENTITY_NONE;
    n += FA_EMIT(s, Hit, {1}) == FA_RESULT_NOT_FOUND;
    n += FA_READ(s, Hit, &count) == NULL;
    n += fa_sys_app(s) == NULL;
    n += fa_sys_world(s) == NULL;
    (void)atomic_fetch_add(&refused, n);
}
static void exclusive_one(fa_sys *s)
{
    EXPECT_OK(fa_sys_for(s, 3, 1, breaks_rules, NULL));
    EXPECT(fa_sys_app(s) != NULL);
}

START_TEST(pieces_neither_record_nor_send_nor_touch_the_app)
{
    open_with(2);
    EXPECT_OK(fa_app_add_event(st.app, FA_T(Hit), NULL));
    EXPECT_OK(fa_app_add_system(st.app, FA_UPDATE,
                                FA_SYSTEM(exclusive_one, .exclusive = true, .events = {FA_W(Hit)})));
    atomic_store(&refused, 0);
    EXPECT_OK(fa_app_update_ns(st.app, FRAME_NS));
    EXPECT_UINT(atomic_load(&refused), 15);
    EXPECT_UINT(st.w.rec.count, 15);
    for (unsigned i = 0; i < st.w.rec.count && i < RECORDER_KEEPS; i++) {
        EXPECT(st.w.rec.items[i].id == FA_CODE_FA107);
    }
    recorder_clear(&st.w.rec);
    EXPECT_UINT(fa_world_entity_count(fa_app_world(st.app)), 0);
    stage_close(&st);
}
END_TEST

#ifdef FA_DEBUG
static void reads_undeclared(fa_sys *s, size_t begin, size_t end, void *user)
{
    (void)begin, (void)end, (void)user;
    EXPECT(FA_RES(s, Score) == NULL);
}
static void undeclared(fa_sys *s)
{
    EXPECT_OK(fa_sys_for(s, 1, 1, reads_undeclared, NULL));
}
START_TEST(pieces_use_what_their_system_declared_and_nothing_else)
{
    open_with(0);
    EXPECT_OK(FA_INSERT_RESOURCE(st.app, Score, {1}));
    EXPECT_OK(fa_app_add_system(st.app, FA_UPDATE, FA_SYS(undeclared)));
    EXPECT_OK(fa_app_update_ns(st.app, FRAME_NS));
    EXPECT_TOLD(&st.w, FA107, "'app/undeclared' reads 'Score'");
    stage_close(&st);
}
END_TEST
#endif

static fa_sys *kept;
static bool loops_in_condition(fa_sys *s, const void *arg)
{
    (void)arg;
    EXPECT_RESULT(fa_sys_for(s, 3, 1, mark, NULL), REENTRANT);
    return true;
}
static void keeps(fa_sys *s)
{
    EXPECT_RESULT(fa_sys_for(s, 3, 1, NULL, NULL), INVALID_ARGUMENT);
    kept = s;
}

START_TEST(pieces_are_refused_from_conditions_and_after_the_return)
{
    open_with(1);
    EXPECT_OK(fa_app_add_system(st.app, FA_UPDATE, FA_SYSTEM(keeps, .run_if = {{.fn = loops_in_condition}})));
    EXPECT_OK(fa_app_update_ns(st.app, FRAME_NS));
    EXPECT_UINT(st.w.rec.count, 2);
    EXPECT(st.w.rec.items[0].id == FA_CODE_FA107 && st.w.rec.items[1].id == FA_CODE_FA005);
    recorder_clear(&st.w.rec);
    EXPECT_RESULT(fa_sys_for(kept, 3, 1, mark, NULL), REENTRANT);
    EXPECT_TOLD(&st.w, FA105, "has returned");
    stage_close(&st);
}
END_TEST

static atomic_uint inner_runs;
static void inner(fa_sys *s, size_t begin, size_t end, void *user)
{
    (void)user;
    EXPECT(FA_SCRATCH(s, char, 100) != NULL);
    (void)atomic_fetch_add(&inner_runs, (unsigned)(end - begin));
}
static void outer(fa_sys *s, size_t begin, size_t end, void *user)
{
    for (size_t i = begin; i < end; i++) {
        EXPECT_OK(fa_sys_for(s, 10, 3, inner, user));
    }
}
static void nests(fa_sys *s)
{
    EXPECT_OK(fa_sys_for(s, 50, 1, outer, NULL));
}

START_TEST(pieces_may_be_cut_up_again)
{
    open_with(3);
    const char *names[] = {"a", "b", "c"};
    for (int i = 0; i < 3; i++) { /* from several systems at once */
        EXPECT_OK(fa_app_add_system(st.app, FA_UPDATE, FA_SYSTEM_AS(names[i], nests)));
    }
    atomic_store(&inner_runs, 0);
    EXPECT_OK(fa_app_update_ns(st.app, FRAME_NS));
    EXPECT_UINT(atomic_load(&inner_runs), 3 * 50 * 10);
    stage_close(&st);
}
END_TEST

static void ends_its_thread(fa_sys *s, size_t begin, size_t end, void *user)
{
    (void)begin, (void)end, (void)user;
    if (fa_worker_index(fa_sys_ctx(s)) != 0) {
        pthread_exit(NULL);
    }
    usleep(2000);
}
static fa_result loop_result;
static void loses(fa_sys *s)
{
    loop_result = fa_sys_for(s, 30, 1, ends_its_thread, NULL);
}

START_TEST(a_worker_that_ends_in_a_piece_is_told_and_nothing_hangs)
{
    open_with(2);
    EXPECT_OK(fa_app_add_system(st.app, FA_UPDATE, FA_SYSTEM(loses, .main_thread = true)));
    loop_result = FA_RESULT_OK;
    for (int i = 0; i < 100 && loop_result == FA_RESULT_OK; i++) {
        (void)fa_app_update_ns(st.app, FRAME_NS);
    }
    EXPECT(loop_result == FA_RESULT_LOST);
    recorder_clear(&st.w.rec);
    EXPECT_OK(fa_app_destroy(st.app));
    tracking_close(&st.w.backing);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("pieces");
    TCase *t = support_case(suite, "pieces");
    tcase_add_test(t, pieces_cover_each_index_once_with_0_1_2_and_8_workers);
    tcase_add_test(t, pieces_joined_in_their_order_give_the_same_with_any_number_of_workers);
    tcase_add_test(t, pieces_leave_no_memory_behind_on_any_thread);
    tcase_add_test(t, pieces_neither_record_nor_send_nor_touch_the_app);
#ifdef FA_DEBUG
    tcase_add_test(t, pieces_use_what_their_system_declared_and_nothing_else);
#endif
    tcase_add_test(t, pieces_are_refused_from_conditions_and_after_the_return);
    tcase_add_test(t, pieces_may_be_cut_up_again);
    tcase_add_test(t, a_worker_that_ends_in_a_piece_is_told_and_nothing_hangs);
    return support_run(suite);
}
