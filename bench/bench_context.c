/* bench_context.c - contexts side by side: two threads, each with frames of its own, must not slow each other
 * down. The time of a round is that of the slower thread. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "bench.h"
#include "bump.h"

#define THREAD_MAX 2

/* What one thread does; runs on that thread, since a context belongs to who attached it. */
typedef struct thread_work {
    void *(*create)(fa_allocator *allocator);
    bool (*run)(void *state, uint64_t rounds);
    void (*destroy)(void *state);
    unsigned thread_count;
} thread_work;

typedef struct team team;

typedef struct member {
    team *of;
    unsigned index;
    pthread_t thread;
    uint64_t spent_ns;
    bool ok;
} member;

struct team {
    thread_work work;
    fa_allocator *allocator;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    uint64_t job;    /* counts the jobs posted */
    uint64_t rounds; /* of the job; 0: go home */
    unsigned busy;   /* members that have not finished it */
    atomic_uint here;
    member members[THREAD_MAX];
};

static void *member_main(void *argument)
{
    member *self = argument;
    team *t = self->of;
    bench_pin(self->index);
    void *state = t->work.create(t->allocator);
    uint64_t rounds = 1;
    for (uint64_t job = 1; rounds != 0; job++) {
        (void)pthread_mutex_lock(&t->mutex);
        while (t->job < job) {
            (void)pthread_cond_wait(&t->changed, &t->mutex);
        }
        rounds = t->rounds;
        (void)pthread_mutex_unlock(&t->mutex);
        /* Nobody starts before all are awake, so that the work overlaps. */
        (void)atomic_fetch_add(&t->here, 1);
        while (atomic_load(&t->here) < t->work.thread_count * job) {
        }
        uint64_t begin_ns = bench_clock_ns();
        self->ok = state != NULL && t->work.run(state, rounds);
        self->spent_ns = bench_clock_ns() - begin_ns;
        (void)pthread_mutex_lock(&t->mutex);
        t->busy--;
        (void)pthread_cond_broadcast(&t->changed);
        (void)pthread_mutex_unlock(&t->mutex);
    }
    if (state != NULL) {
        t->work.destroy(state);
    }
    return NULL;
}

static void post(team *t, uint64_t rounds)
{
    (void)pthread_mutex_lock(&t->mutex);
    t->rounds = rounds;
    t->busy = t->work.thread_count;
    t->job++;
    (void)pthread_cond_broadcast(&t->changed);
    while (t->busy > 0) {
        (void)pthread_cond_wait(&t->changed, &t->mutex);
    }
    (void)pthread_mutex_unlock(&t->mutex);
}

static bool team_measure(void *state, uint64_t rounds, double *value)
{
    team *t = state;
    post(t, rounds);
    bool ok = true;
    *value = 0;
    for (unsigned i = 0; i < t->work.thread_count; i++) {
        ok = ok && t->members[i].ok;
        *value = (double)t->members[i].spent_ns > *value ? (double)t->members[i].spent_ns : *value;
    }
    return ok;
}

static void team_destroy(void *state)
{
    team *t = state;
    post(t, 0);
    for (unsigned i = 0; i < t->work.thread_count; i++) {
        (void)pthread_join(t->members[i].thread, NULL);
    }
    (void)fa_allocator_destroy(t->allocator);
    (void)pthread_cond_destroy(&t->changed);
    (void)pthread_mutex_destroy(&t->mutex);
    free(t);
}

static void *team_create(const void *work)
{
    team *t = calloc(1, sizeof(*t));
    if (t == NULL) {
        return NULL;
    }
    t->work = *(const thread_work *)work;
    (void)fa_allocator_create(&(fa_allocator_desc){.name = "bench"}, &t->allocator);
    (void)pthread_mutex_init(&t->mutex, NULL);
    (void)pthread_cond_init(&t->changed, NULL);
    for (unsigned i = 0; i < t->work.thread_count; i++) {
        t->members[i].of = t;
        t->members[i].index = i;
        if (pthread_create(&t->members[i].thread, NULL, member_main, &t->members[i]) != 0) {
            bench_complain("a thread could not be started");
            abort(); /* the others wait for it for ever */
        }
    }
    return t;
}

/* ---- subjects --------------------------------------------------------------------------------------- */

static void *sdk_create(fa_allocator *allocator)
{
    fa_context *ctx = NULL;
    (void)fa_context_attach(allocator, NULL, &ctx);
    return ctx;
}

static void sdk_destroy(void *ctx)
{
    (void)fa_context_detach((fa_context *)ctx);
}

static bool sdk_run(void *ctx, uint64_t rounds)
{
    return bump_same(&bump_sdk, ctx, rounds, WORK_COUNT, 64, BUMP_LEAVE);
}

static void *limit_create(fa_allocator *allocator)
{
    (void)allocator;
    const size_t bytes = (size_t)2 << 20;
    return limit_arena_create(&bytes);
}

static bool limit_run(void *arena, uint64_t rounds)
{
    return bump_same(&bump_limit, arena, rounds, WORK_COUNT, 64, BUMP_LEAVE);
}

static const thread_work sdk_two = {sdk_create, sdk_run, sdk_destroy, 2};
static const thread_work sdk_one = {sdk_create, sdk_run, sdk_destroy, 1};
static const thread_work limit_two = {limit_create, limit_run, limit_arena_destroy, 2};

static const bench_case cases[] = {
    {"two_threads_frame",
     "the frames of frame_64 on two threads at once; ns on the slower one",
     "ns",
     WORK_COUNT,
     {BENCH_SUBJECT, 1.1, "one_thread"},
     {{"framealloc", team_create, NULL, team_measure, team_destroy, &sdk_two},
      {"one_thread", team_create, NULL, team_measure, team_destroy, &sdk_one},
      {"limit", team_create, NULL, team_measure, team_destroy, &limit_two}},
     NULL},
};

const bench_suite bench_suite_context = BENCH_SUITE(cases);
