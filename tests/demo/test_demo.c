/* The demo as a program, without a window. Each case runs it and looks at what came out. */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "json_check.h"

#define ARGS_MAX 24
#define OUTPUT_MAX (256 << 10)
/* Small enough for a build without optimisation under a sanitizer. */
#define SMALL                                                                                               \
    "--headless", "--stats", "json", "--particles", "3000", "--bodies", "60", "--width", "320", "--height", \
        "200"

/* Frames for a build at full speed, and for the thread sanitizer, which makes each byte of the picture a
 * call. */
#if defined(__SANITIZE_THREAD__)
#define FRAMES(many, few) few
#else
#define FRAMES(many, few) many
#endif

#define CLOSED "(closed)" ///< as a path of standard output

typedef struct run {
    bool close_err;
    int code; ///< exit code, or -signal
    char out[OUTPUT_MAX];
    char err[OUTPUT_MAX];
} run;

static run first, second;

static void read_all(FILE *file, char *out)
{
    rewind(file);
    size_t length = fread(out, 1, OUTPUT_MAX - 1, file);
    out[length] = '\0';
    fclose(file);
}

/* out or err < 0: the program finds it closed. */
static void start(int out, int err, size_t address_space, const char *const *args)
{
    char *argv[ARGS_MAX + 2] = {(char *)DEMO};
    for (int i = 0; i < ARGS_MAX && args[i]; i++) {
        argv[i + 1] = (char *)args[i];
    }
    if (address_space > 0) {
        struct rlimit limit = {address_space, address_space};
        setrlimit(RLIMIT_AS, &limit);
    }
    if (out >= 0) {
        dup2(out, 1);
    } else {
        close(1);
    }
    if (err >= 0) {
        dup2(err, 2);
    } else {
        close(2);
    }
    execv(DEMO, argv);
    _exit(127);
}

static void run_with(run *r, const char *out_path, size_t address_space, const char *const *args)
{
    FILE *out = out_path && strcmp(out_path, CLOSED) != 0 ? fopen(out_path, "w") : tmpfile();
    FILE *err = tmpfile();
    ck_assert(out && err);
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        bool close_out = out_path && strcmp(out_path, CLOSED) == 0;
        start(close_out ? -1 : fileno(out), r->close_err ? -1 : fileno(err), address_space, args);
    }
    int status = 0;
    ck_assert_int_gt(child, 0);
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    r->code = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
    r->out[0] = '\0';
    if (out_path && strcmp(out_path, CLOSED) != 0) {
        fclose(out);
    } else {
        read_all(out, r->out);
    }
    read_all(err, r->err);
}

#define RUN(r, ...) run_with((r), NULL, 0, (const char *const[]){__VA_ARGS__, NULL})

static const char *find(const run *r, const char *path)
{
    static char value[4][256];
    static int next;
    next = (next + 1) % 4;
    ck_assert_msg(json_find(r->out, path, value[next], sizeof value[next]), "%s is missing in: %.400s", path,
                  r->out);
    return value[next];
}

static void expect_report(const run *r)
{
    ck_assert_msg(r->code == 0, "exit code %d, stderr: %s", r->code, r->err);
    ck_assert_msg(json_is_one_object(r->out), "not one JSON object: %.400s", r->out);
    size_t length = strlen(r->out);
    ck_assert(length > 2 && r->out[0] == '{' && r->out[length - 1] == '\n');
    ck_assert_ptr_eq(strchr(r->out, '\n'), r->out + length - 1);
}

START_TEST(json_check_is_strict)
{
    const char *bad[] = {"",
                         "[]",
                         "{} {}",
                         "{\"a\":01}",
                         "{\"a\":.5}",
                         "{\"a\":1.}",
                         "{\"a\":1,}",
                         "{a:1}",
                         "{\"a\":nan}",
                         "{\"a\":\"\n\"}",
                         "{\"a\" 1}",
                         "{\"a\":1 \"b\":2}",
                         "{\"a\":[1,]}",
                         "{\"a\":1,\"a\":2}",
                         "{\"a\":\"\\x\"}",
                         "{",
                         "{\"a\":+1}"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        ck_assert_msg(!json_is_one_object(bad[i]), "%s", bad[i]);
    }
    const char *good = " {\"a\":{\"b\":-1.5e3,\"c\":[1,{},[]]},\"d\":\"\\u00e4\\\"\",\"e\":null} \n";
    char value[32];
    ck_assert(json_is_one_object(good));
    ck_assert(json_find(good, "a/b", value, sizeof value));
    ck_assert_str_eq(value, "-1.5e3");
    ck_assert(!json_find(good, "b", value, sizeof value));
}
END_TEST

