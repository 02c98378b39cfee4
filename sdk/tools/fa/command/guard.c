/* guard.c - the child process, the watcher's thread, and the last words of a crash. */
#include "command/guard.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#if defined(__linux__)
#include <sys/prctl.h>
#endif

#define THREADS_MAX 256
#define LAST_WORDS_BYTES 65536

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SLOWER 6
#else
#define SLOWER 1
#endif
#define SECONDS_EACH (10 * SLOWER)
#define SECONDS_PER_MIB (1 * SLOWER)
#define MEMORY_KIB ((long)(SLOWER > 1 ? 3 : 2) << 20)

enum { BLAME_NONE, BLAME_CRASH, BLAME_SLOW, BLAME_MEMORY };

typedef struct verdict { ///< shared with the parent
    atomic_int reason, job;
} verdict;

typedef struct slot { ///< one parsing thread; under the lock, but for a crash that reads its own
    atomic_int job;
    clockid_t clock;
    double started, allowed;
} slot;

static verdict *shared; /* NULL: unguarded */
static slot slots[THREADS_MAX];
static int slot_count;
static const job_list *watched;
static pthread_t watcher;
static bool watching, stopping;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t stop = PTHREAD_COND_INITIALIZER;
static _Thread_local slot *mine;
static _Thread_local stack_t last_words, stack_before;

static void blame(int job, int reason)
{
    int none = BLAME_NONE;
    if (atomic_compare_exchange_strong(&shared->reason, &none, reason)) {
        atomic_store(&shared->job, job);
    }
    kill(getpid(), SIGKILL); /* other threads are in the middle of things: nothing more must run */
    _exit(FA_EXIT_UNPARSED);
}

/* ---- in the child */

static void crashed(int signal_)
{
    int job = mine ? atomic_load(&mine->job) : -1;
    if (job >= 0) {
        blame(job, BLAME_CRASH);
    }
    signal(signal_, SIG_DFL); /* not while parsing: a fault of our own, for all to see */
    raise(signal_);
}

static double clock_of(clockid_t clock)
{
    struct timespec t;
    return clock_gettime(clock, &t) == 0 ? (double)t.tv_sec + (double)t.tv_nsec * 1e-9 : 0;
}

static void look_at_all(void)
{
    struct rusage used;
    bool full = getrusage(RUSAGE_SELF, &used) == 0 && used.ru_maxrss > MEMORY_KIB;
    int busiest = -1;
    double most = -1;
    for (int i = 0; i < slot_count; i++) {
        int job = atomic_load(&slots[i].job);
        double spent = job < 0 ? 0 : clock_of(slots[i].clock) - slots[i].started;
        if (job >= 0 && spent > slots[i].allowed) {
            blame(job, BLAME_SLOW);
        }
        if (job >= 0 && spent > most) {
            most = spent;
            busiest = job;
        }
    }
    if (full && busiest >= 0) {
        blame(busiest, BLAME_MEMORY);
    }
}

static void *watch(void *data)
{
    (void)data;
    pthread_mutex_lock(&lock);
    while (!stopping) {
        struct timespec until;
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_nsec += 50 * 1000 * 1000;
        until.tv_sec += until.tv_nsec / 1000000000;
        until.tv_nsec %= 1000000000;
        pthread_cond_timedwait(&stop, &lock, &until);
        look_at_all();
    }
    pthread_mutex_unlock(&lock);
    return NULL;
}

void guard_watch_begin(const job_list *jobs)
{
    watched = jobs;
    slot_count = 0;
    stopping = false;
    watching = shared && pthread_create(&watcher, NULL, watch, NULL) == 0;
}

void guard_watch_end(void)
{
    if (watching) {
        pthread_mutex_lock(&lock);
        stopping = true;
        pthread_cond_signal(&stop);
        pthread_mutex_unlock(&lock);
        pthread_join(watcher, NULL);
        watching = false;
    }
}

void guard_thread_begin(void)
{
    if (!shared) {
        return;
    }
    last_words = (stack_t){.ss_sp = mem_new(LAST_WORDS_BYTES), .ss_size = LAST_WORDS_BYTES};
    sigaltstack(&last_words, &stack_before);
    pthread_mutex_lock(&lock);
    if (slot_count < THREADS_MAX && pthread_getcpuclockid(pthread_self(), &slots[slot_count].clock) == 0) {
        mine = &slots[slot_count++];
        atomic_store(&mine->job, -1);
    }
    pthread_mutex_unlock(&lock);
}

void guard_thread_end(void)
{
    guard_job(-1);
    mine = NULL;
    if (last_words.ss_sp) {
        sigaltstack(&stack_before, NULL);
        mem_free(last_words.ss_sp);
        last_words.ss_sp = NULL;
    }
}

void guard_job(int index)
{
    if (!mine) {
        return;
    }
    struct stat info;
    double mib =
        index >= 0 && stat(watched->at[index].file, &info) == 0 ? (double)info.st_size / (1 << 20) : 0;
    pthread_mutex_lock(&lock);
    atomic_store(&mine->job, -1);
    if (index >= 0) {
        mine->started = clock_of(mine->clock);
        mine->allowed = SECONDS_EACH + SECONDS_PER_MIB * mib;
        atomic_store(&mine->job, index);
    }
    pthread_mutex_unlock(&lock);
}

static void prepare_child(void)
{
#if defined(__linux__)
    prctl(PR_SET_PDEATHSIG, SIGKILL);
#endif
    static const int signals[] = {SIGSEGV, SIGBUS, SIGABRT, SIGILL, SIGFPE};
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) {
        struct sigaction action = {.sa_handler = crashed, .sa_flags = SA_ONSTACK};
        sigaction(signals[i], &action, NULL);
    }
    setenv("LIBCLANG_DISABLE_CRASH_RECOVERY", "1", 1); /* a stack that is full cannot be recovered from */
}

/* ---- in the parent */

static const char *reason_text(int reason)
{
    switch (reason) {
    case BLAME_CRASH: return "the parser crashed; is it nested too deeply?";
    case BLAME_SLOW: return "the parser took too much time";
    default: return "the parser took too much memory";
    }
}

int guard_run(job_list *jobs, int (*work)(void *data), void *data)
{
    verdict *page = mmap(NULL, sizeof *page, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    for (int round = 0; page != MAP_FAILED && round <= jobs->count; round++) {
        atomic_store(&page->reason, BLAME_NONE);
        atomic_store(&page->job, -1);
        pid_t child = fork();
        if (child < 0) {
            break;
        }
        if (child == 0) {
            shared = page;
            prepare_child();
            exit(work(data));
        }
        int status = 0;
        while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
        }
        int reason = atomic_load(&page->reason), job = atomic_load(&page->job);
        if (WIFSIGNALED(status) && reason != BLAME_NONE && job >= 0 && job < jobs->count &&
            !jobs->at[job].refused) {
            jobs->at[job].refused = reason_text(reason);
            continue;
        }
        munmap(page, sizeof *page);
        if (WIFEXITED(status)) {
            return WEXITSTATUS(status);
        }
        fa_die(FA_EXIT_UNPARSED, "ended by signal %d: this is a fault of fa itself", WTERMSIG(status));
    }
    return work(data);
}
