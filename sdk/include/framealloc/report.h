/* report.h - snapshots as files: JSON, schema version 1. Library framealloc::report, which needs cJSON.
 *
 *     fa_report *report = NULL;
 *     fa_report_create(ctx, &(fa_report_desc){.path = "memory.json", .request_path = "memory.request"},
 * &report);
 *     ...
 *     fa_frame_end(ctx);
 *     fa_report_frame_end(report, ctx); // usually: reads the clock, nothing else
 *
 * A snapshot is written at frame ends only: when the request file appears (it is removed), every interval_ms,
 * or on call. It is one file at the given path, complete or as it was before: written beside it under another
 * name, then renamed. Nothing is ever written through a link or onto anything that is not a regular file, and
 * no temporary file is left.
 *
 * Schema: version, timestamp, frame, duration_us, summary, threads, tags, promotions, transfers, deferred,
 * diagnostics as in the original framealloc, filled from the allocator; what is not known is null (the
 * promotion rate while diagnostics are off, the age of what is not frame memory). Added members: allocator,
 * accounting figures in summary, and in each tag tree_bytes, peak_bytes and fingerprint.
 *
 * An error of the file system is a result, never a diagnostic; fa_report_error says which call on which file
 * failed. */
#ifndef FRAMEALLOC_REPORT_H
#define FRAMEALLOC_REPORT_H

#include "framealloc/snapshot.h"

FA_EXTERN_C_BEGIN

typedef struct fa_report fa_report;

#define FA_REPORT_PATH_MAX 1000

typedef struct fa_report_desc {
    uint32_t start_canary;    ///< leave zero
    const char *path;         ///< copied; of the file
    const char *request_path; ///< copied; a regular file whose appearance asks for a snapshot. NULL: none
    uint32_t interval_ms;     ///< write this often. Default 0: only when asked
    uint32_t min_interval_ms; ///< never more often. Default 500
    uint32_t request_poll_ms; ///< look for the request file this often. Default 250
    uint32_t
        keep_count; ///< files kept: path, path.1, path.2 ... with the newest first. At most 100. Default 1
    uint32_t end_canary; ///< leave zero
} fa_report_desc;

/// @return OK; INVALID_ARGUMENT; INVALID_DESC with FA103; OUT_OF_MEMORY; WRONG_THREAD. On failure @p out is
/// NULL. [owner-thread]
FA_API fa_result fai_report_create(fa_context *ctx, const fa_report_desc *desc, fa_report **out,
                                   const char *here);
/// fa_report_create(ctx, desc, out); written so that a compound literal with commas may stand for the desc.
#define fa_report_create(ctx, ...) fai_report_create((ctx), __VA_ARGS__, FA_HERE)
/// NULL is fine. Files stay. [owner-thread]
FA_API void fa_report_destroy(fa_report *report);

/// To be called after each fa_frame_end: writes a snapshot if one is due. The time since the last call is its
/// duration.
/// @return OK: written, or none was due; IO: see fa_report_error; OUT_OF_MEMORY; FRAME_OPEN with FA603;
/// WRONG_THREAD. [frame-boundary]
FA_API fa_result fai_report_frame_end(fa_report *report, fa_context *ctx, const char *here);
#define fa_report_frame_end(report, ctx) fai_report_frame_end((report), (ctx), FA_HERE)
/// Write a snapshot now.
/// @return As fa_report_frame_end; BUSY: the last one is younger than min_interval_ms.
/// [frame-boundary]
FA_API fa_result fai_report_write(fa_report *report, fa_context *ctx, const char *here);
#define fa_report_write(report, ctx) fai_report_write((report), (ctx), FA_HERE)

/// What the last failed call ran into: "rename memory.json: Permission denied (13)". "" when none failed.
/// Borrowed until the next call. [owner-thread]
FA_API const char *fa_report_error(const fa_report *report);
/// The system's number of that error, 0 when none failed. [owner-thread]
FA_API int fa_report_error_number(const fa_report *report);
/// Snapshots written so far. [owner-thread]
FA_API uint64_t fa_report_written_count(const fa_report *report);

/// A snapshot as JSON text, one object, ending in a newline.
/// @return Its length without the final NUL, to be freed with fa_report_json_free; 0 and NULL: no memory.
/// [any-thread]
FA_API size_t fa_report_json(const fa_snapshot *snapshot, char **out);
FA_API void fa_report_json_free(char *json);

FA_EXTERN_C_END

#endif
