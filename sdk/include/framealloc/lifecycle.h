/* lifecycle.h - being told what becomes of frames, cross-thread frees, transfers and limits.
 *
 * A listener is a function with a set of kinds. It hears one context, or every context of an allocator, and
 * runs on the thread that owns the context, right after the thing has happened. While a context has no
 * listener nothing is called, and its frame boundaries take the short way as if this did not exist.
 *
 * A listener may allocate and free. What it causes is not told again (counted in fa_lifecycle_dropped), and
 * frame boundaries of its context inside it are the program's own affair. It may not detach or hand over its
 * context, nor destroy the allocator (REENTRANT with FA105, BUSY with FA104). (Not to be confused with the
 * events of the app layer.) */
#ifndef FRAMEALLOC_LIFECYCLE_H
#define FRAMEALLOC_LIFECYCLE_H

#include "framealloc/context.h"

FA_EXTERN_C_BEGIN

/// Most listeners of one context, those of its allocator among them.
#define FA_LIFECYCLE_MAX 8

/* X(name, meaning of bytes and count) */
#define FA_LIFECYCLE_TABLE(X)                                                                           \
    X(FRAME_BEGIN, "a frame began")                                                                     \
    X(FRAME_END, "a frame ended; bytes: what it used")                                                  \
    X(FREE_QUEUED,                                                                                      \
      "an object of another context was freed and is on its way; bytes: as asked for, count: 1")        \
    X(FREES_PROCESSED, "objects that others freed came home; count: how many")                          \
    X(TRANSFER_SENT, "a block was sent; bytes: its size")                                               \
    X(TRANSFER_RECEIVED, "a block was received or taken back; bytes: its size")                         \
    X(PRESSURE, "a request found no memory: what is kept for speed is given up, and it is tried again") \
    X(BUDGET_EXCEEDED, "a limit was passed or held; bytes: asked for, count: 1 where it was held")

typedef enum fa_lifecycle_kind {
#define FA_X(name, meaning) FA_LIFECYCLE_##name,
    FA_LIFECYCLE_TABLE(FA_X)
#undef FA_X
        FA_LIFECYCLE_COUNT
} fa_lifecycle_kind;

/// A set of kinds: FA_LIFECYCLE_BIT(FA_LIFECYCLE_FRAME_END) | ...
#define FA_LIFECYCLE_BIT(kind) (1u << (kind))
#define FA_LIFECYCLE_ALL ((1u << FA_LIFECYCLE_COUNT) - 1u)

typedef struct fa_lifecycle_event {
    fa_lifecycle_kind kind;
    fa_context *ctx;  ///< the context it happened to, owned by the calling thread
    uint64_t frame;   ///< index of its open or last frame
    size_t bytes;     ///< see the table; else 0
    size_t count;     ///< see the table; else 0
    const char *here; ///< call site, or NULL
} fa_lifecycle_event;

typedef struct fa_lifecycle_listener {
    void (*fn)(void *user, const fa_lifecycle_event *event);
    void *user;
    uint32_t kinds; ///< FA_LIFECYCLE_BIT of each; 0: all
} fa_lifecycle_listener;

/// Listen to one context. Listeners are called in the order in which they came.
/// @return OK; FULL: FA_LIFECYCLE_MAX; EXISTS: the same fn and user listen already; INVALID_ARGUMENT with
/// FA005 (no fn); WRONG_THREAD with FA206. [owner-thread]
FA_API fa_result fai_lifecycle_listen(fa_context *ctx, fa_lifecycle_listener listener, const char *here);
#define fa_lifecycle_listen(ctx, listener) fai_lifecycle_listen((ctx), (listener), FA_HERE)

/// Stop listening to one context: nothing is called after this returns.
/// @return OK; NOT_FOUND; WRONG_THREAD with FA206.
/// [owner-thread]
FA_API fa_result fai_lifecycle_unlisten(fa_context *ctx,
                                        void (*fn)(void *user, const fa_lifecycle_event *event), void *user,
                                        const char *here);
#define fa_lifecycle_unlisten(ctx, fn, user) fai_lifecycle_unlisten((ctx), (fn), (user), FA_HERE)

/// Listen to every context: those of the calling thread, and all that attach from now on.
/// @return OK; BUSY: another thread is attached; FULL; EXISTS; INVALID_ARGUMENT.
/// [startup]
FA_API fa_result fa_lifecycle_listen_all(fa_allocator *allocator, fa_lifecycle_listener listener);
/// @return OK; BUSY: another thread is attached; NOT_FOUND; INVALID_ARGUMENT.
/// [startup]
FA_API fa_result fa_lifecycle_unlisten_all(fa_allocator *allocator,
                                           void (*fn)(void *user, const fa_lifecycle_event *event),
                                           void *user);

/// Events of this context that were not told because a listener caused them. [owner-thread]
FA_API uint64_t fa_lifecycle_dropped(const fa_context *ctx);
/// "FRAME_BEGIN"; never NULL. [any-thread]
FA_API const char *fa_lifecycle_name(fa_lifecycle_kind kind);

/* ---- figures per thread -------------------------------------------------------------------------------- */

/// One context as others may see it: as of its last scope or frame boundary.
typedef struct fa_thread_stats {
    char context[32];
    char thread[64];           ///< name of the thread that owns it
    uint64_t frames;           ///< ended
    uint64_t last_frame_bytes; ///< used by the last frame that ended
    uint64_t peak_frame_bytes; ///< most used by one frame
    uint64_t frees_processed;  ///< own objects that others freed and that came home
    uint64_t transfers_sent;
    uint64_t transfers_received;
} fa_thread_stats;

/// Figures of every attached context.
/// @return How many there are; the first @p capacity of them are written to @p out.
/// [any-thread]
FA_API size_t fa_thread_stats_list(fa_allocator *allocator, fa_thread_stats *out, size_t capacity);

FA_EXTERN_C_END

#endif
