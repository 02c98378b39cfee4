/* task.h - memory of a piece of work that outlives frames and moves between threads.
 *
 * A task is entered on a context, works, and is left; later it may be entered on another one. Whoever runs it
 * owns it: at most one context at a time. What it allocates comes from the pools of the context that runs it,
 * stays where it is, and is freed when the task ends, on whatever thread that happens; blocks of other
 * threads' pages go home as any cross-thread free does.
 *
 * A frame that is open when a task is entered is not the task's: it may end before the task does. Frame
 * memory of it is refused with NULL, INVALID_ARGUMENT and FA701 until the task is left. A frame that the task
 * itself begins on the context is its own, and must have ended when it leaves.
 *
 * Tasks may be entered inside one another; they are left in the reverse order. */
#ifndef FRAMEALLOC_TASK_H
#define FRAMEALLOC_TASK_H

#include "framealloc/annotate.h"
#include "framealloc/pool.h"

FA_EXTERN_C_BEGIN

typedef struct fa_task fa_task;

/// Make a task, not yet entered. On failure @p out is set to NULL.
/// @param name Copied (31 bytes at most), shown in reports; NULL: "task".
/// @return OK; INVALID_ARGUMENT (@p out is NULL); OUT_OF_MEMORY; WRONG_THREAD with FA206.
/// [owner-thread]
FA_API fa_result fai_task_create(fa_context *ctx, const char *name, fa_task **out, const char *here);
#define fa_task_create(ctx, name, out) fai_task_create((ctx), (name), (out), FA_HERE)

/// Run the task on this context: begin or resume. What it wrote on another thread is visible.
/// @return OK; BUSY with FA704: it is entered already, here or elsewhere; INVALID_ARGUMENT with FA005: NULL
/// or of another allocator; WRONG_THREAD with FA206. [owner-thread]
FA_API fa_result fai_task_enter(fa_task *task, fa_context *ctx, const char *here);
#define fa_task_enter(task, ctx) fai_task_enter((task), (ctx), FA_HERE)

/// Leave the task, which keeps its memory: it is suspended.
/// @return OK; with FA704: BUSY (it is not entered here, or another was entered after it), FRAME_OPEN (a
/// frame that it began is open); WRONG_THREAD with FA206. [owner-thread]
FA_API fa_result fai_task_leave(fa_task *task, fa_context *ctx, const char *here);
#define fa_task_leave(task, ctx) fai_task_leave((task), (ctx), FA_HERE)

/// End the task: leave it where it is entered here, and free everything that it holds. NULL is fine.
/// @return OK; as fa_task_leave; BUSY with FA704: another thread runs it.
/// [owner-thread]
FA_API fa_result fai_task_end(fa_task *task, fa_context *ctx, const char *here);
#define fa_task_end(task, ctx) fai_task_end((task), (ctx), FA_HERE)

/* ---- memory; the task is entered on @p ctx ------------------------------------------------------------- */

/// Take memory that lives until the task ends. Contents are undefined. Constant time but for growth of the
/// task's list.
/// @return Owned by the task, or NULL; fa_context_last_result says why: as fa_pool_alloc; BUSY with FA704:
/// not entered on this context. [owner-thread]
FA_ALLOC_SIZE(3)
FA_API void *fai_task_alloc(fa_task *task, fa_context *ctx, size_t size_bytes, size_t align_bytes,
                            const char *here);
#define fa_task_alloc(task, ctx, size_bytes, align_bytes) \
    fai_task_alloc((task), (ctx), (size_bytes), (align_bytes), FA_HERE)
/// One uninitialised T. [owner-thread]
#define FA_TASK_NEW(task, ctx, T) ((T *)fai_task_alloc((task), (ctx), sizeof(T), FA_ALIGNOF(T), FA_HERE))

/// Free a block before the task ends. Quick for what was allocated last; NULL is fine.
/// @return OK; NOT_FOUND with FA704: not a block of this task; BUSY with FA704: not entered here.
/// [owner-thread]
FA_API fa_result fai_task_free(fa_task *task, fa_context *ctx, void *p, const char *here);
#define fa_task_free(task, ctx, p) fai_task_free((task), (ctx), (p), FA_HERE)

/// Keep a block beyond the task's end: a result, say. It becomes an ordinary pool block, freed by
/// fa_pool_free.
/// @return As fa_task_free.
/// [owner-thread]
FA_API fa_result fai_task_keep(fa_task *task, fa_context *ctx, void *p, const char *here);
#define fa_task_keep(task, ctx, p) fai_task_keep((task), (ctx), (p), FA_HERE)

/// Blocks that the task holds. [any-thread]
FA_API size_t fa_task_block_count(const fa_task *task);
/// Bytes that the task holds, as asked for. [any-thread]
FA_API size_t fa_task_bytes(const fa_task *task);
/// Its name; borrowed until it ends. [any-thread]
FA_API const char *fa_task_name(const fa_task *task);
/// The task that runs on this context, the innermost one; NULL: none. [owner-thread]
FA_API fa_task *fa_task_current(const fa_context *ctx);

/* ---- batches ------------------------------------------------------------------------------------------- */

/// What a task allocates between begin and end of a batch is freed at the batch's end: a guard for the pieces
/// of a loop.
typedef struct fa_task_batch {
    fa_task *task;
    fa_context *ctx;
    uint64_t serial; ///< of the first block that belongs to it; 0: refused, ending it does nothing
    bool running;    ///< of FA_TASK_BATCH: its body has not ended yet
} fa_task_batch;

/// Begin a batch in a task that is entered on @p ctx; refused with BUSY and FA704 otherwise.
/// [owner-thread]
FA_API fa_task_batch fai_task_batch_begin(fa_task *task, fa_context *ctx, const char *here);
#define fa_task_batch_begin(task, ctx) fai_task_batch_begin((task), (ctx), FA_HERE)
/// End it: what was allocated since and is still the task's is freed. Inner batches end with it. A second end
/// does nothing.
/// @return OK; BUSY with FA704: the task is not entered on the batch's context.
/// [owner-thread]
FA_API fa_result fai_task_batch_end(fa_task_batch *batch, const char *here);
#define fa_task_batch_end(batch) fai_task_batch_end((batch), FA_HERE)

/// A block whose task allocations are freed however it is left: break, continue, return, goto. Compilers
/// without the cleanup attribute free them at its end only; otherwise they wait for the task's end.
#define FA_TASK_BATCH(task, ctx)                                                              \
    for (fa_task_batch FA_CONCAT(fai_batch_, __LINE__)                                        \
             FA_CLEANUP(fai_task_batch_close) = fai_task_batch_begin((task), (ctx), FA_HERE); \
         FA_CONCAT(fai_batch_, __LINE__).running; fai_task_batch_close(&FA_CONCAT(fai_batch_, __LINE__)))

static inline void fai_task_batch_close(fa_task_batch *batch)
{
    batch->running = false;
    (void)fai_task_batch_end(batch, "FA_TASK_BATCH");
}

FA_EXTERN_C_END

#endif
