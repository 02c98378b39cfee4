/* fault.h - being asked when the program touches memory that it may not.
 *
 * A handler for such faults is per process, and so is the table behind it: the only state of the SDK that
 * belongs to no allocator. It holds nothing while nobody watches. What is nobody's is passed on to the
 * handler that was there before, or to the system's default. */
#ifndef FAI_FAULT_H
#define FAI_FAULT_H

#include "framealloc/base.h"

#if defined(_WIN32)
#define FAI_FAULTS_KNOWN 0
#else
#define FAI_FAULTS_KNOWN 1
#endif

/* Room for what `find` finds. */
#define FAI_FAULT_BYTES 512

typedef struct fai_fault_watcher {
    /* Is the address yours? Then write what there is to tell to @p out. Runs in a signal handler on any
     * thread. */
    bool (*find)(void *user, const void *address, uintptr_t instruction, void *out);
    /* Tell it. May leave by siglongjmp; what @p out refers to must not depend on the watcher. */
    void (*tell)(void *out);
    void *user;
} fai_fault_watcher;

/* False: the table is full, the system refuses, or faults cannot be watched on it. */
bool fai_fault_watch(const fai_fault_watcher *watcher);
/* Afterwards the watcher of @p user is not running and will not run. */
void fai_fault_unwatch(const void *user);

/* For handlers: async-signal-safe. */
void fai_fault_print(const char *text, size_t length);
uint64_t fai_fault_thread(char *name, size_t capacity);

#endif
