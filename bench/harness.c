/* harness.c - how a case is timed.
 *
 * The subjects of a case are alive at the same time and take turns in slices of about 2 ms, so that whatever
 * disturbs the machine disturbs all of them; each turn begins with a few rounds that are not timed, since the
 * others have had the caches. A repetition ends when each subject has worked for 20 ms; its figure is time
 * over rounds. Minimum, median and p99 (nearest rank) are taken over the repetitions. Time is the thread's
 * CPU time. Calibration, which is also the warm-up, comes before the first repetition. */
#include "bench.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "peers.h"

#define SLICE_NS 2e6
#define REPETITION_NS 20e6
#define ENTRANT_MAX (BENCH_SUBJECT_MAX + PEER_MAX)

/* A subject that takes part in the case at hand. */
typedef struct entrant {
    bench_subject subject;
    bool is_peer;
    void *state;
    uint64_t slice_rounds;
    double spent_ns; /* in the current repetition */
    double rounds;
    double *figures; /* one per repetition */
} entrant;

uint64_t bench_clock_ns(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

void bench_pin(unsigned index_from_last)
{
    /* As the program found it: a thread inherits the CPU that its creator is kept on. */
    static cpu_set_t allowed;
    if (CPU_COUNT(&allowed) == 0 && sched_getaffinity(0, sizeof(allowed), &allowed) != 0) {
        return;
    }
    for (int cpu = CPU_SETSIZE - 1; cpu >= 0; cpu--) {
        if (CPU_ISSET((unsigned)cpu, &allowed) && index_from_last-- == 0) {
            cpu_set_t one;
            CPU_ZERO(&one);
            CPU_SET((unsigned)cpu, &one);
            (void)sched_setaffinity(0, sizeof(one), &one);
            return;
        }
    }
}

void bench_complain(const char *what)
{
    (void)fprintf(stderr, "bench: %s\n", what);
}

/* One slice. Counts are no time: they are taken as they are. */
static bool slice(entrant *e, uint64_t rounds, double *value)
{
    if (e->subject.measure != NULL) {
        return e->subject.measure(e->state, rounds, value);
    }
    uint64_t begin_ns = bench_clock_ns();
    bool ok = e->subject.run(e->state, rounds);
    *value = (double)(bench_clock_ns() - begin_ns);
    return ok;
}

/* Rounds that take about one slice. */
static bool count_rounds(entrant *e)
{
    uint64_t rounds = 1;
    for (;;) {
        double ns = 0;
        if (!slice(e, rounds, &ns)) {
            return false;
        }
        if (ns >= SLICE_NS) {
            e->slice_rounds = rounds;
            return true;
        }
        double factor = ns > 0 ? 1.1 * SLICE_NS / ns : 10;
        factor = factor < 1.2 ? 1.2 : factor > 10 ? 10 : factor;
        rounds = (uint64_t)((double)rounds * factor) + 1;
    }
}

/* The first time warms up: pages are touched, arenas grow. Only the second count is of the work alone. */
static bool calibrate(entrant *e)
{
    return count_rounds(e) && count_rounds(e);
}

static bool repetition(entrant *entrants, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        entrants[i].spent_ns = 0;
        entrants[i].rounds = 0;
    }
    for (bool enough = false; !enough;) {
        enough = true;
        for (size_t i = 0; i < count; i++) {
            entrant *e = &entrants[i];
            double ns = 0;
            /* Not timed: the others have had the caches meanwhile. */
            if (!slice(e, e->slice_rounds / 8 + 1, &ns) || !slice(e, e->slice_rounds, &ns)) {
                return false;
            }
            e->spent_ns += ns;
            e->rounds += (double)e->slice_rounds;
            enough = enough && e->spent_ns >= REPETITION_NS;
        }
    }
    return true;
}

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

