/* test_parallel.c - the same world with any number of workers, in every run; and workers that fail. */
#include "support.h"

#include <signal.h>
#include <sys/wait.h>

typedef struct Pos {
    double x, y;
} Pos;
typedef struct Vel {
    double x, y;
} Vel;
typedef struct Age {
    uint64_t frames;
} Age;
typedef struct Child {
    fa_entity parent;
} Child;
typedef struct Total {
    uint64_t spawned;
    uint64_t died;
} Total;
FA_TYPE_STATIC(Pos);
FA_TYPE_STATIC(Vel);
FA_TYPE_STATIC(Age);
FA_TYPE_STATIC_EX(Child, .storage = FA_STORAGE_SPARSE);
FA_TYPE_STATIC(Total);

/* ---- a little world that lives --------------------------------------------------------------------------- */

static uint64_t mix(uint64_t x)
{
    x ^= x >> 31;
    x *= 0x9E3779B97F4A7C15u;
    return x ^ x >> 29;
}

/* Keep a thread busy for a time that differs from run to run, so that the order of ends does too. */
static void dawdle(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    volatile uint64_t x = (uint64_t)t.tv_nsec;
    for (uint64_t i = (uint64_t)t.tv_nsec % 3000; i > 0; i--) {
        x = mix(x);
    }
}

static void spawn_many(fa_sys *s)
{
    uint64_t seed = (uint64_t)(uintptr_t)fa_sys_user(s);
    uint64_t n = FA_RES(s, fa_time)->frame;
    dawdle();
    uint32_t count = (uint32_t)(mix(seed * 1000 + n) % 40);
    if (n == 5 && seed == 2) {
        count = 3000; /* a burst: several pages of ids in one run */
    }
    fa_entity last = FA_ENTITY_NONE;
    for (uint32_t i = 0; i < count; i++) {
        double x = (double)(mix(seed + n + i) % 1000);
        fa_entity e = FA_SPAWN(s, FA_V(Pos, {x, 0}), FA_V(Vel, {1, (double)seed}));
        EXPECT(e != FA_ENTITY_NONE);
        if (last != FA_ENTITY_NONE && i % 3 == 0) {
            EXPECT_OK(FA_ADD(s, e, Child, {last}));
        }
        last = e;
    }
    EXPECT(FA_FRAME(s, char, 64 * (n % 7 + 1)) != NULL);
}
static void move(fa_sys *s)
{
    dawdle();
    FA_EACH (s, 0, it) {
        Pos *p = FA_COL(it, Pos, 0);
        const Vel *v = FA_COL(it, Vel, 1);
        for (uint32_t i = 0; i < it.count; i++) {
            p[i].x += v[i].x;
            p[i].y += v[i].y;
        }
    }
}
static void grow_older(fa_sys *s)
{
    dawdle();
    FA_EACH (s, 0, it) {
        for (uint32_t i = 0; i < it.count; i++) {
            FA_COL(it, Age, 0)[i].frames++;
        }
    }
}
static void give_age(fa_sys *s)
{
    FA_EACH (s, 0, it) {
        for (uint32_t i = 0; i < it.count; i++) {
            EXPECT_OK(FA_ADD(s, it.entities[i], Age, {0}));
        }
    }
}
static void die(fa_sys *s)
{
    dawdle();
    FA_EACH (s, 0, it) {
        for (uint32_t i = 0; i < it.count; i++) {
            if (FA_COL(it, Age, 0)[i].frames > 3 + it.entities[i] % 11) {
                EXPECT_OK(fa_cmd_despawn(s, it.entities[i]));
                FA_RES_MUT(s, Total)->died++;
            }
        }
    }
}
static bool every_third(fa_sys *s, const void *arg)
{
    (void)arg;
    return FA_RES(s, fa_time)->frame % 3 == 0;
}
static void shake_piece(fa_sys *s, const fa_iter *it, void *user)
{
    (void)user;
    double *copy = FA_SCRATCH(s, double, it->count);
    EXPECT(copy != NULL);
    for (uint32_t i = 0; i < it->count; i++) {
        copy[i] = FA_COL(*it, Vel, 0)[i].y * 0.5;
        FA_COL(*it, Vel, 0)[i].y = copy[i] + 1;
    }
}
static void shake(fa_sys *s)
{
    EXPECT_OK(fa_sys_each_parallel(s, 0, shake_piece, NULL));
}
static uint32_t main_runs;
static void on_main(fa_sys *s)
{
    EXPECT(fa_worker_index(fa_sys_ctx(s)) == 0);
    main_runs++;
}

