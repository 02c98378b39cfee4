/* bench.h - what a bench file needs: cases, subjects, targets, and the few things that keep a timing honest.
 *
 * A case is one piece of work. A subject is one way of doing it: `framealloc`, `limit` (the hand-written
 * floor, limit.h) or a peer (peers.h). All subjects of a case run the same loop, which is an always-inline
 * template that takes the subject's operations as constants; so each gets its own copy, compiled with the
 * same flags.
 *
 * A round is one pass of that loop, typically one frame. Rounds are repeated until a slice takes about 2 ms,
 * slices of the subjects alternate until each has spent 20 ms, and that is one repetition (harness.c). */
#ifndef FA_BENCH_H
#define FA_BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A sanitizer expects no second malloc in the process and no refused system calls. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define BENCH_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define BENCH_SANITIZED 1
#endif
#endif
#ifndef BENCH_SANITIZED
#define BENCH_SANITIZED 0
#endif

#define BENCH_INLINE static inline __attribute__((always_inline))

/// The optimiser must believe that @p p is used and that all memory may have changed: what a call into the
/// rest of a game amounts to.
BENCH_INLINE void bench_escape(const void *p)
{
    __asm__ volatile("" : : "r"(p) : "memory");
}

/// One way of doing the work of a case.
typedef struct bench_subject {
    const char *name;
    /// Make what the rounds need. NULL: not possible here, the subject is left out.
    void *(*setup)(const void *param);
    /// Do the work. False: it failed (an allocation gave NULL); the whole run is then worthless and says so.
    bool (*run)(void *state, uint64_t rounds);
    /// Instead of run, where only a part of a round counts: writes the nanoseconds (or the count) itself.
    bool (*measure)(void *state, uint64_t rounds, double *value);
    void (*teardown)(void *state);
    const void *param; ///< passed to setup
} bench_subject;

typedef enum bench_reference {
    BENCH_NOT_JUDGED, ///< shown, no target
    BENCH_SUBJECT,    ///< ratio of framealloc to the subject named
    BENCH_BEST_PEER,  ///< ratio of framealloc to the fastest peer present
    BENCH_ABSOLUTE    ///< framealloc's own figure
} bench_reference;

/// What framealloc has to reach: TARGETS.md, as data.
typedef struct bench_target {
    bench_reference reference;
    double at_most;
    const char *subject; ///< for BENCH_SUBJECT
} bench_target;

#define BENCH_SUBJECT_MAX 3
/// Name of a subject that stands for every peer, where one needs more than a loop: setup gets the bench_peer.
#define BENCH_EACH_PEER "each peer"

typedef struct bench_case {
    const char *name;
    const char *about;
    const char *unit;         ///< "ns", "us", "ms" or "count"
    double objects_per_round; ///< the time of a round is divided by this
    bench_target target;
    bench_subject subjects[BENCH_SUBJECT_MAX]; ///< framealloc first; unused ones have no name
    /// The same work for every malloc that is present; state is a bench_peer_work. NULL: peers make no sense.
    bool (*peer_run)(void *state, uint64_t rounds);
} bench_case;

/// A table of cases; one per bench file.
typedef struct bench_suite {
    const bench_case *cases;
    size_t count;
} bench_suite;

#define BENCH_SUITE(table)                          \
    {                                               \
        (table), sizeof(table) / sizeof((table)[0]) \
    }

extern const bench_suite bench_suite_frame;
extern const bench_suite bench_suite_context;
extern const bench_suite bench_suite_arena;
extern const bench_suite bench_suite_pool;
extern const bench_suite bench_suite_typed_pool;
extern const bench_suite bench_suite_heap;
extern const bench_suite bench_suite_deferred;
extern const bench_suite bench_suite_tag;
extern const bench_suite bench_suite_allocator;
extern const bench_suite bench_suite_ecs;

/// CPU time of the calling thread, in nanoseconds: what other programs do meanwhile does not count.
uint64_t bench_clock_ns(void);
/// Keep the calling thread on one CPU, counted from the last. Where that is refused it stays unpinned.
void bench_pin(unsigned index_from_last);
/// Say on stderr why a subject failed.
void bench_complain(const char *what);

/* ---- results ---------------------------------------------------------------------------------------- */

typedef struct bench_row {
    const bench_case *of;
    const char *subject;
    bool is_peer;
    double min, median, p99; ///< in the case's unit
} bench_row;

typedef struct bench_rows {
    bench_row *items;
    size_t count;
    size_t capacity;
} bench_rows;

/// Measure one case and append its rows. False: a subject failed.
bool bench_measure(const bench_case *of, size_t repeat_count, bench_rows *rows);

void bench_print_csv(const bench_rows *rows);
void bench_print_table(const bench_rows *rows);
/// Compare with the targets and print each ratio. @return Number of rows that miss.
size_t bench_check(const bench_rows *rows, bool to_stderr);

#endif
