/* probe_posix.c - call stacks from the unwinder, symbols from the dynamic linker, page faults from getrusage.
 */
#define _GNU_SOURCE 1 /* dladdr, RUSAGE_THREAD, mincore */
#include "platform/probe.h"

#include <dlfcn.h>
#include <execinfo.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#define DEPTH_MAX 64

uint32_t fai_backtrace(const void **out, uint32_t capacity, uint32_t skip)
{
    void *stack[DEPTH_MAX];
    int found = backtrace(stack, DEPTH_MAX);
    uint32_t count = 0;
    for (uint32_t i = skip + 1; i < (uint32_t)(found > 0 ? found : 0) && count < capacity; i++) {
        out[count++] = stack[i];
    }
    return count;
}

bool fai_symbol_of(const void *address, char *name, size_t capacity, size_t *offset)
{
    Dl_info info;
    if (dladdr((void *)(uintptr_t)address, &info) == 0 || info.dli_sname == NULL) {
        return false;
    }
    (void)snprintf(name, capacity, "%s", info.dli_sname);
    *offset = (size_t)((uintptr_t)address - (uintptr_t)info.dli_saddr);
    return true;
}

bool fai_thread_page_faults(uint64_t *faults)
{
#if defined(RUSAGE_THREAD)
    struct rusage usage;
    if (getrusage(RUSAGE_THREAD, &usage) != 0) {
        return false;
    }
    *faults = (uint64_t)usage.ru_minflt + (uint64_t)usage.ru_majflt;
    return true;
#else
    (void)faults;
    return false;
#endif
}

bool fai_resident_bytes(const void *p, size_t bytes, size_t *resident)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t count = 0;
    unsigned char present[1024];
    for (size_t at = 0; at < bytes; at += page * sizeof present) {
        size_t part = bytes - at < page * sizeof present ? bytes - at : page * sizeof present;
#if defined(__linux__)
        if (mincore((char *)(uintptr_t)p + at, part, present) != 0) {
            return false;
        }
#else
        if (mincore((void *)((uintptr_t)p + at), part, (char *)present) != 0) {
            return false;
        }
#endif
        for (size_t i = 0; i < part / page; i++) {
            count += present[i] & 1u;
        }
    }
    *resident = count * page;
    return true;
}