static void add_life(fa_app *app)
{
    EXPECT_OK(fa_app_add_plugin(app, fa_framealloc_plugin()));
    EXPECT_OK(FA_INSERT_RESOURCE(app, Total, {0}));
    for (uintptr_t i = 1; i <= 4; i++) {
        const char *names[] = {"", "spawn1", "spawn2", "spawn3", "spawn4"};
        EXPECT_OK(fa_app_add_system(app, FA_UPDATE,
                                    FA_SYSTEM_AS(names[i], spawn_many, .user = (void *)i,
                                                 .in_set = {"spawning"}, .res = {FA_R(fa_time)})));
    }
    EXPECT_OK(fa_app_configure_set(
        app, FA_UPDATE, "sometimes",
        &(fa_set_desc){.run_if = {{.fn = every_third, .negate = true, .res = {FA_R(fa_time)}}}}));
    EXPECT_OK(fa_app_add_system(app, FA_UPDATE,
                                FA_SYSTEM(move, .query = {{FA_W(Pos), FA_R(Vel)}}, .in_set = {"sometimes"})));
    EXPECT_OK(fa_app_add_system(app, FA_UPDATE,
                                FA_SYSTEM(grow_older, .query = {{FA_W(Age)}}, .in_set = {"sometimes"})));
    EXPECT_OK(fa_app_add_system(app, FA_UPDATE,
                                FA_SYSTEM(give_age, .query = {{FA_WITH(Pos), FA_WITHOUT(Age)}},
                                          .after = {"spawning"})));
    EXPECT_OK(
        fa_app_add_system(app, FA_UPDATE, FA_SYSTEM(die, .query = {{FA_R(Age)}}, .res = {FA_W(Total)})));
    EXPECT_OK(fa_app_add_system(app, FA_UPDATE, FA_SYSTEM(shake, .query = {{FA_W(Vel)}})));
    EXPECT_OK(fa_app_add_system(app, FA_UPDATE, FA_SYSTEM(on_main, .main_thread = true)));
}

enum { LIFE_FRAMES = SUPPORT_SLOW ? 30 : 200 };

static uint64_t live(uint32_t workers, int64_t parallel_min_ns)
{
    stage st;
    stage_open(&st, &(fa_app_desc){.workers = workers, .parallel_min_ns = parallel_min_ns});
    add_life(st.app);
    main_runs = 0;
    uint64_t hash = 0;
    for (int i = 0; i < LIFE_FRAMES; i++) {
        EXPECT_OK(fa_app_update_ns(st.app, FRAME_NS));
        hash = mix(hash ^ fa_world_hash(fa_app_world(st.app), NULL, 0));
        if (i % 10 == 0) {
            EXPECT(fa_world_validate(fa_app_world(st.app)));
        }
    }
    EXPECT_UINT(main_runs, LIFE_FRAMES);
    EXPECT(FA_APP_RES(st.app, Total)->died > 100);
    hash = mix(hash ^ FA_APP_RES(st.app, Total)->died);
    (void)printf("workers %u: world hash %016" PRIx64 "\n", workers, hash);
    stage_close(&st);
    return hash;
}

START_TEST(the_world_is_the_same_with_0_1_2_and_8_workers_and_in_every_run)
{
    uint64_t alone = live(0, 1);
    EXPECT(live(0, 1) == alone);
    EXPECT(live(1, 1) == alone);
    EXPECT(live(2, 1) == alone);
    EXPECT(live(8, 1) == alone);
    EXPECT(live(2, 1) == alone);
    EXPECT(live(2, 0) == alone); /* some batches in line, some side by side */
}
END_TEST

/* ---- memory of workers ----------------------------------------------------------------------------------- */

static void take_frame_memory(fa_sys *s)
{
    dawdle();
    for (int i = 0; i < 20; i++) {
        memset(FA_FRAME(s, char, 1000), 1, 1000);
        memset(FA_SCRATCH(s, char, 1000), 2, 1000);
        memset(FA_STEP(s, char, 100), 3, 100);
    }
}

