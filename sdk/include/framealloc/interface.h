/* interface.h - an allocator as three functions, to hand to third-party code.
 *
 * Whatever wants `malloc`, `realloc`, `free` and a user pointer can live in a frame, a pool, the heap or an
 * arena. The table is a plain value: copy it, keep it as long as its context or arena lives. Everything is
 * charged to the tag that is current (an arena: to its own), counts in budgets and is refused as the family's
 * own functions refuse it; call it on the thread that owns the context.
 *
 * Alignment 0 means FA_ALIGN_DEFAULT. In frames and arenas `free` is accepted and does nothing: the memory
 * ends with the frame, or with the arena's reset. */
#ifndef FRAMEALLOC_INTERFACE_H
#define FRAMEALLOC_INTERFACE_H

#include "framealloc/arena.h"
#include "framealloc/context.h"

FA_EXTERN_C_BEGIN

typedef struct fa_interface {
    /// As malloc, with an alignment. NULL: refused; fa_context_last_result says why.
    void *(*alloc)(void *user, size_t size_bytes, size_t align_bytes);
    /// As realloc, with the old size and the alignment. @p p may be NULL. NULL: refused, and @p p is as it
    /// was. Only frames and arenas need @p old_bytes; the others know it. The alignment must be that of the
    /// block.
    void *(*realloc)(void *user, void *p, size_t old_bytes, size_t new_bytes, size_t align_bytes);
    /// As free. @p size_bytes may be 0 where it is not known. NULL is fine.
    void (*free)(void *user, void *p, size_t size_bytes);
    void *user;
} fa_interface;

/// Memory of the open frame. [owner-thread]
FA_API fa_interface fa_frame_interface(fa_context *ctx);
/// Pool objects; reallocation moves them where they do not fit their place. [owner-thread]
FA_API fa_interface fa_pool_interface(fa_context *ctx);
/// Heap blocks. [owner-thread]
FA_API fa_interface fa_heap_interface(fa_context *ctx);
/// Memory of an arena. [owner-thread]
FA_API fa_interface fa_arena_interface(fa_arena *arena);

FA_EXTERN_C_END

#endif
