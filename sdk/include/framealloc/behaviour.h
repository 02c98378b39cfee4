/* behaviour.h - memory that is used against its declared lifetime.
 *
 * While diagnostics are on (diagnostics.h), what each tag does is judged over windows of frames. Five things
 * are told, as diagnostics at the end of a window, each once per tag until the thresholds are set again:
 *
 *   FA501  frame blocks that are retained live long afterwards: they were never frame data
 *   FA502  most frame blocks of the tag are retained
 *   FA510  most pool objects are freed in the frame that made them: that is scratch
 *   FA520  something is promoted in most frames: promotion churn
 *   FA530  the heap is used in frames, often
 *
 * Memory is proportional to the number of tags, plus a fixed table per context. Counts are exact; the two
 * tables of recent blocks are bounded, so what is seen of very busy frames is a share of it, never more than
 * there was. */
#ifndef FRAMEALLOC_BEHAVIOUR_H
#define FRAMEALLOC_BEHAVIOUR_H

#include "framealloc/diagnostics.h"

FA_EXTERN_C_BEGIN

/// Above these, behaviour is told. FA_BEHAVIOUR_NEVER in a field switches its code off.
#define FA_BEHAVIOUR_NEVER UINT32_MAX
typedef struct fa_behaviour_thresholds {
    uint32_t start_canary;       ///< leave zero
    uint32_t window_frames;      ///< frames per judgement
    uint32_t min_samples;        ///< events of a tag in a window before it is judged
    uint32_t kept_frames;        ///< FA501: mean age of retained blocks, in frames
    uint32_t kept_percent;       ///< FA502: share of frame blocks that are retained
    uint32_t same_frame_percent; ///< FA510: share of pool objects freed in their own frame
    uint32_t promotion_percent;  ///< FA520: share of frames in which something is promoted
    uint32_t heap_per_window;    ///< FA530: heap allocations inside frames, in a window
    uint32_t end_canary;         ///< leave zero
} fa_behaviour_thresholds;

/// 120 frames; 10 samples; 60 frames, 50 %, 80 %, 50 %, 100. [any-thread]
FA_API fa_behaviour_thresholds fa_behaviour_default(void);
/// For tests and continuous integration: 5 samples; 10 frames, 20 %, 50 %, 20 %, 10. [any-thread]
FA_API fa_behaviour_thresholds fa_behaviour_strict(void);
/// For early development: 50 samples; 300 frames, 80 %, 95 %, 80 %, 1000. [any-thread]
FA_API fa_behaviour_thresholds fa_behaviour_relaxed(void);

/// Judge by these from now on; a new window begins, and everything may be told again.
/// @param thresholds NULL: the default ones. Zero fields take the default's value.
/// @return OK; NOT_FOUND: diagnostics are off; INVALID_DESC with FA103: not initialised; WRONG_THREAD.
/// [owner-thread]
FA_API fa_result fai_behaviour_set(fa_context *ctx, const fa_behaviour_thresholds *thresholds,
                                   const char *here);
#define fa_behaviour_set(ctx, thresholds) fai_behaviour_set((ctx), (thresholds), FA_HERE)

/// One thing that was told. Numbers are what the code counts: frames, percent or allocations.
typedef struct fa_behaviour_issue {
    fa_diagnostic_code code;
    const char *tag;  ///< borrowed until the allocator is destroyed
    const char *here; ///< a line that does it
    uint64_t observed;
    uint64_t expected; ///< at most
    uint64_t samples;  ///< that it was judged by
    uint64_t frame;    ///< in which it was told
    const char *suggestion;
} fa_behaviour_issue;

/// What has been told since the thresholds were set, by tag.
/// @return How many there are; @p out gets at most @p capacity. 0 while diagnostics are off. [owner-thread]
FA_API uint32_t fa_behaviour_issues(const fa_context *ctx, fa_behaviour_issue *out, uint32_t capacity);

FA_EXTERN_C_END

#endif
