/* pool.h - what the parts of a context's pool share: charging, and the hot block.
 *
 * The hot block is the one that was handed out last. While it is out, a free of it is recognised by one
 * compare; then it waits in its place, free by its record but on no list, and the next request of the same
 * size takes it; one of another size puts it back on its page. So a program that takes and gives back touches
 * its context and one record. */
#ifndef FAI_POOL_H
#define FAI_POOL_H

#include "core/context.h"
#include "framealloc/pool.h"

/* Sizes below are served in line; none while the hot block waits: then only a request of its size is. */
#define FAI_POOL_INLINE_SIZES ((size_t)(FAI_POOL_UNITS - 1) * 16 + 1)

/* May the caller's calls be served in line? */
static inline bool fai_pool_is_open(const fai_context *ctx)
{
    return atomic_load_explicit(&ctx->pool_owner, memory_order_relaxed) == fai_thread_self();
}

/* Charge pool bytes and objects (negative as two's complement) to a tag. Owner only; never fails. */
static inline void fai_pool_charge(fai_context *ctx, fa_tag tag, size_t bytes, size_t objects)
{
    if (FA_LIKELY(tag == ctx->tag && !fai_is_budgeted(ctx))) {
        fai_figure_add(&ctx->row->pool_bytes, bytes);
    } else {
        fai_tag_charge_pool(ctx, tag, bytes);
    }
    fai_figure_add(&ctx->pool_taken, objects);
}

/* The same for what other threads allocated: makes the row where there is memory for it. */
void fai_pool_charge_any(fai_context *ctx, fa_tag tag, size_t bytes, size_t objects);

/* What waits, but is still charged to @p tag. Any thread; the contexts lock is held. */
size_t fai_pool_waiting_bytes(const fai_context *ctx, fa_tag tag, bool all_tags);
/* Objects taken less those given back, here: only the sum over contexts is exact. */
size_t fai_pool_objects(const fai_context *ctx);
/* Put a waiting hot block back on its page's list. */
void fai_pool_flush(fai_context *ctx);
/* There is no hot block. Precondition: none is waiting. */
void fai_pool_forget_hot(fai_context *ctx);
/* The classes of a new context know where their current pages are looked up. */
void fai_pool_init(fai_context *ctx);
/* Start, or stop, serving anything in line. */
void fai_pool_open(fai_context *ctx);
void fai_pool_shut(fai_context *ctx);

#endif