START_TEST(headless_prints_one_json_object_and_nothing_else)
{
    RUN(&first, SMALL, "--frames", FRAMES("90", "50"), "--seed", "7");
    expect_report(&first);
    ck_assert_str_eq(find(&first, "frames"), FRAMES("90", "50"));
    ck_assert_str_eq(find(&first, "steps"), FRAMES("90", "50"));
    ck_assert_str_eq(find(&first, "seed"), "7");
    ck_assert_str_eq(find(&first, "particles"), "3000");
    ck_assert_int_ge(atoi(find(&first, "bodies")), 60);
    ck_assert_int_gt(atoi(find(&first, "contacts_total")), 0);
    ck_assert_int_ge(atoi(find(&first, "contacts")), 0);
    ck_assert(atof(find(&first, "ms_per_frame/median")) > 0);
    ck_assert(atof(find(&first, "ms_per_frame/p99")) >= atof(find(&first, "ms_per_frame/median")));
    ck_assert_int_gt(atoi(find(&first, "frame_bytes/now")), 0);
    ck_assert_int_ge(atoi(find(&first, "frame_bytes/peak")), atoi(find(&first, "frame_bytes/now")));
    ck_assert_int_gt(atoi(find(&first, "bytes_per_tag/level/arena")), 3000 * 16);
    ck_assert_int_gt(atoi(find(&first, "bytes_per_tag/sdl2/heap")), 320 * 200 * 4);
    ck_assert_uint_eq(strlen(find(&first, "state_hash")), 2 + 2 + 16);
}
END_TEST

START_TEST(a_seed_is_a_game)
{
    RUN(&first, SMALL, "--frames", FRAMES("400", "60"), "--seed", "42");
    RUN(&second, SMALL, "--frames", FRAMES("400", "60"), "--seed", "42");
    expect_report(&first);
    expect_report(&second);
    ck_assert_str_eq(find(&first, "state_hash"), find(&second, "state_hash"));
    ck_assert_str_eq(find(&first, "contacts_total"), find(&second, "contacts_total"));
    RUN(&second, SMALL, "--frames", FRAMES("400", "60"), "--seed", "43");
    ck_assert_str_ne(find(&first, "state_hash"), find(&second, "state_hash"));
    RUN(&second, SMALL, "--frames", FRAMES("399", "59"), "--seed", "42");
    ck_assert_str_ne(find(&first, "state_hash"), find(&second, "state_hash"));
}
END_TEST

START_TEST(looking_does_not_change_the_game)
{
    char picture[] = "/tmp/framealloc-demo-XXXXXX";
    int fd = mkstemp(picture);
    ck_assert_int_ge(fd, 0);
    close(fd);
    RUN(&first, SMALL, "--frames", FRAMES("120", "30"));
    RUN(&second, SMALL, "--frames", FRAMES("120", "30"), "--overlay", "--screenshot", picture);
    expect_report(&first);
    expect_report(&second);
    ck_assert_str_eq(find(&first, "state_hash"), find(&second, "state_hash"));
    unsigned char head[54] = {0};
    FILE *file = fopen(picture, "rb");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fread(head, 1, sizeof head, file), sizeof head);
    fclose(file);
    unlink(picture);
    ck_assert(head[0] == 'B' && head[1] == 'M');
    ck_assert_int_eq(head[18] | head[19] << 8, 320);
    ck_assert_int_eq(head[22] | head[23] << 8, 200);
}
END_TEST

START_TEST(steady_frames_call_neither_heap_nor_system)
{
    RUN(&first, SMALL, "--frames", FRAMES("600", "80"), "--overlay");
    expect_report(&first);
    ck_assert_int_eq(atoi(find(&first, "steady_frames")), atoi(FRAMES("480", "40")));
    ck_assert(atof(find(&first, "heap_calls_per_frame")) == 0);
    ck_assert_str_eq(find(&first, "heap_calls_max"), "0");
    ck_assert_msg(atof(find(&first, "backing_calls_per_frame")) < 0.05, "%s",
                  find(&first, "backing_calls_per_frame"));
    ck_assert_str_eq(find(&first, "allocator/diagnostics"), "0");
}
END_TEST