static bool append_row(const bench_case *of, const entrant *e, size_t repeat_count, bench_rows *rows)
{
    if (rows->count == rows->capacity) {
        size_t capacity = rows->capacity == 0 ? 64 : rows->capacity * 2;
        bench_row *items = realloc(rows->items, capacity * sizeof(*items));
        if (items == NULL) {
            return false;
        }
        rows->items = items;
        rows->capacity = capacity;
    }
    double *v = e->figures;
    size_t n = repeat_count;
    qsort(v, n, sizeof(*v), compare_doubles);
    rows->items[rows->count++] = (bench_row){
        .of = of,
        .subject = e->subject.name,
        .is_peer = e->is_peer,
        .min = v[0],
        .median = n % 2 != 0 ? v[n / 2] : (v[n / 2 - 1] + v[n / 2]) / 2,
        .p99 = v[(99 * n + 99) / 100 - 1],
    };
    return true;
}

static double unit_ns(const char *unit)
{
    return strcmp(unit, "ms") == 0 ? 1e6 : strcmp(unit, "us") == 0 ? 1e3 : 1;
}

static bool run_repetitions(const bench_case *of, entrant *entrants, size_t count, size_t repeat_count)
{
    bool counted = strcmp(of->unit, "count") == 0;
    for (size_t i = 0; i < count && !counted; i++) {
        if (!calibrate(&entrants[i])) {
            return false;
        }
    }
    for (size_t r = 0; r < repeat_count; r++) {
        if (!counted && !repetition(entrants, count)) {
            return false;
        }
        for (size_t i = 0; i < count; i++) {
            entrant *e = &entrants[i];
            if (counted && !slice(e, 1, &e->figures[r])) {
                return false;
            }
            if (!counted) {
                e->figures[r] = e->spent_ns / (e->rounds * of->objects_per_round * unit_ns(of->unit));
            }
        }
    }
    return true;
}

/* The case's own subjects, then every peer that is present. */
static size_t line_up(const bench_case *of, size_t repeat_count, entrant *entrants)
{
    size_t count = 0;
    for (size_t i = 0; i < BENCH_SUBJECT_MAX && of->subjects[i].name != NULL; i++) {
        bool each_peer = strcmp(of->subjects[i].name, BENCH_EACH_PEER) == 0;
        for (size_t k = 0; k < (each_peer ? peer_count() : 1); k++) {
            bench_subject subject = of->subjects[i];
            subject.name = each_peer ? peer_get(k)->name : subject.name;
            subject.param = each_peer ? peer_get(k) : subject.param;
            entrants[count++] = (entrant){.subject = subject, .is_peer = each_peer};
        }
    }
    for (size_t i = 0; of->peer_run != NULL && i < peer_count(); i++) {
        bench_subject subject = {.name = peer_get(i)->name,
                                 .setup = peer_work_create,
                                 .run = of->peer_run,
                                 .teardown = peer_work_destroy,
                                 .param = peer_get(i)};
        entrants[count++] = (entrant){.subject = subject, .is_peer = true};
    }
    size_t ready = 0;
    for (size_t i = 0; i < count; i++) {
        entrant e = entrants[i];
        e.state = e.subject.setup(e.subject.param);
        e.figures = calloc(repeat_count, sizeof(*e.figures));
        if (e.state == NULL || e.figures == NULL) {
            (void)fprintf(stderr, "bench: %s: %s could not be set up, left out\n", of->name, e.subject.name);
            free(e.figures);
            if (e.state != NULL) {
                e.subject.teardown(e.state);
            }
            continue;
        }
        entrants[ready++] = e;
    }
    return ready;
}

bool bench_measure(const bench_case *of, size_t repeat_count, bench_rows *rows)
{
    entrant entrants[ENTRANT_MAX] = {0};
    size_t count = line_up(of, repeat_count, entrants);
    bool ok = count > 0 && run_repetitions(of, entrants, count, repeat_count);
    if (!ok) {
        (void)fprintf(stderr, "bench: %s failed: a subject could not do the work\n", of->name);
    }
    for (size_t i = 0; i < count; i++) {
        ok = ok && append_row(of, &entrants[i], repeat_count, rows);
        entrants[i].subject.teardown(entrants[i].state);
        free(entrants[i].figures);
    }
    return ok;
}
