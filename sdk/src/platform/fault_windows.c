/* fault_windows.c - faults are not watched here: ghost frames say so when they are asked for. */
#include "platform/fault.h"

bool fai_fault_watch(const fai_fault_watcher *watcher)
{
    (void)watcher;
    return false;
}

void fai_fault_unwatch(const void *user)
{
    (void)user;
}

void fai_fault_print(const char *text, size_t length)
{
    (void)text;
    (void)length;
}

uint64_t fai_fault_thread(char *name, size_t capacity)
{
    if (capacity > 0) {
        name[0] = '\0';
    }
    return 0;
}
