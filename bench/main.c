/* main.c - bench: the SDK against hand-written floors and against other allocators, side by side. */
#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "peers.h"

static const bench_suite *const suites[] = {
    &bench_suite_frame,      &bench_suite_context, &bench_suite_arena,    &bench_suite_pool,
    &bench_suite_typed_pool, &bench_suite_heap,    &bench_suite_deferred, &bench_suite_tag,
    &bench_suite_allocator,  &bench_suite_ecs,
};
#define SUITE_COUNT (sizeof(suites) / sizeof(suites[0]))

typedef struct options {
    bool list, csv, check;
    const char *glob;
    size_t repeat_count;
} options;

#define REPEAT_DEFAULT 15
#define REPEAT_MAX 100000

static int usage(const char *problem, const char *word)
{
    (void)fprintf(stderr,
                  "bench: %s%s\n"
                  "usage: bench [--list] [--case GLOB] [--repeat N] [--csv] [--check]\n"
                  "  --list       names of the cases and what they do\n"
                  "  --case GLOB  only the cases whose name matches, such as 'frame_*'\n"
                  "  --repeat N   repetitions of 20 ms per subject (default %d)\n"
                  "  --csv        case,subject,unit,min,median,p99 instead of a table\n"
                  "  --check      compare with the targets; exit 1 when a row misses\n",
                  problem, word, REPEAT_DEFAULT);
    return 2;
}

static bool parse_count(const char *text, size_t *out)
{
    char *end = NULL;
    errno = 0;
    unsigned long value = strtoul(text, &end, 10);
    if (errno != 0 || text[0] < '0' || text[0] > '9' || *end != '\0' || value == 0 || value > REPEAT_MAX) {
        return false;
    }
    *out = value;
    return true;
}

/* 0: go on. */
static int parse(int argc, char **argv, options *out)
{
    *out = (options){.glob = "*", .repeat_count = REPEAT_DEFAULT};
    for (int i = 1; i < argc; i++) {
        const char *word = argv[i];
        const char *value = i + 1 < argc ? argv[i + 1] : NULL;
        if (strcmp(word, "--list") == 0) {
            out->list = true;
        } else if (strcmp(word, "--csv") == 0) {
            out->csv = true;
        } else if (strcmp(word, "--check") == 0) {
            out->check = true;
        } else if (strcmp(word, "--case") == 0 && value != NULL) {
            out->glob = value;
            i++;
        } else if (strcmp(word, "--repeat") == 0 && value != NULL) {
            if (!parse_count(value, &out->repeat_count)) {
                return usage("not a number of repetitions: ", value);
            }
            i++;
        } else {
            return usage("unknown option, or its value is missing: ", word);
        }
    }
    return 0;
}

static size_t list_cases(const char *glob)
{
    size_t count = 0;
    for (size_t s = 0; s < SUITE_COUNT; s++) {
        for (size_t i = 0; i < suites[s]->count; i++) {
            const bench_case *of = &suites[s]->cases[i];
            if (fnmatch(glob, of->name, 0) == 0) {
                (void)printf("%-18s %-5s  %s\n", of->name, of->unit, of->about);
                count++;
            }
        }
    }
    return count;
}

/* Number of cases that matched; `failed` when one could not be measured. */
static size_t measure_cases(const options *opt, bench_rows *rows, bool *failed)
{
    size_t count = 0;
    for (size_t s = 0; s < SUITE_COUNT; s++) {
        for (size_t i = 0; i < suites[s]->count; i++) {
            const bench_case *of = &suites[s]->cases[i];
            if (fnmatch(opt->glob, of->name, 0) == 0) {
                *failed = !bench_measure(of, opt->repeat_count, rows) || *failed;
                count++;
            }
        }
    }
    return count;
}

int main(int argc, char **argv)
{
    options opt;
    int status = parse(argc, argv, &opt);
    if (status != 0) {
        return status;
    }
    if (opt.list) {
        return list_cases(opt.glob) > 0 ? 0 : usage("no case matches ", opt.glob);
    }
    if (!peers_load()) {
        peers_restart(argv);
        (void)peers_load();
    }
    bench_pin(0);
    bench_rows rows = {0};
    bool failed = false;
    if (measure_cases(&opt, &rows, &failed) == 0) {
        return usage("no case matches ", opt.glob);
    }
    if (opt.csv) {
        bench_print_csv(&rows);
    } else {
        bench_print_table(&rows);
    }
    size_t misses = opt.check ? bench_check(&rows, opt.csv) : 0;
    free(rows.items);
    return failed || misses > 0 ? 1 : 0;
}
