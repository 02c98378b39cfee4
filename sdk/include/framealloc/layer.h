/* layer.h - what a layer above the core needs of it and a program does not: to report in the core's words.
 *
 * The app layer and adapters use it; programs have no need to. Nothing here changes the allocator. */
#ifndef FRAMEALLOC_LAYER_H
#define FRAMEALLOC_LAYER_H

#include "framealloc/tag.h"

FA_EXTERN_C_BEGIN

/// A diagnostic of a layer; zero and NULL where nothing is known.
typedef struct fai_layer_report {
    fa_diagnostic_code code;
    fa_result result;        ///< what the call is going to return
    fa_allocator *allocator; ///< whose handler is told
    fa_context *ctx; ///< gives frame and tag, and remembers the result; may be NULL or another thread's
    const char *here;
    const char *earlier;
} fai_layer_report;

/// Send a diagnostic to the allocator's handler and act on its strictness.
/// @param format As printf's.
/// @return report->result.
/// [any-thread]
FA_API fa_result fai_layer_report_send(const fai_layer_report *report, const char *format, ...)
    FA_PRINTF(2, 3);

/// Send FA103 while there is no allocator yet, to the hooks of the desc that was to make one.
/// @return INVALID_DESC.
/// [any-thread]
FA_API fa_result fai_layer_report_desc(const fa_allocator_desc *desc, const char *here, const char *problems);

/// Write a log item through the allocator's hook.
/// @param format As printf's.
/// [any-thread]
FA_API void fai_layer_log(fa_allocator *allocator, fa_log_item item, const char *format, ...) FA_PRINTF(3, 4);

/// Nanoseconds of a clock that never goes back. [any-thread]
FA_API int64_t fai_layer_now_ns(void);

/// A tag scope around a piece of work whose bytes and time are wanted: one call before it, one after it.
typedef struct fai_layer_scope {
    size_t frame_bytes; ///< when closed: frame bytes taken since it was opened, padding included
    uint64_t end_ticks; ///< when closed: fai_layer_ticks at that moment; the end of one may serve as the
                        ///< beginning of the next
    uint64_t frame;     ///< private, as all that follows
    uintptr_t cursor;
    size_t oversize_bytes;
    uint32_t depth;
    uint32_t serial;
    bool pushed;
} fai_layer_scope;

/// Open: fa_tag_push, and a note of where the frame stands. @p scope is filled in whatever the result.
/// @return As fa_tag_push; after an error there is no scope, and closing measures all the same.
/// [owner-thread]
FA_API fa_result fai_layer_scope_open(fa_context *ctx, fa_tag tag, const char *here, fai_layer_scope *scope);
/// Close: read what was taken, and pop the tag.
/// @return False: the tag stack is not as it was after opening (the work left scopes open, or closed too
/// many): nothing was popped, and what was taken is filled in.
/// [owner-thread]
FA_API bool fai_layer_scope_close(fa_context *ctx, fai_layer_scope *scope, const char *here);

/// Close one scope and open the next, as both calls above would, for work that comes in rows. What the first
/// one measured is in @p scope, which stands for the second one from now on.
/// @return False: nothing was done; it takes the two calls.
/// [owner-thread]
FA_API bool fai_layer_scope_next(fa_context *ctx, fai_layer_scope *scope, fa_tag tag, const char *here);

/// The cheapest clock there is, in units of its own: about 7 ns where the processor has a steady counter.
/// Differences of two readings are what it is for. [any-thread]
FA_API uint64_t fai_layer_ticks(const fa_allocator *allocator);
/// A difference of fai_layer_ticks in nanoseconds, within 0.1 %. [any-thread]
FA_API int64_t fai_layer_ticks_to_ns(const fa_allocator *allocator, uint64_t ticks);

/// Remember why a call of this thread was refused, where there is nothing to report. @return @p result.
/// [owner-thread]
FA_API fa_result fai_layer_refuse(fa_context *ctx, fa_result result);

/// Number of tag scopes that are open. [owner-thread]
FA_API uint32_t fai_layer_tag_depth(const fa_context *ctx);

FA_EXTERN_C_END

#endif
