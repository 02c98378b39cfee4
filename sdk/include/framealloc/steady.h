/* steady.h - a contract: from now on, no frame goes to the system.
 *
 * After its warm-up a steady game loop has all the memory it needs. fa_steady_begin says that this point is
 * reached. From then on each of these, in a frame or at its boundaries, breaks the contract:
 *   - a call of the backing (reserve, commit, decommit, release, advise), which is every call of the system
 * for memory;
 *   - frame memory that was never used before: a page fault on its first touch;
 *   - a frame request that falls through to the heap.
 * At the frame's end one diagnostic FA540 per call site says what happened there. Between frames nothing is
 * judged.
 *
 * Page faults of the thread are counted by the system for all of the program: fa_steady_frame gives the count
 * of the last frame, but only fresh frame memory is held against the SDK. While the contract is on, each
 * boundary asks the system for that count: one call at each. Off, nothing of this costs anything. */
#ifndef FRAMEALLOC_STEADY_H
#define FRAMEALLOC_STEADY_H

#include "framealloc/context.h"

FA_EXTERN_C_BEGIN

/// Begin the contract. Contexts of the calling thread, and those attached later, are judged from their next
/// frame on; those of other threads from the next boundary at which they look after their pages, within
/// keep_window_frames. Beginning again starts the figures over.
/// @return OK; INVALID_ARGUMENT. [any-thread]
FA_API fa_result fa_steady_begin(fa_allocator *allocator);
/// End it. Figures stay until the next begin. @return OK; INVALID_ARGUMENT. [any-thread]
FA_API fa_result fa_steady_end(fa_allocator *allocator);
/// Is the contract on? [any-thread]
FA_API bool fa_steady_is_on(const fa_allocator *allocator);

/* X(name, meaning): all uint64_t, of one frame of one context */
#define FA_STEADY_FRAME_TABLE(X)                                      \
    X(frame, "its index; 0: no frame has been judged")                \
    X(backing_calls, "calls of the backing")                          \
    X(fresh_pages, "pages of frame memory used for the first time")   \
    X(heap_fallbacks, "frame requests that fell through to the heap") \
    X(page_faults,                                                    \
      "of the thread, from begin to end, whoever caused them; UINT64_MAX: the system does not say")

typedef struct fa_steady_frame {
#define FA_X(name, meaning) uint64_t name;
    FA_STEADY_FRAME_TABLE(FA_X)
#undef FA_X
} fa_steady_frame;

/// The last frame of a context that ended under the contract.
/// @return OK; INVALID_ARGUMENT; WRONG_THREAD. [owner-thread]
FA_API fa_result fa_steady_frame_get(fa_context *ctx, fa_steady_frame *out);

/* X(name, meaning): all uint64_t, of all contexts since the contract began */
#define FA_STEADY_STATS_TABLE(X)                                    \
    X(frames, "frames judged")                                      \
    X(broken_frames, "frames that broke the contract")              \
    X(backing_calls, "calls of the backing in them")                \
    X(fresh_pages, "pages of frame memory used for the first time") \
    X(heap_fallbacks, "frame requests that fell through to the heap")

typedef struct fa_steady_stats {
#define FA_X(name, meaning) uint64_t name;
    FA_STEADY_STATS_TABLE(FA_X)
#undef FA_X
} fa_steady_stats;

/// @return OK; INVALID_ARGUMENT. [any-thread]
FA_API fa_result fa_steady_stats_get(const fa_allocator *allocator, fa_steady_stats *out);

FA_EXTERN_C_END

#endif
