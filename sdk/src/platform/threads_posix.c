/* threads_posix.c - threads and clock on POSIX. A thin layer over pthreads: which mutex is
 * best for the short sections of the core was measured, see sdk/docs/architecture.md. */
#define _GNU_SOURCE 1 /* pthread_getname_np, gettid */
#include "platform/platform.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static_assert(sizeof(pthread_mutex_t) <= sizeof(fai_mutex), "the opaque mutex is too small");
static_assert(sizeof(pthread_cond_t) <= sizeof(fai_cond), "the opaque condition is too small");
static_assert(sizeof(pthread_t) <= sizeof(uintptr_t), "the thread's handle is too small");
static_assert(sizeof(pthread_key_t) <= sizeof(uintptr_t), "the opaque key is too small");

static pthread_mutex_t *native(fai_mutex *mutex)
{
    return (pthread_mutex_t *)(void *)mutex->storage;
}

void fai_mutex_init(fai_mutex *mutex)
{
    /* Default attributes: cannot fail on any libc we know; POSIX allows ENOMEM for exotic ones. */
    int error = pthread_mutex_init(native(mutex), NULL);
    assert(error == 0);
    (void)error;
}

void fai_mutex_destroy(fai_mutex *mutex)
{
    pthread_mutex_destroy(native(mutex));
}

void fai_mutex_lock(fai_mutex *mutex)
{
    pthread_mutex_lock(native(mutex));
}

void fai_mutex_unlock(fai_mutex *mutex)
{
    pthread_mutex_unlock(native(mutex));
}

/* ---- conditions ---------------------------------------------------------------------------------------- */

static pthread_cond_t *native_cond(fai_cond *cond)
{
    return (pthread_cond_t *)(void *)cond->storage;
}

void fai_cond_init(fai_cond *cond)
{
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
#if !defined(__APPLE__)
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
#endif
    int error = pthread_cond_init(native_cond(cond), &attributes);
    assert(error == 0);
    (void)error;
    pthread_condattr_destroy(&attributes);
}

void fai_cond_destroy(fai_cond *cond)
{
    pthread_cond_destroy(native_cond(cond));
}

void fai_cond_wait(fai_cond *cond, fai_mutex *mutex)
{
    pthread_cond_wait(native_cond(cond), native(mutex));
}

bool fai_cond_wait_until(fai_cond *cond, fai_mutex *mutex, int64_t deadline_ns)
{
#if defined(__APPLE__)
    int64_t rest = deadline_ns - fai_clock_ns();
    rest = rest > 0 ? rest : 0;
    struct timespec relative = {.tv_sec = rest / 1000000000, .tv_nsec = rest % 1000000000};
    return pthread_cond_timedwait_relative_np(native_cond(cond), native(mutex), &relative) != ETIMEDOUT;
#else
    struct timespec until = {.tv_sec = deadline_ns / 1000000000, .tv_nsec = deadline_ns % 1000000000};
    return pthread_cond_timedwait(native_cond(cond), native(mutex), &until) != ETIMEDOUT;
#endif
}

void fai_cond_wake_one(fai_cond *cond)
{
    pthread_cond_signal(native_cond(cond));
}

void fai_cond_wake_all(fai_cond *cond)
{
    pthread_cond_broadcast(native_cond(cond));
}

/* ---- threads ------------------------------------------------------------------------------------------- */

static void *run_thread(void *user)
{
    fai_thread *thread = user;
#if defined(__linux__)
    pthread_setname_np(pthread_self(), thread->name);
#endif
    thread->fn(thread->user);
    return NULL;
}

static bool thread_start(fai_thread *thread)
{
    pthread_t made;
    if (pthread_create(&made, NULL, run_thread, thread) != 0) {
        return false;
    }
    thread->value = (uintptr_t)made;
    return true;
}

void fai_thread_join(fai_thread *thread)
{
    pthread_join((pthread_t)thread->value, NULL);
}

void fai_thread_yield(void)
{
    sched_yield();
}

unsigned fai_core_count(void)
{
    long count = sysconf(_SC_NPROCESSORS_ONLN);
    return count > 0 ? (unsigned)count : 1;
}

/* ---- thread keys --------------------------------------------------------------------------------------- */

static bool key_create(fai_thread_key *key, void (*on_thread_end)(void *value))
{
    pthread_key_t created;
    if (pthread_key_create(&created, on_thread_end) != 0) {
        return false;
    }
    key->value = (uintptr_t)created;
    return true;
}

static bool key_set(fai_thread_key key, void *value)
{
    return pthread_setspecific((pthread_key_t)key.value, value) == 0;
}

const fai_platform fai_platform_os = {.thread_key_create = key_create,
                                      .thread_key_set = key_set,
                                      .thread_start = thread_start};

void *fai_thread_key_get(fai_thread_key key)
{
    return pthread_getspecific((pthread_key_t)key.value);
}

void fai_thread_key_delete(fai_thread_key key)
{
    pthread_key_delete((pthread_key_t)key.value);
}

#if !(defined(__x86_64__) && defined(__ELF__)) && !defined(__aarch64__)
uintptr_t fai_thread_number(void)
{
    static _Thread_local char anchor; /* its address differs in each living thread */
    return (uintptr_t)&anchor;
}
#endif

void fai_thread_describe(char *buffer, size_t capacity)
{
#if defined(__linux__)
    char name[32] = "";
    pthread_getname_np(pthread_self(), name, sizeof name);
    snprintf(buffer, capacity, "%s (tid %ld)", name, (long)gettid());
#else
    snprintf(buffer, capacity, "thread %p", (void *)fai_thread_self());
#endif
}

void fai_debug_trap(void)
{
    raise(SIGTRAP);
}

int64_t fai_clock_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int64_t fai_clock_unix_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}