START_TEST(steady_contract_is_kept_after_the_warm_up_and_its_breach_is_told)
{
    RUN(&first, SMALL, "--frames", FRAMES("600", "80"), "--steady-after", FRAMES("400", "60"));
    ck_assert_msg(strcmp(find(&first, "steady/broken_frames"), "0") == 0, "%s", first.err);
    expect_report(&first);
    ck_assert_str_eq(find(&first, "steady/frames"), FRAMES("200", "20"));
    ck_assert(atof(find(&first, "frame_path_share")) > 0 && atof(find(&first, "frame_path_share")) < 1);
    ck_assert(atof(find(&first, "allocations_per_frame")) > 1);
    ck_assert_str_eq(find(&first, "counted_frames"), FRAMES("37", "4"));
    RUN(&first, SMALL, "--frames", "40", "--steady-after", "1");
    ck_assert_int_eq(first.code, 1);
    ck_assert_msg(strstr(first.err, "FA540") != NULL && strstr(first.err, "demo/") != NULL, "%s", first.err);
    ck_assert_int_gt(atoi(find(&first, "steady/broken_frames")), 0);
    RUN(&first, SMALL, "--frames", "10", "--steady-after", "10");
    ck_assert_int_eq(first.code, 2);
}
END_TEST

START_TEST(one_frame_is_enough)
{
    RUN(&first, SMALL, "--frames", "1");
    expect_report(&first);
    ck_assert_str_eq(find(&first, "frames"), "1");
    ck_assert_str_eq(find(&first, "heap_calls_per_frame"), "null");
    ck_assert(atof(find(&first, "ms_per_frame/p99")) > 0);
}
END_TEST

START_TEST(a_game_may_be_empty)
{
    RUN(&first, SMALL, "--frames", "30", "--particles", "0", "--bodies", "0");
    expect_report(&first);
    ck_assert_str_eq(find(&first, "particles"), "0");
    RUN(&first, SMALL, "--frames", "30", "--particles", "1", "--bodies", "1");
    expect_report(&first);
    ck_assert_str_eq(find(&first, "particles"), "1");
}
END_TEST

START_TEST(odd_sizes_of_the_picture_work)
{
    const char *sizes[][2] = {
        {"321", "201"}, {"4096", "200"}, {"320", "4096"}, {"333", "777"}, {"1023", "511"}};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        RUN(&first, SMALL, "--frames", FRAMES("12", "2"), "--width", sizes[i][0], "--height", sizes[i][1],
            "--overlay");
        expect_report(&first);
        ck_assert_str_eq(find(&first, "width"), sizes[i][0]);
    }
}
END_TEST

START_TEST(every_seed_is_fine)
{
    RUN(&first, SMALL, "--frames", "20", "--seed", "18446744073709551615");
    expect_report(&first);
    ck_assert_str_eq(find(&first, "seed"), "18446744073709551615");
    RUN(&first, SMALL, "--frames", "20", "--seed", "0");
    expect_report(&first);
}
END_TEST

