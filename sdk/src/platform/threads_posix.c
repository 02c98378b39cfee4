/* threads_posix.c - threads and clock on POSIX. A thin layer over pthreads: glibc's mutex is a futex with
 * adaptive parking, and measured no slower than hand-made ones for the short sections that the core has. */
#define _GNU_SOURCE 1 /* pthread_getname_np, gettid */
#include "platform/platform.h"

#include <assert.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static_assert(sizeof(pthread_mutex_t) <= sizeof(fai_mutex), "the opaque mutex is too small");
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

const fai_platform fai_platform_os = {.thread_key_create = key_create, .thread_key_set = key_set};

void *fai_thread_key_get(fai_thread_key key)
{
    return pthread_getspecific((pthread_key_t)key.value);
}

void fai_thread_key_delete(fai_thread_key key)
{
    pthread_key_delete((pthread_key_t)key.value);
}

#if !(defined(__x86_64__) && defined(__ELF__)) && !defined(__aarch64__)
uintptr_t fai_thread_self(void)
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
