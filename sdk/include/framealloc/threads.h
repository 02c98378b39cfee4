/* threads.h - the closed list of thread tags. Every public function ends its comment with exactly one of
 * them.
 *
 *     [any-thread]      may be called from any thread at any time, also at the same time
 *     [owner-thread]    only by the thread that attached the context (or was handed it); refused with
 * WRONG_THREAD and diagnostic FA206 from any other. Frame calls that stay on the inlined fast path are
 * checked in debug builds and while diagnostics are on; begin, end and everything out of line always is
 *     [main-thread]     only by the thread that created the app
 *     [worker-thread]   by the thread on which the SDK itself called you: a system, a task
 *     [startup]         before the first frame, by one thread while no other uses the object
 *     [frame-boundary]  owner-thread, and no frame is open
 *
 * A context is used by one thread at a time. Two contexts of one allocator may be used by two threads at the
 * same time; so may two allocators. Nothing in the SDK is global, so two allocators never meet.
 *
 * After a fork, the child may use the contexts of the thread that forked, and everything that can be reached
 * through them; contexts of other threads stay as they were. Fork while no other thread is inside a call of
 * the SDK. */
#ifndef FRAMEALLOC_THREADS_H
#define FRAMEALLOC_THREADS_H

#include "framealloc/base.h"

FA_EXTERN_C_BEGIN

/// A time-out that never comes. Time-outs are relative, in nanoseconds; 0 or less: do not wait.
#define FA_WAIT_FOREVER INT64_MAX

#define FA_THREAD_TAG_TABLE(X)          \
    X(ANY_THREAD, "[any-thread]")       \
    X(OWNER_THREAD, "[owner-thread]")   \
    X(MAIN_THREAD, "[main-thread]")     \
    X(WORKER_THREAD, "[worker-thread]") \
    X(STARTUP, "[startup]")             \
    X(FRAME_BOUNDARY, "[frame-boundary]")

/// A number that names the calling thread for as long as it lives. Not an OS id; 0 is never used.
/// [any-thread]
FA_API uintptr_t fa_thread_id(void);

FA_EXTERN_C_END

#endif