START_TEST(bad_options_are_one_usage_line_and_exit_code_2)
{
    static const char *const bad[][4] = {
        {"--unknown"},
        {"headless"},
        {""},
        {"-"},
        {"--headless=1"},
        {"--frames"},
        {"--frames", "0"},
        {"--frames", "-1"},
        {"--frames", "1.5"},
        {"--frames", "1e3"},
        {"--frames", "0x10"},
        {"--frames", " 5"},
        {"--frames", "5 "},
        {"--frames", ""},
        {"--frames", "1000001"},
        {"--frames", "18446744073709551617"},
        {"--frames", "99999999999999999999999999999999999999"},
        {"--seed", "18446744073709551616"},
        {"--seed", "-1"},
        {"--seed", "+1"},
        {"--seed"},
        {"--stats"},
        {"--stats", "xml"},
        {"--stats", "JSON"},
        {"--particles", "2000001"},
        {"--particles", "-5"},
        {"--particles", "4294967297"},
        {"--bodies", "4001"},
        {"--bodies", "x"},
        {"--width", "319"},
        {"--width", "4097"},
        {"--height", "199"},
        {"--height", "100000"},
        {"--screenshot"},
        {"--screenshot", ""},
        {"--screenshot", "x.bmp"}, /* no last frame */
        {"--bad\noption\x1b[31m"},
        {"--frames", "5", "--frames"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        const char *args[ARGS_MAX + 1] = {0};
        memcpy(args, bad[i], sizeof bad[i]);
        run_with(&first, NULL, 0, args);
        ck_assert_msg(first.code == 2, "%s: exit code %d", bad[i][0], first.code);
        ck_assert_msg(first.out[0] == '\0', "%s: stdout: %s", bad[i][0], first.out);
        ck_assert_msg(strncmp(first.err, "usage: demo ", 12) == 0, "%s: stderr: %s", bad[i][0], first.err);
        ck_assert_msg(strchr(first.err, '\n') == first.err + strlen(first.err) - 1, "%s: %s", bad[i][0],
                      first.err);
        ck_assert_msg(!strchr(first.err, '\x1b'), "%s", bad[i][0]);
    }
}
END_TEST

START_TEST(help_is_not_an_error)
{
    RUN(&first, "--help");
    ck_assert_int_eq(first.code, 0);
    ck_assert_ptr_nonnull(strstr(first.out, "--particles N"));
    ck_assert_str_eq(first.err, "");
}
END_TEST

START_TEST(what_cannot_be_written_is_an_error)
{
    if (access("/dev/full", W_OK) == 0) {
        const char *const args[] = {SMALL, "--frames", "5", NULL};
        run_with(&first, "/dev/full", 0, args);
        ck_assert_int_eq(first.code, 1);
    }
    RUN(&first, SMALL, "--frames", "5", "--screenshot", "/no/such/folder/x.bmp");
    ck_assert_int_eq(first.code, 1);
    ck_assert(json_is_one_object(first.out));
    ck_assert_ptr_nonnull(strstr(first.err, "/no/such/folder/x.bmp"));
}
END_TEST

START_TEST(closed_streams_are_noticed)
{
    const char *const args[] = {SMALL, "--frames", "5", NULL};
    run_with(&first, CLOSED, 0, args);
    ck_assert_int_eq(first.code, 1);
    ck_assert_str_eq(first.out, "");
    first.close_err = true;
    run_with(&first, CLOSED, 0, args);
    ck_assert_int_eq(first.code, 1);
    run_with(&first, NULL, 0, args);
    expect_report(&first);
    first.close_err = false;
}
END_TEST

START_TEST(without_stats_nothing_is_printed)
{
    RUN(&first, "--headless", "--frames", "3", "--particles", "10", "--bodies", "5");
    ck_assert_int_eq(first.code, 0);
    ck_assert_str_eq(first.out, "");
}
END_TEST

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
START_TEST(little_memory_is_an_error_or_enough_but_no_crash)
{
    const char *const args[] = {SMALL, "--frames", "5", NULL};
    for (size_t mib = 8; mib <= 4096; mib *= 2) {
        run_with(&first, NULL, mib << 20, args);
        bool started = first.code != 127; /* else the loader had no room */
        ck_assert_msg(!started || first.code == 0 || first.code == 1, "%zu MiB: code %d: %s", mib, first.code,
                      first.err);
        ck_assert(first.code != 0 || json_is_one_object(first.out));
    }
}
END_TEST
#endif

int main(void)
{
    Suite *suite = suite_create("demo");
    TCase *cases = tcase_create("headless");
    tcase_add_test(cases, json_check_is_strict);
    tcase_add_test(cases, headless_prints_one_json_object_and_nothing_else);
    tcase_add_test(cases, a_seed_is_a_game);
    tcase_add_test(cases, looking_does_not_change_the_game);
    tcase_add_test(cases, steady_frames_call_neither_heap_nor_system);
    tcase_add_test(cases, steady_contract_is_kept_after_the_warm_up_and_its_breach_is_told);
    tcase_add_test(cases, one_frame_is_enough);
    tcase_add_test(cases, a_game_may_be_empty);
    tcase_add_test(cases, odd_sizes_of_the_picture_work);
    tcase_add_test(cases, every_seed_is_fine);
    tcase_add_test(cases, bad_options_are_one_usage_line_and_exit_code_2);
    tcase_add_test(cases, help_is_not_an_error);
    tcase_add_test(cases, what_cannot_be_written_is_an_error);
    tcase_add_test(cases, closed_streams_are_noticed);
    tcase_add_test(cases, without_stats_nothing_is_printed);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    tcase_add_test(cases, little_memory_is_an_error_or_enough_but_no_crash);
#endif
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
