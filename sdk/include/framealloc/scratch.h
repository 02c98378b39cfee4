/* scratch.h - work space that goes back when its scope closes, and named scratch pools that outlive frames.
 *
 * A scratch scope takes a mark in one of the context's scratch arenas and rewinds to it. It is never the
 * frame itself, so results that a function leaves in the frame, or in an arena of its caller, survive the
 * scope. Scopes nest. The one danger is a function that returns its result in an arena which is its caller's
 * scratch: its own scratch must then be another one, so such an arena is named as a conflict.
 *
 *     void sum_up(fa_context *ctx, fa_arena *result) {
 *         FA_SCRATCH_SCOPE_AVOIDING(ctx, tmp, result) {        // whatever `result` is, `tmp` is not
 *             int *counts = FA_SCRATCH_ARRAY(&tmp, int, 1000);
 *             ...
 *         }                                                    // closes however it is left
 *     }
 *
 * Scopes without a conflict may share an arena, so take memory from the innermost scope that is open in it:
 * what is taken through an outer one meanwhile goes back when the inner one ends. Where both are needed at
 * once, name the outer one's arena as a conflict.
 *
 * The bytes of a scope are charged to the tag that was current when it began, as arena_bytes, for as long as
 * they last; the most that one scope held is kept as peak_scratch_bytes. */
#ifndef FRAMEALLOC_SCRATCH_H
#define FRAMEALLOC_SCRATCH_H

#include "framealloc/arena.h"

FA_EXTERN_C_BEGIN

/// Scratch arenas of a context: a scope may name up to one less of them as conflicts.
#define FA_SCRATCH_ARENAS 4
/// Longest name of a scratch pool, in bytes without the NUL.
#define FA_SCRATCH_NAME_MAX 31

/* ---- scopes -------------------------------------------------------------------------------------------- */

/// An open scope. Keep it where it was made; `arena` may be handed to functions that take an arena, until the
/// scope ends.
typedef struct fa_scratch {
    fa_context *ctx;
    fa_arena *arena; ///< NULL when it could not be begun: then every allocation gives NULL
    uint32_t depth;  ///< private: place on the context's stack of scopes
    uint32_t serial; ///< private: tells it from an earlier scope at the same place
    const char *here;
} fa_scratch;

/// Begin a scope in the first scratch arena that is none of the @p conflicts (NULLs among them are ignored).
/// With or without an open frame; what a frame begins and does not end is closed at the frame's end, with
/// FA804.
/// @return A scope. When it could not be begun its arena is NULL, and fa_context_last_result says why:
///         FULL (all FA_SCRATCH_ARENAS are in conflict), OUT_OF_MEMORY, WRONG_THREAD with FA206.
/// [owner-thread]
FA_BEGINS_SCRATCH FA_API fa_scratch fai_scratch_begin(fa_context *ctx, const fa_arena *const *conflicts,
                                                      size_t conflict_count, const char *here);
#define fa_scratch_begin(ctx) fai_scratch_begin((ctx), NULL, 0, FA_HERE)
/// The same with one to three arenas that the scope must not lie in.
#define fa_scratch_begin_avoiding(ctx, ...)                          \
    fai_scratch_begin((ctx), (const fa_arena *const[]){__VA_ARGS__}, \
                      sizeof((const fa_arena *const[]){__VA_ARGS__}) / sizeof(fa_arena *), FA_HERE)

/// End a scope: everything taken in it is gone. Scopes begun after it and still open end with it, and FA804
/// names the first of them. A scope that could not be begun is ended by doing nothing.
/// @return OK; STALE with FA606: it has ended already; INVALID_ARGUMENT; WRONG_THREAD with FA206.
/// [owner-thread]
FA_ENDS_SCRATCH FA_API fa_result fai_scratch_end(const fa_scratch *scratch, const char *here);
#define fa_scratch_end(scratch) fai_scratch_end((scratch), FA_HERE)

FA_RETURNS_FRAME FA_ALLOC_SIZE(2) static inline void *fai_scratch_alloc(const fa_scratch *scratch,
                                                                        size_t size_bytes, size_t align_bytes,
                                                                        const char *here)
{
    return scratch->arena != NULL ? fai_arena_alloc(scratch->arena, size_bytes, align_bytes, here) : NULL;
}
FA_RETURNS_FRAME FA_ALLOC_SIZE2(2, 3) static inline void *fai_scratch_array(const fa_scratch *scratch,
                                                                            size_t count, size_t size_bytes,
                                                                            size_t align_bytes,
                                                                            const char *here)
{
    return scratch->arena != NULL ? fai_arena_array(scratch->arena, count, size_bytes, align_bytes, here)
                                  : NULL;
}
/// Memory until the scope ends, or NULL as fa_arena_alloc. After the last scope of its arena has ended: NULL,
/// STALE, FA606. [owner-thread]
#define fa_scratch_alloc(scratch, size_bytes, align_bytes) \
    fai_scratch_alloc((scratch), (size_bytes), (align_bytes), FA_HERE)
#define FA_SCRATCH_NEW(scratch, T) ((T *)fai_scratch_alloc((scratch), sizeof(T), FA_ALIGNOF(T), FA_HERE))
#define FA_SCRATCH_ARRAY(scratch, T, count) \
    ((T *)fai_scratch_array((scratch), (count), sizeof(T), FA_ALIGNOF(T), FA_HERE))

/// A scope that ends however it is left: break, continue, return, goto out of it. @p name is an fa_scratch
/// inside it. Compilers without the cleanup attribute end it only at its closing brace; there an outer scope
/// or the frame's end closes what was left open and says so.
#define FA_SCRATCH_SCOPE(ctx, name) FAI_SCRATCH_SCOPE(name, fa_scratch_begin(ctx))
#define FA_SCRATCH_SCOPE_AVOIDING(ctx, name, ...) \
    FAI_SCRATCH_SCOPE(name, fa_scratch_begin_avoiding((ctx), __VA_ARGS__))
#define FAI_SCRATCH_SCOPE(name, begun)                                  \
    for (fa_scratch name FA_CLEANUP(fai_scratch_scope_close) = (begun), \
                         *FA_CONCAT(fai_round_, __LINE__) = &name;      \
         FA_CONCAT(fai_round_, __LINE__) != NULL;                       \
         FA_CONCAT(fai_round_, __LINE__) = NULL, FAI_WITHOUT_CLEANUP(fai_scratch_scope_close(&name)))

FA_ENDS_SCRATCH static inline void fai_scratch_scope_close(fa_scratch *scratch)
{
    (void)fai_scratch_end(scratch, scratch->here);
}

/// Scopes that are open now. [owner-thread]
FA_API uint32_t fa_scratch_depth(const fa_context *ctx);

/* ---- named pools --------------------------------------------------------------------------------------- */

/// The context's scratch pool of this name, made when there is none yet: an arena that lives across frames,
/// grows, and is emptied by fa_arena_reset, when you like. It goes with its context, or by fa_arena_destroy.
/// The tag that is current when it is made is charged with its bytes. FA_RETAIN_SCRATCH promotes into it.
/// @return Borrowed; NULL: INVALID_ARGUMENT with FA005 (no name, or longer than FA_SCRATCH_NAME_MAX),
///         OUT_OF_MEMORY, WRONG_THREAD. [owner-thread]
FA_API fa_arena *fai_scratch_pool(fa_context *ctx, const char *name, const char *here);
#define fa_scratch_pool(ctx, name) fai_scratch_pool((ctx), (name), FA_HERE)

FA_EXTERN_C_END

#endif
