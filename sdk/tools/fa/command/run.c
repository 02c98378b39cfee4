/* run.c - the work itself: parse in parallel, link once, analyse in parallel, join.
 *
 * Every thread writes only what it made; lists are joined in the order of the inputs and sorted at the end,
 * so that the number of threads never shows. Parsing threads get a deep stack, since sources can be as deep
 * as their authors like. */
#include "command/guard.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "engine/engine.h"

#define STACK_BYTES ((size_t)128 << 20)

typedef struct work {
    const options *options;
    const job_list *jobs;
    unit **units;
    program *program;
    finding_list *lists; ///< one per function
    atomic_int next, done;
    int total;
    const char *what;
    struct timespec begin;
} work;

static double since(const struct timespec *begin)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - begin->tv_sec) + (double)(now.tv_nsec - begin->tv_nsec) * 1e-9;
}

static void progress(work *w, int done)
{
    if (!w->options->quiet && isatty(STDERR_FILENO) && since(&w->begin) > 1.0 &&
        (done % 16 == 0 || done == w->total)) {
        fprintf(stderr, "\r%s %d of %d%s", w->what, done, w->total, done == w->total ? "\r\x1b[K" : "");
        fflush(stderr);
    }
}

static void *parse_some(void *data)
{
    work *w = data;
    guard_thread_begin();
    for (int i; (i = atomic_fetch_add(&w->next, 1)) < w->total;) {
        guard_job(i);
        w->units[i] = front_read(&w->jobs->at[i]);
        guard_job(-1);
        progress(w, atomic_fetch_add(&w->done, 1) + 1);
    }
    guard_thread_end();
    return NULL;
}

static void *analyse_some(void *data)
{
    work *w = data;
    engine e = {.program = w->program, .settings = &w->options->settings};
    for (int i; (i = atomic_fetch_add(&w->next, 1)) < w->total;) {
        func *f = w->program->funcs.at[i];
        if (f->relevant && !f->in_sdk) {
            e.out = &w->lists[i];
            explore(&e, f);
        }
        progress(w, atomic_fetch_add(&w->done, 1) + 1);
    }
    engine_free(&e);
    return NULL;
}

static void in_parallel(work *w, void *(*fn)(void *), const char *what)
{
    pthread_t threads[256];
    int started = 0, wanted = w->options->jobs < w->total ? w->options->jobs : w->total;
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, STACK_BYTES);
    atomic_store(&w->next, 0);
    atomic_store(&w->done, 0);
    w->what = what;
    while (started < wanted && pthread_create(&threads[started], &attributes, fn, w) == 0) {
        started++;
    }
    if (!started) {
        fn(w); /* no thread to be had: here, then */
    }
    for (int i = 0; i < started; i++) {
        pthread_join(threads[i], NULL);
    }
    pthread_attr_destroy(&attributes);
}

program *run_parse(const options *o, const job_list *jobs, run_result *r)
{
    work w = {.options = o, .jobs = jobs, .total = jobs->count};
    clock_gettime(CLOCK_MONOTONIC, &w.begin);
    w.units = mem_new((size_t)(jobs->count + 1) * sizeof(unit *));
    setenv("LIBCLANG_NOTHREADS", "1", 1);
    guard_watch_begin(jobs);
    in_parallel(&w, parse_some, "parsed");
    guard_watch_end();
    program *p = r->program = mem_new(sizeof *p);
    double parse = 0, lower = 0;
    for (int i = 0; i < jobs->count; i++) {
        unit *u = w.units[i];
        vec_push(&p->units, u);
        char *whole = path_absolute(NULL, u->file);
        vec_push(&r->files, word(whole));
        mem_free(whole);
        for (int k = 0; k < u->problems.count; k++) {
            const skip_note *n = &u->problems.at[k];
            char *at = path_absolute(NULL, n->file);
            vec_push(&r->problems, (problem){word(at), n->text, n->line, n->column});
            mem_free(at);
        }
        parse += u->parse_seconds;
        lower += u->lower_seconds;
    }
    mem_free(w.units);
    if (o->timings) {
        fprintf(stderr, "fa: parse %.3f s and lower %.3f s of thread time, %.3f s of wall clock\n", parse,
                lower, since(&w.begin));
    }
    program_link(p);
    return p;
}

void run_analysis(const options *o, const job_list *jobs, run_result *r)
{
    work w = {.options = o, .jobs = jobs};
    clock_gettime(CLOCK_MONOTONIC, &w.begin);
    w.program = run_parse(o, jobs, r);
    struct timespec linked;
    clock_gettime(CLOCK_MONOTONIC, &linked);
    w.total = w.program->funcs.count;
    w.lists = mem_new((size_t)(w.total + 1) * sizeof *w.lists);
    in_parallel(&w, analyse_some, "analysed");
    for (int i = 0; i < w.total; i++) {
        finding_list_join(&r->list, &w.lists[i]);
    }
    check_whole_program(w.program, &o->settings, &r->list);
    finding_list_sort(&r->list);
    r->functions = w.total;
    r->seconds = since(&w.begin);
    if (o->timings) {
        fprintf(stderr, "fa: analysis %.3f s, %d functions, %.3f s in all\n", since(&linked), w.total,
                r->seconds);
    }
    if (o->cache) {
        cache_store(o, jobs, r, w.program);
    }
    mem_free(w.lists);
}