START_TEST(frame_end_empties_every_workers_memory)
{
    enum { FRAMES = SUPPORT_SLOW ? 500 : 10000 };
    stage st;
    stage_open(&st, &(fa_app_desc){.workers = 3, .parallel_min_ns = 1});
    EXPECT_OK(fa_app_add_plugin(st.app, fa_framealloc_plugin()));
    const char *names[] = {"a", "b", "c", "d", "e", "f"};
    for (int i = 0; i < 6; i++) {
        EXPECT_OK(fa_app_add_system(st.app, FA_FIXED_UPDATE, FA_SYSTEM_AS(names[i], take_frame_memory)));
    }
    size_t warm = 0;
    for (int i = 0; i < FRAMES; i++) {
        EXPECT_OK(fa_app_update_ns(st.app, FRAME_NS));
        if (i == FRAMES / 4) {
            warm = world_stats(&st.w).committed_bytes;
        }
    }
    size_t now = world_stats(&st.w).committed_bytes;
    EXPECTF(now <= warm + (512u << 10), "%zu bytes committed after warming up, %zu at the end", warm, now);
    uint64_t runs = 0;
    fa_system_stats rows[16];
    uint32_t count = fa_app_system_stats(st.app, rows, 16);
    for (uint32_t i = 0; i < count; i++) {
        runs += rows[i].runs;
        EXPECT_UINT(rows[i].frame_bytes / 1000, 20);
        EXPECT_UINT(rows[i].scratch_peak_bytes / 1000, 20);
        EXPECT_UINT(rows[i].step_peak_bytes / 1000, 2);
    }
    EXPECT_UINT(runs, 6 * FRAMES);
    stage_close(&st);
}
END_TEST

/* ---- the plan -------------------------------------------------------------------------------------------- */

static void nothing(fa_sys *s)
{
    (void)s;
}

static char dot[8192];
static void collect(const char *text, void *user)
{
    (void)user;
    EXPECT(strlen(dot) + strlen(text) < sizeof dot);
    strcat(dot, text);
}

START_TEST(ambiguities_are_named_and_drawn)
{
    static const fa_condition reads_total = {.fn = fa_if_resource, .arg = FA_T(Total), .res = {FA_R(Total)}};
    stage st;
    stage_open(&st, NULL);
    EXPECT_OK(fa_app_add_system(st.app, FA_UPDATE, FA_SYSTEM_AS("w1", nothing, .query = {{FA_W(Pos)}})));
    EXPECT_OK(fa_app_add_system(st.app, FA_UPDATE, FA_SYSTEM_AS("r1", nothing, .query = {{FA_R(Pos)}})));
    EXPECT_OK(fa_app_add_system(st.app, FA_UPDATE,
                                FA_SYSTEM_AS("r2", nothing, .query = {{FA_R(Pos)}}, .after = {"w1"})));
    EXPECT_OK(fa_app_add_system(st.app, FA_UPDATE, FA_SYSTEM_AS("res", nothing, .res = {FA_W(Total)})));
    fa_system_desc asks = {.name = "asks", .fn = nothing, .run_if = {reads_total}};
    EXPECT_OK(fa_app_add_system(st.app, FA_UPDATE, &asks));
    fa_ambiguity found[8];
    EXPECT_UINT(fa_app_ambiguities(st.app, FA_UPDATE, found, 8), 2);
    EXPECT_STR(found[0].first, "app/w1");
    EXPECT_STR(found[0].second, "app/r1");
    EXPECT_STR(found[0].over, "Pos");
    EXPECT_STR(found[1].first, "app/res"); /* what a condition reads counts */
    EXPECT_STR(found[1].second, "app/asks");
    EXPECT_STR(found[1].over, "Total");
    dot[0] = '\0';
    EXPECT_OK(fa_app_dot(st.app, FA_UPDATE, collect, NULL));
    EXPECT(strncmp(dot, "digraph \"Update\" {", 18) == 0);
    EXPECT(strstr(dot, "label=\"app/asks\"") != NULL && strstr(dot, "style=dashed, label=\"Pos\"") != NULL);
    EXPECT(strcmp(dot + strlen(dot) - 2, "}\n") == 0);
    EXPECT_RESULT(fa_app_dot(st.app, 999, collect, NULL), INVALID_ARGUMENT);
    EXPECT_TOLD(&st.w, FA005, "999");
    EXPECT_OK(fa_app_add_system(st.app, FA_UPDATE, FA_SYSTEM_AS("x", nothing, .before = {"y"})));
    EXPECT_OK(fa_app_add_system(st.app, FA_UPDATE, FA_SYSTEM_AS("y", nothing, .before = {"x"})));
    EXPECT_UINT(fa_app_ambiguities(st.app, FA_UPDATE, NULL, 0), 0);
    EXPECT_TOLD(&st.w, FA106, "app/x -> app/y -> app/x");
    stage_close(&st);
}
END_TEST

