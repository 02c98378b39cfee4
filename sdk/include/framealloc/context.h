/* context.h - one thread's (or fiber's) view of an allocator: its frames, its pools, its tag stack.
 *
 * The context is the explicit first argument of everything that allocates. It belongs to the thread that
 * attached it until it is detached or handed over; used by another thread it refuses with WRONG_THREAD and
 * FA206. A thread may attach several (one per fiber, say). A thread that ends without detaching gives its
 * contexts up: their frames end, their objects stay valid and can be freed from any other context. */
#ifndef FRAMEALLOC_CONTEXT_H
#define FRAMEALLOC_CONTEXT_H

#include "framealloc/allocator.h"
#include "framealloc/threads.h"

FA_EXTERN_C_BEGIN

/// The public head: exactly what the inlined fast path of frame.h reads. The rest is private and follows it.
/// Never write these fields.
typedef struct fa_context {
    uintptr_t cursor; ///< last used byte of the open frame: see bump.h
    uintptr_t limit;  ///< last byte the fast path may use; anything that wants to see an allocation lowers it
} fa_context;

typedef struct fa_context_desc {
    uint32_t start_canary; ///< leave zero
    const char *name;      ///< copied (31 bytes at most), shown in reports. Default "context N"
    size_t
        frame_budget_bytes;   ///< hard limit of one frame; more by fa_context_budget_set. Default FA_NO_LIMIT
    size_t pool_budget_bytes; ///< hard limit of its live pool bytes. Default FA_NO_LIMIT
    uint32_t end_canary;      ///< leave zero
} fa_context_desc;

/// Attach the calling thread. @p desc may be NULL. On failure @p out is set to NULL.
/// @return OK; INVALID_ARGUMENT; INVALID_DESC with FA103; OUT_OF_MEMORY: no address space or memory for its
/// frames. [any-thread]
FA_API fa_result fai_context_attach(fa_allocator *allocator, const fa_context_desc *desc, fa_context **out,
                                    const char *here);
/// fa_context_attach(allocator, desc, out); written so that a compound literal with commas may stand for the
/// desc.
#define fa_context_attach(allocator, ...) fai_context_attach((allocator), __VA_ARGS__, FA_HERE)

/// Detach: frame memory goes back, tags are closed, live pool and heap objects stay valid. NULL is fine.
/// @return OK; FRAME_OPEN or WRONG_THREAD with a diagnostic, and nothing changed.
/// [frame-boundary]
FA_API fa_result fai_context_detach(fa_context *ctx, const char *here);
#define fa_context_detach(ctx) fai_context_detach((ctx), FA_HERE)

/// The calling thread's context: the one it attached first and still has. Attaches one on first use.
/// @return NULL when attaching failed. A thread-local lookup: keep the result outside of loops.
/// [any-thread]
FA_API fa_context *fa_context_current(fa_allocator *allocator);

/// Give the context up for another thread, which takes it with fa_context_take_over. An open frame stays
/// open.
/// @return OK; WRONG_THREAD with FA206.
/// [owner-thread]
FA_API fa_result fai_context_hand_over(fa_context *ctx, const char *here);
#define fa_context_hand_over(ctx) fai_context_hand_over((ctx), FA_HERE)

/// Become the owner of a context that was handed over. What the former owner wrote is visible afterwards.
/// @return OK; WRONG_THREAD with FA206: it has an owner.
/// [any-thread]
FA_API fa_result fai_context_take_over(fa_context *ctx, const char *here);
#define fa_context_take_over(ctx) fai_context_take_over((ctx), FA_HERE)

/// Why the last call on this context that gave NULL or an error did so. A success does not reset it.
/// [owner-thread]
FA_API fa_result fa_context_last_result(const fa_context *ctx);

/// Its allocator. [any-thread]
FA_API fa_allocator *fa_context_allocator(const fa_context *ctx);
/// Its name, borrowed until it is detached. [any-thread]
FA_API const char *fa_context_name(const fa_context *ctx);

FA_EXTERN_C_END

#endif
