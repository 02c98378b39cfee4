/* lifecycle.h - listeners of a context, and telling them. */
#ifndef FAI_LIFECYCLE_H
#define FAI_LIFECYCLE_H

#include "core/context.h"

/* To be called where something has happened; the owner's thread. One compare while nobody listens. */
FA_COLD void fai_lifecycle_tell_now(fai_context *ctx, fa_lifecycle_kind kind, size_t bytes, size_t count,
                                    const char *here);
static inline void fai_lifecycle_tell(fai_context *ctx, fa_lifecycle_kind kind, size_t bytes, size_t count,
                                      const char *here)
{
    if (!FA_LIKELY((ctx->listeners.kinds & FA_LIFECYCLE_BIT(kind)) == 0)) {
        fai_lifecycle_tell_now(ctx, kind, bytes, count, here);
    }
}

/* A thread attaches: it has the allocator's listeners. The contexts lock is held. */
void fai_lifecycle_attach(fai_context *ctx);

#endif