/* Two systems that may not meet, over and over: neither ever sees the other inside. */
static atomic_int inside;
static void alone(fa_sys *s)
{
    (void)s;
    EXPECT_UINT(atomic_fetch_add(&inside, 1), 0);
    dawdle();
    EXPECT_UINT(atomic_fetch_sub(&inside, 1), 1);
}

START_TEST(systems_that_use_the_same_never_meet)
{
    stage st;
    stage_open(&st, &(fa_app_desc){.workers = 4, .parallel_min_ns = 1});
    EXPECT_OK(FA_INSERT_RESOURCE(st.app, Total, {0}));
    const char *names[] = {"a", "b", "c", "d", "e", "f", "g", "h"};
    for (int i = 0; i < 4; i++) {
        EXPECT_OK(fa_app_add_system(st.app, FA_UPDATE, FA_SYSTEM_AS(names[i], alone, .res = {FA_W(Total)})));
        EXPECT_OK(fa_app_add_system(st.app, FA_UPDATE, FA_SYSTEM_AS(names[i + 4], nothing)));
    }
    for (int i = 0; i < (SUPPORT_SLOW ? 100 : 1000); i++) {
        EXPECT_OK(fa_app_update_ns(st.app, FRAME_NS));
    }
    stage_close(&st);
}
END_TEST

static void exits_with_user(fa_sys *s)
{
    dawdle();
    fa_sys_exit(s, (int)(intptr_t)fa_sys_user(s));
}

START_TEST(the_exit_code_is_that_of_the_first_in_the_order)
{
    for (int i = 0; i < 20; i++) {
        stage st;
        stage_open(&st, &(fa_app_desc){.workers = 3, .parallel_min_ns = 1});
        EXPECT_OK(
            fa_app_add_system(st.app, FA_UPDATE, FA_SYSTEM_AS("a", exits_with_user, .user = (void *)5)));
        EXPECT_OK(
            fa_app_add_system(st.app, FA_UPDATE, FA_SYSTEM_AS("b", exits_with_user, .user = (void *)6)));
        EXPECT_OK(
            fa_app_add_system(st.app, FA_UPDATE, FA_SYSTEM_AS("c", exits_with_user, .user = (void *)7)));
        EXPECT_UINT(fa_app_run(st.app, NULL, NULL), 5);
        stage_close(&st);
    }
}
END_TEST

/* ---- misuse ---------------------------------------------------------------------------------------------- */

static void calls_the_app(fa_sys *s)
{
    fa_app *app = fa_sys_user(s);
    if (fa_worker_index(fa_sys_ctx(s)) != 0) {
        EXPECT(fa_app_insert_resource(app, FA_T(Vel), NULL) == FA_RESULT_WRONG_THREAD);
    }
}

START_TEST(systems_on_workers_may_not_call_the_app)
{
    stage st;
    stage_open(&st, &(fa_app_desc){.workers = 2, .parallel_min_ns = 1});
    EXPECT_OK(fa_app_add_system(st.app, FA_UPDATE, FA_SYSTEM_AS("a", calls_the_app, .user = st.app)));
    EXPECT_OK(fa_app_add_system(st.app, FA_UPDATE, FA_SYSTEM_AS("b", calls_the_app, .user = st.app)));
    for (int i = 0; i < 50; i++) {
        EXPECT_OK(fa_app_update_ns(st.app, FRAME_NS));
    }
    for (unsigned i = 0; i < st.w.rec.count && i < RECORDER_KEEPS; i++) {
        EXPECT(st.w.rec.items[i].id == FA_CODE_FA206);
    }
    recorder_clear(&st.w.rec);
    stage_close(&st);
}
END_TEST

