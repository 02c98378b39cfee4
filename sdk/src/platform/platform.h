/* platform.h - the OS seam: threads and clock. Pages go through fa_backing (backing_posix.c,
 * backing_windows.c).
 *
 * No OS header is visible through this file. What can fail is in the table fai_platform, so that a test can
 * make it fail in any build; what cannot fail is a plain function. */
#ifndef FAI_PLATFORM_H
#define FAI_PLATFORM_H

#include "framealloc/base.h"

/* A mutex that does not spin for long and is not recursive. Storage is opaque; each platform asserts that it
 * fits. */
typedef struct fai_mutex {
    _Alignas(16) unsigned char storage[64];
} fai_mutex;

void fai_mutex_init(fai_mutex *mutex);
void fai_mutex_destroy(fai_mutex *mutex);
void fai_mutex_lock(fai_mutex *mutex);
void fai_mutex_unlock(fai_mutex *mutex);

/* Wakes threads that wait for something guarded by a mutex. */
typedef struct fai_cond {
    _Alignas(16) unsigned char storage[64];
} fai_cond;

void fai_cond_init(fai_cond *cond);
void fai_cond_destroy(fai_cond *cond);
/* Precondition of both: the mutex is locked by the caller. May wake without reason. */
void fai_cond_wait(fai_cond *cond, fai_mutex *mutex);
/* False: fai_clock_ns has reached @p deadline_ns. */
bool fai_cond_wait_until(fai_cond *cond, fai_mutex *mutex, int64_t deadline_ns);
void fai_cond_wake_one(fai_cond *cond);
void fai_cond_wake_all(fai_cond *cond);

/* A thread that was started here. Stays at its place until the thread is joined. */
typedef struct fai_thread {
    uintptr_t value;
    void (*fn)(void *user);
    void *user;
    char name[16]; /* for debuggers; longer names are cut */
} fai_thread;

/* A thread-local slot whose destructor runs when a thread ends with a value that is not NULL. */
typedef struct fai_thread_key {
    uintptr_t value;
} fai_thread_key;

typedef struct fai_platform {
    bool (*thread_key_create)(fai_thread_key *key, void (*on_thread_end)(void *value));
    bool (*thread_key_set)(fai_thread_key key, void *value);
    /* Precondition: fn, user and name are set. */
    bool (*thread_start)(fai_thread *thread);
} fai_platform;

extern const fai_platform fai_platform_os;

/* Preconditions: the key was created and not deleted. */
void *fai_thread_key_get(fai_thread_key key);
void fai_thread_key_delete(fai_thread_key key);

/* Wait until the thread has ended. Once per started thread. */
void fai_thread_join(fai_thread *thread);
/* Let others run. */
void fai_thread_yield(void);
/* Inside of a loop that waits for another thread: lets the core rest for some cycles. */
static inline void fai_pause(void)
{
#if defined(__x86_64__) && defined(__GNUC__)
    __builtin_ia32_pause();
#elif defined(__aarch64__) && defined(__GNUC__)
    __asm__ volatile("yield");
#endif
}
/* Cores that this process may use; at least 1. */
unsigned fai_core_count(void);

/* Its address tells this copy of the SDK from another one in the same process: a plugin may bring its own. */
#if defined(__GNUC__) && !defined(_WIN32)
__attribute__((visibility("hidden")))
#endif
extern const char fai_copy[1];

/* A number for the calling thread, never 0, unique among living threads, and another one in each copy of the
 * SDK: so a context that another copy made belongs to no thread here. On the platforms that matter it is the
 * thread pointer and that address, two instructions. */
#if defined(__x86_64__) && defined(__ELF__) && defined(__GNUC__)
static inline uintptr_t fai_thread_self(void)
{
    uintptr_t self = (uintptr_t)fai_copy;
    __asm__("xorq %%fs:0, %0" : "+r"(self) : : "cc");
    return self;
}
#elif defined(__aarch64__) && defined(__GNUC__) && !defined(_WIN32)
static inline uintptr_t fai_thread_self(void)
{
    return (uintptr_t)__builtin_thread_pointer() ^ (uintptr_t)fai_copy;
}
#else
uintptr_t fai_thread_number(void);
static inline uintptr_t fai_thread_self(void)
{
    return fai_thread_number() ^ (uintptr_t)fai_copy;
}
#endif

/* Name of the calling thread, for people: "main-loop (tid 1234)". Always terminated. */
void fai_thread_describe(char *buffer, size_t capacity);

/* Stop in the debugger, or end the process as by a trap. Returns if a debugger says so. */
void fai_debug_trap(void);

/* Nanoseconds of a clock that never goes back. */
int64_t fai_clock_ns(void);

/* Nanoseconds since 1970, UTC, as the system believes. */
int64_t fai_clock_unix_ns(void);

#endif
