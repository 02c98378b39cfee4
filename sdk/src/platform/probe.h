/* probe.h - what the system can tell about the running program: call stacks, page faults, resident memory.
 * None of it is needed for the allocator to work: where a system cannot say, the answer is 0 or false. */
#ifndef FAI_PROBE_H
#define FAI_PROBE_H

#include "framealloc/base.h"

/* Return addresses of the calling thread, innermost first, without the innermost @p skip. */
uint32_t fai_backtrace(const void **out, uint32_t capacity, uint32_t skip);
/* The function that an address lies in. False: not known. The name may be longer than @p capacity: it is cut.
 */
bool fai_symbol_of(const void *address, char *name, size_t capacity, size_t *offset);

/* Page faults of the calling thread so far, served with and without reading from disk. False: not known. */
bool fai_thread_page_faults(uint64_t *faults);
/* Bytes of a range of whole pages that are in memory. False: not known. */
bool fai_resident_bytes(const void *p, size_t bytes, size_t *resident);

#endif
