/* threads_windows.c - threads and clock on Windows. Fiber-local storage serves as thread key because, unlike
 * TLS slots, it runs a destructor. */
#include "platform/platform.h"

#include <assert.h>
#include <stdio.h>
#include <windows.h>

static_assert(sizeof(SRWLOCK) <= sizeof(fai_mutex), "the opaque mutex is too small");
static_assert(sizeof(CONDITION_VARIABLE) <= sizeof(fai_cond), "the opaque condition is too small");

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

/* ---- conditions ---------------------------------------------------------------------------------------- */

void fai_cond_init(fai_cond *cond)
{
    InitializeConditionVariable((CONDITION_VARIABLE *)(void *)cond->storage);
}

void fai_cond_destroy(fai_cond *cond)
{
    (void)cond; /* owns nothing */
}

void fai_cond_wait(fai_cond *cond, fai_mutex *mutex)
{
    SleepConditionVariableSRW((CONDITION_VARIABLE *)(void *)cond->storage, (SRWLOCK *)(void *)mutex->storage,
                              INFINITE, 0);
}

bool fai_cond_wait_until(fai_cond *cond, fai_mutex *mutex, int64_t deadline_ns)
{
    int64_t rest_ms = (deadline_ns - fai_clock_ns() + 999999) / 1000000;
    rest_ms = rest_ms < 0 ? 0 : rest_ms > 0x7fffffff ? 0x7fffffff : rest_ms;
    SleepConditionVariableSRW((CONDITION_VARIABLE *)(void *)cond->storage, (SRWLOCK *)(void *)mutex->storage,
                              (DWORD)rest_ms, 0);
    return fai_clock_ns() < deadline_ns;
}

void fai_cond_wake_one(fai_cond *cond)
{
    WakeConditionVariable((CONDITION_VARIABLE *)(void *)cond->storage);
}

void fai_cond_wake_all(fai_cond *cond)
{
    WakeAllConditionVariable((CONDITION_VARIABLE *)(void *)cond->storage);
}

/* ---- threads ------------------------------------------------------------------------------------------- */

static DWORD WINAPI run_thread(void *user)
{
    fai_thread *thread = user;
    thread->fn(thread->user);
    return 0;
}

static bool thread_start(fai_thread *thread)
{
    HANDLE made = CreateThread(NULL, 0, run_thread, thread, 0, NULL);
    thread->value = (uintptr_t)made;
    return made != NULL;
}

void fai_thread_join(fai_thread *thread)
{
    WaitForSingleObject((HANDLE)thread->value, INFINITE);
    CloseHandle((HANDLE)thread->value);
}

void fai_thread_yield(void)
{
    SwitchToThread();
}

unsigned fai_core_count(void)
{
    SYSTEM_INFO info;
    GetSystemInfo(&info);
    return info.dwNumberOfProcessors > 0 ? (unsigned)info.dwNumberOfProcessors : 1;
}

/* ---- thread keys --------------------------------------------------------------------------------------- */

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

const fai_platform fai_platform_os = {.thread_key_create = key_create,
                                      .thread_key_set = key_set,
                                      .thread_start = thread_start};

void *fai_thread_key_get(fai_thread_key key)
{
    return FlsGetValue((DWORD)key.value);
}

void fai_thread_key_delete(fai_thread_key key)
{
    FlsSetValue((DWORD)key.value, NULL); /* FlsFree would run the destructor for this thread */
    FlsFree((DWORD)key.value);
}

uintptr_t fai_thread_number(void)
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

int64_t fai_clock_unix_ns(void)
{
    FILETIME time;
    GetSystemTimeAsFileTime(&time);
    uint64_t ticks = (uint64_t)time.dwHighDateTime << 32 | time.dwLowDateTime; /* 100 ns since 1601 */
    return ((int64_t)ticks - INT64_C(116444736000000000)) * 100;
}
