/* behaviour.h - what the judgement of behaviour needs per tag and per context. See the public header. */
#ifndef FAI_BEHAVIOUR_H
#define FAI_BEHAVIOUR_H

#include "core/context.h"
#include "framealloc/behaviour.h"

typedef enum fai_issue {
    FAI_ISSUE_501,
    FAI_ISSUE_502,
    FAI_ISSUE_510,
    FAI_ISSUE_520,
    FAI_ISSUE_530,
    FAI_ISSUES
} fai_issue;

/* Of one tag, in the present window. */
typedef struct fai_behaviour_row {
    uint32_t window; /* the counts are of this one */
    uint32_t frame_allocs;
    uint32_t kept;
    uint32_t pool_allocs;
    uint32_t same_frame_frees;
    uint32_t promoting_frames;
    uint32_t heap_allocs;
    uint32_t ages; /* kept blocks that died in this window, or are old by its end */
    uint64_t age_sum;
    uint64_t last_promotion; /* frame */
    const char *kept_here;
    const char *pool_here;
    const char *heap_here;
    /* Told already; FAI_ISSUES bits. */
    uint32_t told;
    uint32_t observed[FAI_ISSUES];
    uint32_t samples[FAI_ISSUES];
    uint64_t told_frame[FAI_ISSUES];
} fai_behaviour_row;

#define FAI_RECENT 1024u /* power of two */
typedef struct fai_recent {
    const void *p; /* NULL: empty */
    uint64_t frame;
    const char *here;
    fa_tag tag;
} fai_recent;

typedef struct fai_behaviour {
    fa_behaviour_thresholds at;
    uint32_t window;
    uint64_t window_begin;
    fai_behaviour_row *rows; /* one per tag */
    uint32_t row_count;
    fai_recent *pool; /* pool objects of the open frame, FAI_RECENT of them; NULL until one is made */
    fai_recent *kept; /* retained blocks that were taken out of their frame */
} fai_behaviour;

/* Take the memory that will be needed now: a frame under the contract of steady.h shall not pay for being
 * watched. What is refused is tried again later. */
void fai_behaviour_start(fai_context *ctx);
void fai_behaviour_alloc(fai_context *ctx, fa_lifetime lifetime, fa_tag tag, const void *p, const char *here);
void fai_behaviour_free(fai_context *ctx, fa_lifetime lifetime, const void *p);
/* A frame block of @p tag was promoted to @p p. */
void fai_behaviour_kept(fai_context *ctx, fa_tag tag, const void *p, const char *here);
void fai_behaviour_frame_end(fai_context *ctx);
void fai_behaviour_drop(fai_context *ctx);

#endif
