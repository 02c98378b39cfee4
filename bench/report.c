/* report.c - rows as CSV, as a table for people, and against the targets. */
#include "bench.h"

#include <stdio.h>
#include <string.h>

static const bench_row *find_row(const bench_rows *rows, const bench_case *of, const char *subject)
{
    for (size_t i = 0; i < rows->count; i++) {
        if (rows->items[i].of == of && strcmp(rows->items[i].subject, subject) == 0) {
            return &rows->items[i];
        }
    }
    return NULL;
}

static const bench_row *find_best_peer(const bench_rows *rows, const bench_case *of)
{
    const bench_row *best = NULL;
    for (size_t i = 0; i < rows->count; i++) {
        const bench_row *row = &rows->items[i];
        if (row->of == of && row->is_peer && (best == NULL || row->median < best->median)) {
            best = row;
        }
    }
    return best;
}

void bench_print_csv(const bench_rows *rows)
{
    (void)printf("case,subject,unit,min,median,p99\n");
    for (size_t i = 0; i < rows->count; i++) {
        const bench_row *row = &rows->items[i];
        (void)printf("%s,%s,%s,%.5g,%.5g,%.5g\n", row->of->name, row->subject, row->of->unit, row->min,
                     row->median, row->p99);
    }
}

void bench_print_table(const bench_rows *rows)
{
    (void)printf("%-18s %-22s %-5s %9s %9s %9s   %s\n", "case", "subject", "unit", "min", "median", "p99",
                 "framealloc / this");
    for (size_t i = 0; i < rows->count; i++) {
        const bench_row *row = &rows->items[i];
        const bench_row *ours = find_row(rows, row->of, "framealloc");
        bool first = i == 0 || row->of != rows->items[i - 1].of;
        (void)printf("%-18s %-22s %-5s %9.4g %9.4g %9.4g", first ? row->of->name : "", row->subject,
                     row->of->unit, row->min, row->median, row->p99);
        if (ours != NULL && ours != row && row->median > 0) {
            (void)printf("   %.3f", ours->median / row->median);
        }
        (void)printf("\n");
    }
}

/* True: met, or there is nothing to compare with (which is said). */
static bool check_row(const bench_rows *rows, const bench_row *ours, FILE *to)
{
    const bench_target *target = &ours->of->target;
    if (target->reference == BENCH_ABSOLUTE) {
        bool met = ours->median <= target->at_most;
        (void)fprintf(to, "%-5s %-18s %.4g %s, target at most %.4g\n", met ? "ok" : "MISS", ours->of->name,
                      ours->median, ours->of->unit, target->at_most);
        return met;
    }
    const bench_row *other = target->reference == BENCH_SUBJECT ? find_row(rows, ours->of, target->subject)
                                                                : find_best_peer(rows, ours->of);
    if (other == NULL || !(other->median > 0)) {
        (void)fprintf(to, "?     %-18s nothing to compare with\n", ours->of->name);
        return true;
    }
    double ratio = ours->median / other->median;
    bool met = ratio <= target->at_most;
    (void)fprintf(to, "%-5s %-18s %.3f x %s (of the minima %.3f), target at most %.2f\n", met ? "ok" : "MISS",
                  ours->of->name, ratio, other->subject, ours->min / other->min, target->at_most);
    return met;
}

size_t bench_check(const bench_rows *rows, bool to_stderr)
{
    size_t misses = 0;
    for (size_t i = 0; i < rows->count; i++) {
        const bench_row *row = &rows->items[i];
        bool judged =
            row->of->target.reference != BENCH_NOT_JUDGED && strcmp(row->subject, "framealloc") == 0;
        if (judged && !check_row(rows, row, to_stderr ? stderr : stdout)) {
            misses++;
        }
    }
    return misses;
}
