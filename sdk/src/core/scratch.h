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
/* The same without the bytes of the topmost scope of each arena, which is the arena's tag. */
size_t fai_scratch_outer_tag_bytes(const fai_context *ctx, fa_tag tag);
/* Of one arena: what lies before its topmost scope; 0 for arenas that are not for scopes. */
size_t fai_scratch_outer_bytes(const fai_arena *arena);
/* An arena of scopes is about to be rewound to a mark. */
void fai_scratch_rewinds(fai_arena *arena, uintptr_t cursor);
/* Close every scope. */
void fai_scratch_close_all(fai_context *ctx);
/* Give back pages above the recent peak, or above @p keep_limit, of arenas that are not in use. */
void fai_scratch_look_after_pages(fai_context *ctx, size_t keep_limit);
/* The pool of this name, or NULL. */
fai_arena *fai_scratch_pool_find(const fai_context *ctx, const char *name);

#endif
