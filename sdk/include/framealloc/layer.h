/* layer.h - what a layer above the core needs of it and a program does not: to report in the core's words.
 *
 * The app layer and adapters use it; programs have no need to. Nothing here changes the allocator. */
#ifndef FRAMEALLOC_LAYER_H
#define FRAMEALLOC_LAYER_H

#include "framealloc/context.h"

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

/// Number of tag scopes that are open. [owner-thread]
FA_API uint32_t fai_layer_tag_depth(const fa_context *ctx);

FA_EXTERN_C_END

#endif
