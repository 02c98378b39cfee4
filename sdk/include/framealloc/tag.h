/* tag.h - which subsystem uses how much.
 *
 * A tag is a path such as "physics/contacts", interned once per allocator; its ancestors are interned with
 * it. Each context has a stack of tags: the top one is charged with what is allocated. Pushing does not
 * concatenate.
 *
 * Frame bytes are cursor differences, taken when a scope opens or closes: no cost per allocation, exact to
 * the byte, alignment padding included. Pool and heap are charged the size asked for, and give it back to the
 * tag that took it, whoever frees. What is allocated under no tag is charged to FA_TAG_NONE, which is a row
 * like any other: "untagged". */
#ifndef FRAMEALLOC_TAG_H
#define FRAMEALLOC_TAG_H

#include "framealloc/context.h"

FA_EXTERN_C_BEGIN

/// Dense number of an interned path, the same in all contexts of an allocator. At most FA_TAG_MAX of them.
typedef uint32_t fa_tag;
#define FA_TAG_NONE ((fa_tag)0)
#define FA_TAG_MAX ((fa_tag)65535)
#define FA_TAG_INVALID ((fa_tag)UINT32_MAX)
/// Longest path, in bytes without the NUL.
#define FA_TAG_PATH_MAX 255
/// Deepest stack of open scopes in one context.
#define FA_TAG_DEPTH_MAX 64

/// The tag of a path; the same path always gives the same tag. Segments are separated by '/', are not empty,
/// and hold no control characters.
/// @return FA_TAG_INVALID: not a path, too long, more than FA_TAG_MAX tags, or no memory.
/// [any-thread]
FA_API fa_tag fa_tag_intern(fa_allocator *allocator, const char *path);
/// Its path, "untagged" for FA_TAG_NONE, NULL for what is no tag. Borrowed until the allocator is destroyed.
/// [any-thread]
FA_API const char *fa_tag_path(const fa_allocator *allocator, fa_tag tag);
/// The tag one segment up; FA_TAG_NONE at the root. [any-thread]
FA_API fa_tag fa_tag_parent(const fa_allocator *allocator, fa_tag tag);
/// Number of tags, FA_TAG_NONE included: valid tags are 0 to count - 1. [any-thread]
FA_API uint32_t fa_tag_count(const fa_allocator *allocator);

/// Open a scope: what follows is charged to @p tag. May be called with or without an open frame.
/// @return OK; INVALID_ARGUMENT with FA005: not a tag of this allocator; FULL with FA804: deeper than
/// FA_TAG_DEPTH_MAX; OUT_OF_MEMORY;
///         WRONG_THREAD. Then nothing was pushed.
/// [owner-thread]
FA_PUSHES_TAG FA_API fa_result fai_tag_push(fa_context *ctx, fa_tag tag, const char *here);
#define fa_tag_push(ctx, tag) fai_tag_push((ctx), (tag), FA_HERE)
/// Close the innermost scope. @return OK; UNBALANCED with FA804: none is open; WRONG_THREAD. [owner-thread]
FA_POPS_TAG FA_API fa_result fai_tag_pop(fa_context *ctx, const char *here);
#define fa_tag_pop(ctx) fai_tag_pop((ctx), FA_HERE)
/// The innermost open tag, FA_TAG_NONE when there is none. [owner-thread]
FA_API fa_tag fa_tag_current(const fa_context *ctx);

/// A scope that closes however it is left: break, continue, return, goto out of it.
///     FA_TAG_SCOPE(ctx, physics) { ... }
/// Compilers without the cleanup attribute close it only at its end; there the frame's end closes what was
/// left open and says so.
#define FA_TAG_SCOPE(ctx, tag)                                                            \
    for (fai_tag_scope FA_CONCAT(fai_scope_, __LINE__)                                    \
             FA_CLEANUP(fai_tag_scope_close) = fai_tag_scope_open((ctx), (tag), FA_HERE); \
         FA_CONCAT(fai_scope_, __LINE__).running; fai_tag_scope_close(&FA_CONCAT(fai_scope_, __LINE__)))

typedef struct fai_tag_scope {
    fa_context *ctx;
    const char *here;
    bool running; ///< the body has not ended yet
    bool pushed;
} fai_tag_scope;

FA_PUSHES_TAG static inline fai_tag_scope fai_tag_scope_open(fa_context *ctx, fa_tag tag, const char *here)
{
    fai_tag_scope scope;
    scope.ctx = ctx;
    scope.here = here;
    scope.running = true;
    scope.pushed = fai_tag_push(ctx, tag, here) == FA_RESULT_OK;
    return scope;
}

FA_POPS_TAG static inline void fai_tag_scope_close(fai_tag_scope *scope)
{
    if (scope->running && scope->pushed) {
        (void)fai_tag_pop(scope->ctx, scope->here);
    }
    scope->running = false;
}

/// Bytes of one tag, summed over all contexts. `tree` counts the tag and everything below it, `self` the tag
/// alone. Frame figures of other threads' open frames are as of their last scope boundary.
typedef struct fa_tag_bytes {
    size_t frame_bytes;         ///< in open frames now
    size_t last_frame_bytes;    ///< in the last frame that ended, summed over contexts
    size_t peak_frame_bytes;    ///< most in one frame of one context, taken when a scope closes (self) and at
                                ///< the frame's end
    size_t average_frame_bytes; ///< per frame, over all frames that a context ended; summed over contexts
    size_t pool_bytes;          ///< live, as asked for
    size_t heap_bytes;          ///< live, as asked for
    size_t arena_bytes;         ///< in arenas made under this tag, and in scratch scopes begun under it
    size_t peak_scratch_bytes;  ///< most in one scratch scope, taken when it ends
    size_t retained_bytes;      ///< of frame_bytes, retained and not promoted yet; of the calling thread's
                                ///< contexts. Promoted, they count where they went to
} fa_tag_bytes;

typedef struct fa_tag_stats {
    const char *path; ///< borrowed until the allocator is destroyed
    fa_tag_bytes self;
    fa_tag_bytes tree;
} fa_tag_stats;

/// @return OK; NOT_FOUND: not a tag of this allocator; INVALID_ARGUMENT.
/// [any-thread]
FA_API fa_result fa_tag_stats_get(fa_allocator *allocator, fa_tag tag, fa_tag_stats *out);

/// The same of one context: what it took less what it gave back, so that pool_bytes wraps below zero where it
/// freed what others took; the sum over contexts is what fa_tag_stats_get says. Heap blocks are not counted
/// by context: heap_bytes is SIZE_MAX.
/// @return OK; NOT_FOUND: not a tag of its allocator; INVALID_ARGUMENT; WRONG_THREAD with FA206.
/// [owner-thread]
FA_API fa_result fa_context_tag_stats_get(fa_context *ctx, fa_tag tag, fa_tag_stats *out);

FA_EXTERN_C_END

#endif