START_TEST(budgets_of_systems_are_counted_and_told_once)
{
    stage st;
    stage_open(&st, NULL);
    EXPECT_OK(fa_app_add_plugin(st.app, fa_framealloc_plugin()));
    EXPECT_OK(fa_app_add_system(st.app, FA_FIXED_UPDATE,
                                FA_SYSTEM(take_frame_memory, .budget_bytes = 19999, .budget_ns = 1)));
    EXPECT_OK(fa_app_add_system(st.app, FA_FIXED_UPDATE,
                                FA_SYSTEM_AS("fits", take_frame_memory, .budget_bytes = 100000)));
    for (int i = 0; i < 10; i++) {
        EXPECT_OK(fa_app_update_ns(st.app, FRAME_NS));
    }
    EXPECT_UINT(stats_of(st.app, "take_frame_memory").over_bytes, 10);
    EXPECT_UINT(stats_of(st.app, "take_frame_memory").over_ns, 10);
    EXPECT_UINT(stats_of(st.app, "fits").over_bytes, 0);
    EXPECT_UINT(st.w.rec.log_count[FA_LOG_SYSTEM_OVER_BUDGET], 1);
    EXPECT(strstr(st.w.rec.log_text, "app/take_frame_memory") != NULL);
    stage_close(&st);
}
END_TEST

/* ---- a system that hangs ---------------------------------------------------------------------------------- */

static atomic_bool let_go;
static void hangs(fa_sys *s)
{
    if (fa_worker_index(fa_sys_ctx(s)) == 0) {
        return; /* this time it came to the main thread: the case is tried again */
    }
    while (!atomic_load(&let_go)) {
        usleep(1000);
    }
}
static void waits_for_it(fa_sys *s)
{
    (void)s;
    usleep(30000); /* so that a worker takes the other one */
}

START_TEST(a_system_that_hangs_is_named_by_the_time_out)
{
    stage st;
    stage_open(&st, &(fa_app_desc){.workers = 2, .parallel_min_ns = 1, .hang_timeout_ns = 200000000});
    EXPECT_OK(fa_app_add_system(st.app, FA_UPDATE, FA_SYSTEM(waits_for_it, .main_thread = true)));
    EXPECT_OK(fa_app_add_system(st.app, FA_UPDATE, FA_SYS(hangs)));
    EXPECT_OK(fa_app_add_system(st.app, FA_UPDATE, FA_SYS(nothing)));
    fa_result result = FA_RESULT_OK;
    for (int i = 0; i < 100 && result == FA_RESULT_OK; i++) {
        result = fa_app_update_ns(st.app, FRAME_NS);
    }
    EXPECT(result == FA_RESULT_TIMEOUT);
    EXPECT(st.w.rec.log_count[FA_LOG_WORKER_HANGS] > 0);
    EXPECTF(strstr(st.w.rec.log_text, "app/hangs") != NULL, "%s", st.w.rec.log_text);
    EXPECT_RESULT(fa_app_update_ns(st.app, FRAME_NS), TIMEOUT); /* no dead-lock, and nothing runs */
    EXPECT_RESULT(fa_app_destroy(st.app), TIMEOUT);             /* it still uses what would be freed */
    atomic_store(&let_go, true);
    stage_close(&st);
}
END_TEST

/* A victim in a process of its own: after the time-out it saves what it knows, and dies. */
typedef struct last_words {
    fa_result result;
    uint32_t tags;
    uint64_t frames;
    uint64_t runs;
    size_t good_bytes; /* of the system that did its work in the frame that never ended */
    char named[512];
} last_words;

static void hang_for_ever(fa_sys *s)
{
    while (fa_worker_index(fa_sys_ctx(s)) != 0) {
        usleep(1000);
    }
}
static void takes_4000(fa_sys *s)
{
    EXPECT(fa_pool_alloc(fa_sys_ctx(s), 4000, 0) != NULL);
}

