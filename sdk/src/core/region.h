/* region.h - a backing inside one region that the caller gives: no call of the system, ever.
 *
 * A header at the region's start keeps the reservations, sorted by place; a new one goes to the first gap
 * that is large enough. Committing clears the bytes, since fresh memory is zero; decommitting does nothing.
 */
#ifndef FAI_REGION_H
#define FAI_REGION_H

#include "framealloc/allocator.h"

/* Least region that an allocator can work in. */
#define FAI_REGION_LEAST ((size_t)4 * 1024 * 1024)

/* The backing of desc->region; desc->region_bytes is at least FAI_REGION_LEAST. */
fa_backing fai_region_open(const fa_allocator_desc *desc);
/* After everything was released. */
void fai_region_close(const fa_backing *backing);

#endif
