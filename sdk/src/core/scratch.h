/* scratch.h - the stack of scratch scopes of a context, as its frames, figures and retained blocks see it. */
#ifndef FAI_SCRATCH_H
#define FAI_SCRATCH_H

#include "core/arena.h"
#include "framealloc/scratch.h"

/* At the frame's end: close what was begun in it; FA804 unless @p report is false. */
void fai_scratch_frame_ended(fai_context *ctx, const char *here, bool report);
/* The context is parked: its stack goes back. */
void fai_scratch_give_up(fai_context *ctx);
/* Bytes in open scopes of a tag. Owner only. */
size_t fai_scratch_tag_bytes(const fai_context *ctx, fa_tag tag);
/* Give back pages above the recent peak, or above @p keep_limit, of arenas that are not in use. */
void fai_scratch_look_after_pages(fai_context *ctx, size_t keep_limit);
/* The pool of this name, or NULL. */
fai_arena *fai_scratch_pool_find(const fai_context *ctx, const char *name);

#endif