static void be_a_victim(int to)
{
    stage st;
    last_words words = {0};
    stage_open(&st, &(fa_app_desc){.workers = 2, .parallel_min_ns = 1, .hang_timeout_ns = 100000000});
    EXPECT_OK(fa_app_add_plugin(st.app, fa_framealloc_plugin()));
    EXPECT_OK(fa_app_add_system(st.app, FA_FIRST, FA_SYS(takes_4000)));
    EXPECT_OK(fa_app_add_system(st.app, FA_UPDATE, FA_SYSTEM(waits_for_it, .main_thread = true)));
    EXPECT_OK(fa_app_add_system(st.app, FA_UPDATE, FA_SYS(hang_for_ever)));
    for (int i = 0; i < 100 && words.result == FA_RESULT_OK; i++) {
        words.result = fa_app_update_ns(st.app, FRAME_NS);
    }
    /* Figures are there at any time; a snapshot wants the frame to be over, which it never will be. */
    for (fa_tag tag = 0; tag < fa_tag_count(st.w.allocator); tag++) {
        fa_tag_stats t;
        EXPECT_OK(fa_tag_stats_get(st.w.allocator, tag, &t));
        words.good_bytes += strcmp(t.path, "app/takes_4000") == 0 ? t.self.pool_bytes : 0;
        words.tags++;
    }
    words.runs = stats_of(st.app, "takes_4000").runs;
    words.frames = fa_app_time(st.app)->frame;
    (void)snprintf(words.named, sizeof words.named, "%s", st.w.rec.log_text);
    (void)!write(to, &words, sizeof words);
    (void)raise(SIGKILL);
}

START_TEST(fault_33_a_victim_of_a_system_that_hangs_saves_its_last_state_and_dies_alone)
{
    int ends[2];
    EXPECT(pipe(ends) == 0);
    (void)fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        be_a_victim(ends[1]);
        _exit(3);
    }
    (void)close(ends[1]);
    last_words words = {0};
    EXPECT(read(ends[0], &words, sizeof words) == (ssize_t)sizeof words);
    int status;
    EXPECT(waitpid(child, &status, 0) == child && WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    EXPECT(words.result == FA_RESULT_TIMEOUT);
    EXPECTF(strstr(words.named, "app/hang_for_ever") != NULL, "%s", words.named);
    EXPECT(words.frames >= 1 && words.tags > 5);
    EXPECT_UINT(words.runs, words.frames);
    EXPECT_UINT(words.good_bytes, 4000 * words.frames);
    (void)close(ends[0]);
}
END_TEST

static void ends_its_thread(fa_sys *s)
{
    if (fa_worker_index(fa_sys_ctx(s)) != 0) {
        pthread_exit(NULL);
    }
}

START_TEST(a_system_that_takes_its_thread_along_is_lost_and_the_rest_goes_on)
{
    stage st;
    stage_open(&st, &(fa_app_desc){.workers = 2, .parallel_min_ns = 1, .hang_timeout_ns = 5000000000});
    EXPECT_OK(FA_INSERT_RESOURCE(st.app, Total, {0}));
    EXPECT_OK(fa_app_add_system(st.app, FA_UPDATE, FA_SYSTEM(waits_for_it, .main_thread = true)));
    EXPECT_OK(fa_app_add_system(st.app, FA_UPDATE, FA_SYSTEM(ends_its_thread, .res = {FA_W(Total)})));
    EXPECT_OK(fa_app_add_system(st.app, FA_UPDATE, FA_SYSTEM(nothing, .res = {FA_R(Total)})));
    fa_result result = FA_RESULT_OK;
    int frames = 0;
    for (; frames < 100 && result == FA_RESULT_OK; frames++) {
        result = fa_app_update_ns(st.app, FRAME_NS);
    }
    EXPECTF(result == FA_RESULT_LOST, "%s", fa_result_name(result));
    EXPECT_UINT(stats_of(st.app, "nothing").runs, frames); /* who waited for it was run all the same */
    recorder_clear(&st.w.rec);
    EXPECT_OK(fa_app_destroy(st.app));
    tracking_close(&st.w.backing);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("parallel");
    TCase *t = support_case(suite, "parallel");
    tcase_add_test(t, the_world_is_the_same_with_0_1_2_and_8_workers_and_in_every_run);
    tcase_add_test(t, frame_end_empties_every_workers_memory);
    tcase_add_test(t, ambiguities_are_named_and_drawn);
    tcase_add_test(t, systems_that_use_the_same_never_meet);
    tcase_add_test(t, the_exit_code_is_that_of_the_first_in_the_order);
    tcase_add_test(t, systems_on_workers_may_not_call_the_app);
    tcase_add_test(t, budgets_of_systems_are_counted_and_told_once);
    tcase_add_test(t, a_system_that_hangs_is_named_by_the_time_out);
    tcase_add_test(t, fault_33_a_victim_of_a_system_that_hangs_saves_its_last_state_and_dies_alone);
    tcase_add_test(t, a_system_that_takes_its_thread_along_is_lost_and_the_rest_goes_on);
    return support_run(suite);
}
