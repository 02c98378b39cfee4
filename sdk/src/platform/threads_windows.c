/* threads_windows.c - threads and clock on Windows. Fiber-local storage serves as thread key because, unlike
 * TLS slots, it runs a destructor. */
#include "platform/platform.h"

#include <assert.h>
#include <stdio.h>
#include <windows.h>

static_assert(sizeof(SRWLOCK) <= sizeof(fai_mutex), "the opaque mutex is too small");

void fai_mutex_init(fai_mutex *mutex)
{
    InitializeSRWLock((SRWLOCK *)(void *)mutex->storage);
}

void fai_mutex_destroy(fai_mutex *mutex)
{
    (void)mutex; /* SRW locks own nothing */
}

void fai_mutex_lock(fai_mutex *mutex)
{
    AcquireSRWLockExclusive((SRWLOCK *)(void *)mutex->storage);
}

void fai_mutex_unlock(fai_mutex *mutex)
{
    ReleaseSRWLockExclusive((SRWLOCK *)(void *)mutex->storage);
}

static bool key_create(fai_thread_key *key, void (*on_thread_end)(void *value))
{
    DWORD slot = FlsAlloc((PFLS_CALLBACK_FUNCTION)on_thread_end);
    key->value = slot;
    return slot != FLS_OUT_OF_INDEXES;
}

static bool key_set(fai_thread_key key, void *value)
{
    return FlsSetValue((DWORD)key.value, value) != 0;
}

const fai_platform fai_platform_os = {.thread_key_create = key_create, .thread_key_set = key_set};

void *fai_thread_key_get(fai_thread_key key)
{
    return FlsGetValue((DWORD)key.value);
}

void fai_thread_key_delete(fai_thread_key key)
{
    FlsSetValue((DWORD)key.value, NULL); /* FlsFree would run the destructor for this thread */
    FlsFree((DWORD)key.value);
}

uintptr_t fai_thread_self(void)
{
    return (uintptr_t)GetCurrentThreadId();
}

void fai_thread_describe(char *buffer, size_t capacity)
{
    snprintf(buffer, capacity, "thread %lu", (unsigned long)GetCurrentThreadId());
}

void fai_debug_trap(void)
{
    DebugBreak();
}

int64_t fai_clock_ns(void)
{
    LARGE_INTEGER frequency;
    LARGE_INTEGER now;
    QueryPerformanceFrequency(&frequency);
    QueryPerformanceCounter(&now);
    int64_t seconds = now.QuadPart / frequency.QuadPart;
    int64_t rest = now.QuadPart % frequency.QuadPart;
    return seconds * 1000000000 + rest * 1000000000 / frequency.QuadPart;
}
