/* phase.h - named parts of a frame: how many bytes and how much time each of them takes.
 *
 *     FA_PHASE_SCOPE(ctx, physics) { ... }
 *
 * A phase is interned once per allocator and may be entered any number of times per frame; phases nest. Bytes
 * are frame bytes, padding included, exact: differences of the cursor where the phase begins and ends. What
 * is rewound inside a phase does not count. Time is read from the processor's counter where it is steady.
 * `self` leaves out what inner phases took. Nothing is paid per allocation; a scope costs two readings of the
 * counter. */
#ifndef FRAMEALLOC_PHASE_H
#define FRAMEALLOC_PHASE_H

#include "framealloc/frame.h"

FA_EXTERN_C_BEGIN

typedef uint32_t fa_phase;
#define FA_PHASE_NONE ((fa_phase)0)
#define FA_PHASE_INVALID ((fa_phase)UINT32_MAX)
/// Most phases of an allocator, FA_PHASE_NONE not counted.
#define FA_PHASE_MAX ((fa_phase)63)
/// Longest name, in bytes without the NUL.
#define FA_PHASE_NAME_MAX 47
/// Deepest nesting in one context.
#define FA_PHASE_DEPTH_MAX 16

/// The phase of a name; the same name always gives the same phase.
/// @return FA_PHASE_INVALID: NULL, empty, too long, or more than FA_PHASE_MAX. [any-thread]
FA_API fa_phase fa_phase_intern(fa_allocator *allocator, const char *name);
/// Its name, NULL for what is no phase; borrowed until the allocator is destroyed. [any-thread]
FA_API const char *fa_phase_name(const fa_allocator *allocator, fa_phase phase);

/// Enter a phase of the open frame.
/// @return OK; NO_FRAME with FA001; INVALID_ARGUMENT with FA005: not a phase; FULL with FA804: deeper than
/// FA_PHASE_DEPTH_MAX; OUT_OF_MEMORY; WRONG_THREAD. Then nothing was entered. [owner-thread]
FA_API fa_result fai_phase_begin(fa_context *ctx, fa_phase phase, const char *here);
#define fa_phase_begin(ctx, phase) fai_phase_begin((ctx), (phase), FA_HERE)
/// Leave the innermost phase. A frame's end leaves what is open and says so (FA804).
/// @return OK; UNBALANCED with FA804: none is open; WRONG_THREAD. [owner-thread]
FA_API fa_result fai_phase_end(fa_context *ctx, const char *here);
#define fa_phase_end(ctx) fai_phase_end((ctx), FA_HERE)
/// The innermost open phase, FA_PHASE_NONE when there is none. [owner-thread]
FA_API fa_phase fa_phase_current(const fa_context *ctx);

/// Figures of one phase. Those of a frame are of the last frame in which a context left the phase.
typedef struct fa_phase_stats {
    const char *name;
    uint64_t runs;           ///< times it was left
    uint64_t frames;         ///< frames in which it was left, of all contexts
    size_t frame_bytes;      ///< in that last frame, inner phases included; summed over contexts
    size_t self_frame_bytes; ///< the same without inner phases
    size_t peak_frame_bytes; ///< most in one frame of one context
    uint64_t total_bytes;    ///< of all frames
    int64_t frame_ns;        ///< time in that last frame, inner phases included
    int64_t self_frame_ns;   ///< the same without inner phases
    int64_t max_ns;          ///< longest time in one frame of one context
    int64_t total_ns;        ///< of all frames
} fa_phase_stats;

/// Summed over all contexts. @return OK; NOT_FOUND: not a phase; INVALID_ARGUMENT. [any-thread]
FA_API fa_result fa_phase_stats_get(fa_allocator *allocator, fa_phase phase, fa_phase_stats *out);
/// Of one context. @return As fa_phase_stats_get; WRONG_THREAD. [owner-thread]
FA_API fa_result fa_context_phase_stats_get(fa_context *ctx, fa_phase phase, fa_phase_stats *out);

/// A scope that ends however it is left: break, continue, return, goto out of it. See FA_TAG_SCOPE.
#define FA_PHASE_SCOPE(ctx, phase)                                                              \
    for (fai_phase_scope FA_CONCAT(fai_phase_, __LINE__)                                        \
             FA_CLEANUP(fai_phase_scope_close) = fai_phase_scope_open((ctx), (phase), FA_HERE); \
         FA_CONCAT(fai_phase_, __LINE__).running; fai_phase_scope_close(&FA_CONCAT(fai_phase_, __LINE__)))

typedef struct fai_phase_scope {
    fa_context *ctx;
    const char *here;
    bool running; ///< the body has not ended yet
    bool entered;
} fai_phase_scope;

static inline fai_phase_scope fai_phase_scope_open(fa_context *ctx, fa_phase phase, const char *here)
{
    fai_phase_scope scope;
    scope.ctx = ctx;
    scope.here = here;
    scope.running = true;
    scope.entered = fai_phase_begin(ctx, phase, here) == FA_RESULT_OK;
    return scope;
}

static inline void fai_phase_scope_close(fai_phase_scope *scope)
{
    if (scope->running && scope->entered) {
        (void)fai_phase_end(scope->ctx, scope->here);
    }
    scope->running = false;
}

FA_EXTERN_C_END

#endif
