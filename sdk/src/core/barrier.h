/* barrier.h - what the rest of the core needs of barriers. */
#ifndef FAI_BARRIER_H
#define FAI_BARRIER_H

#include "core/context.h"
#include "framealloc/barrier.h"

/* The context goes: it leaves every barrier it takes part in. The contexts lock is held. */
void fai_barriers_forget(fai_context *ctx);
/* With the allocator: nobody is left. */
void fai_barriers_destroy(fa_allocator *allocator);

#endif
