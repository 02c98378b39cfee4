/* speculation.h - work that is tried: kept when it went well, undone when it did not.
 *
 * A speculation is a checkpoint that looks after itself. What is taken from the frame after its beginning
 * goes back, with the on-end calls added since, unless the speculation is committed; the scope macros do so
 * however they are left: break, continue, return, goto.
 *
 *     FA_SPECULATION_SCOPE(ctx, attempt) {
 *         Path *path = find_path(ctx, from, to);
 *         if (path != NULL && path->cost < best) {
 *             fa_speculation_commit(&attempt);       // keep it; otherwise the frame is as it was
 *         }
 *     }
 *
 * Speculations nest. Committing an inner one keeps its memory for the outer one, which may still undo all. */
#ifndef FRAMEALLOC_SPECULATION_H
#define FRAMEALLOC_SPECULATION_H

#include "framealloc/frame.h"

FA_EXTERN_C_BEGIN

/// Not a value: only one place may hold it.
typedef struct fa_speculation {
    fa_checkpoint checkpoint;
    fa_context *ctx;
    const char *here;
    bool pending; ///< neither committed nor undone
} fa_speculation;

/// Begin. Without an open frame (FA001) or without memory to remember the place (OUT_OF_MEMORY) there will be
/// nothing to undo: `pending` is false then. [owner-thread]
FA_BEGINS_SCRATCH FA_API fa_speculation fai_speculation_begin(fa_context *ctx, const char *here);
#define fa_speculation_begin(ctx) fai_speculation_begin((ctx), FA_HERE)

FA_API fa_result fai_speculation_keep(fa_context *ctx, fa_checkpoint checkpoint, const char *here);

/// Keep what was taken. Whatever the result, the speculation is over.
/// @return OK, also when nothing is pending; STALE with FA606: of another frame, or an outer one was undone;
///         NO_FRAME with FA603; WRONG_THREAD. [owner-thread]
static inline fa_result fai_speculation_commit(fa_speculation *speculation, const char *here)
{
    bool pending = speculation->pending;
    speculation->pending = false;
    return pending ? fai_speculation_keep(speculation->ctx, speculation->checkpoint, here) : FA_RESULT_OK;
}
#define fa_speculation_commit(speculation) fai_speculation_commit((speculation), FA_HERE)

/// Undo now. Whatever the result, the speculation is over. @return As fa_frame_rewind, and OK when nothing is
/// pending. [owner-thread]
static inline fa_result fai_speculation_undo(fa_speculation *speculation, const char *here)
{
    bool pending = speculation->pending;
    speculation->pending = false;
    return pending ? fai_frame_rewind(speculation->ctx, speculation->checkpoint, here) : FA_RESULT_OK;
}
#define fa_speculation_undo(speculation) fai_speculation_undo((speculation), FA_HERE)

static inline void fai_speculation_scope_close(fa_speculation *speculation)
{
    (void)fai_speculation_undo(speculation, speculation->here);
}

/// A scope that is undone however it is left, unless it was committed. @p name is an fa_speculation in it.
#define FA_SPECULATION_SCOPE(ctx, name)                                                           \
    for (fa_speculation name FA_CLEANUP(fai_speculation_scope_close) = fa_speculation_begin(ctx), \
                             *FA_CONCAT(fai_round_, __LINE__) = &name;                            \
         FA_CONCAT(fai_round_, __LINE__) != NULL;                                                 \
         FA_CONCAT(fai_round_, __LINE__) = NULL, FAI_WITHOUT_CLEANUP(fai_speculation_scope_close(&name)))

/// A checkpoint's guard: what the body takes from the frame goes back however it is left.
#define FA_CHECKPOINT_SCOPE(ctx) FA_SPECULATION_SCOPE(ctx, FA_CONCAT(fai_guard_, __LINE__))

FA_EXTERN_C_END

#endif
