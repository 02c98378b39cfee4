/* probe_windows.c - call stacks from the system; the rest is not told here. */
#include "platform/probe.h"

#include <windows.h>

uint32_t fai_backtrace(const void **out, uint32_t capacity, uint32_t skip)
{
    return CaptureStackBackTrace(skip + 1, capacity, (void **)(uintptr_t)out, NULL);
}

bool fai_symbol_of(const void *address, char *name, size_t capacity, size_t *offset)
{
    (void)address;
    (void)name;
    (void)capacity;
    (void)offset;
    return false;
}

bool fai_thread_page_faults(uint64_t *faults)
{
    (void)faults; /* known per process only */
    return false;
}

bool fai_resident_bytes(const void *p, size_t bytes, size_t *resident)
{
    (void)p;
    (void)bytes;
    (void)resident;
    return false;
}
