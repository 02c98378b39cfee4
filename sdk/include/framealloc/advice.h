/* advice.h - how large frames should be allowed to be, by what they were.
 *
 * Peak, cap and overflows are always known. The 99th percentile is known of the frames that diagnostics have
 * seen (diagnostics.h). A context that is detached after frames ran into their cap says so in the log. */
#ifndef FRAMEALLOC_ADVICE_H
#define FRAMEALLOC_ADVICE_H

#include "framealloc/context.h"
#include "framealloc/snapshot.h"

FA_EXTERN_C_BEGIN

typedef struct fa_frame_advice {
    uint64_t frames;     ///< seen by diagnostics
    uint64_t p99_bytes;  ///< 99 of 100 of them used at most this, to an eighth; FA_UNKNOWN: none was seen
    uint64_t peak_bytes; ///< most used by one frame
    uint64_t cap_bytes;  ///< frame_max_bytes
    uint64_t overflows;  ///< requests that ran into it, whether the heap served them or not
    uint64_t suggested_bytes; ///< for frame_max_bytes: what was wanted, and an eighth, in whole 64 KiB
} fa_frame_advice;

/// @return OK; INVALID_ARGUMENT; WRONG_THREAD. [owner-thread]
FA_API fa_result fa_frame_advice_get(fa_context *ctx, fa_frame_advice *out);

FA_EXTERN_C_END

#endif
