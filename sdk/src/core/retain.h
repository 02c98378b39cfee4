/* retain.h - the retained blocks of a context, as its frames see them. */
#ifndef FAI_RETAIN_H
#define FAI_RETAIN_H

#include "core/context.h"
#include "framealloc/retain.h"

/* At the frame's end, after its on-end calls. Afterwards nothing is pending. */
void fai_retain_frame_ended(fai_context *ctx, bool promote);
/* Before a rewind: forget blocks that lie behind @p cursor, or fell through to the heap as number
 * @p oversize_from or later. */
void fai_retain_rewound(fai_context *ctx, uintptr_t cursor, uint32_t oversize_from);
/* A block that ended at @p old_end ends at @p new_end now. */
void fai_retain_shrunk(fai_context *ctx, uintptr_t new_end, uintptr_t old_end);
/* Bytes retained under a tag in the open frame, and not promoted yet. */
size_t fai_retained_tag_bytes(const fai_context *ctx, fa_tag tag);
/* The context is parked: ids end. */
void fai_retain_give_up(fai_context *ctx);

#endif
