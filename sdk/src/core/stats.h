/* stats.h - the parts of tag figures, for whoever wants those of all tags at once. The contexts lock is held.
 */
#ifndef FAI_STATS_H
#define FAI_STATS_H

#include "framealloc/tag.h"

/* What one context took less what it gave back: of other contexts' objects too, so that single figures may
 * wrap below zero. */
typedef struct fai_context_share {
    uint64_t frame_bytes;
    uint64_t pool_bytes;
    uint64_t pool_objects;
} fai_context_share;
struct fai_context;
void fai_stats_context(const struct fai_context *ctx, fai_context_share *out);

/* Path and own bytes; the tree's are the same so far. */
void fai_stats_self(fa_allocator *allocator, fa_tag tag, fa_tag_stats *out);
void fai_stats_add(fa_tag_bytes *sum, const fa_tag_bytes *more);
/* A tree's peak is the most in one frame, not the sum of its tags' peaks. */
void fai_stats_tree_peak(fa_allocator *allocator, fa_tag tag, fa_tag_stats *out);

#endif
