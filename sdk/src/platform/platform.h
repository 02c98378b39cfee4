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

/* A thread-local slot whose destructor runs when a thread ends with a value that is not NULL. */
typedef struct fai_thread_key {
    uintptr_t value;
} fai_thread_key;

typedef struct fai_platform {
    bool (*thread_key_create)(fai_thread_key *key, void (*on_thread_end)(void *value));
    bool (*thread_key_set)(fai_thread_key key, void *value);
} fai_platform;

extern const fai_platform fai_platform_os;

/* Preconditions: the key was created and not deleted. */
void *fai_thread_key_get(fai_thread_key key);
void fai_thread_key_delete(fai_thread_key key);

/* A number for the calling thread, never 0, unique among living threads. On the platforms that matter it is
 * the thread pointer: one load. */
#if defined(__x86_64__) && defined(__ELF__) && defined(__GNUC__)
static inline uintptr_t fai_thread_self(void)
{
    uintptr_t self;
    __asm__("movq %%fs:0, %0" : "=r"(self));
    return self;
}
#elif defined(__aarch64__) && defined(__GNUC__) && !defined(_WIN32)
static inline uintptr_t fai_thread_self(void)
{
    return (uintptr_t)__builtin_thread_pointer();
}
#else
uintptr_t fai_thread_self(void);
#endif

/* Name of the calling thread, for people: "main-loop (tid 1234)". Always terminated. */
void fai_thread_describe(char *buffer, size_t capacity);

/* Stop in the debugger, or end the process as by a trap. Returns if a debugger says so. */
void fai_debug_trap(void);

/* Nanoseconds of a clock that never goes back. */
int64_t fai_clock_ns(void);

#endif
