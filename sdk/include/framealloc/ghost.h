/* ghost.h - ended frames that nobody can touch: use after the frame's end traps, and says whose memory it
 * was.
 *
 * While ghost frames are on, each frame gets addresses of its own from a window of address space, terabytes
 * large. When it ends its memory goes back to the system, but its addresses stay mapped without access and
 * are not used again until the window has been slid through. A pointer into an ended frame therefore traps at
 * its first use, frames or hours later, and the trap prints what it pointed to:
 *
 *     framealloc: error[FA606]: use after the frame's end
 *       accessed 0x7b5d56c3003c, 60 bytes into a block of 96 bytes, tag enemies/paths
 *       allocated at game/enemies.c:8 in frame 4 of context main, which ended in frame 4
 *       now frame 9, thread enemies (17798), instruction 0x55a8cfe67180
 *
 * Then the default action goes on: the debugger stops, the core is dumped, or the handler that was there
 * before runs.
 *
 * It is switched at run time, per context. All frames: for the hunt. One frame in n: for release builds; a
 * frame in between runs as if nothing was on. Requests that fell through to the heap are not covered.
 *
 * Arenas and tickets take part while all frames are ghosts, scratch scopes also when their frame is one that
 * was chosen: their contents trap once the arena has been reset or the outermost scope of it has ended, each
 * time at addresses of their own. What an arena held when ghosts were turned on is not covered until its next
 * reset.
 *
 * Memory rewound inside (checkpoints, inner scratch scopes, marks) traps too, as far as it covers whole
 * pages, until it is handed out again.
 *
 * What is remembered of each block (site, tag, size) is kept in a record store of bounded size; alike blocks
 * in a row share a record. When store or window have been gone through, the oldest frames are forgotten: a
 * trap in them is then no longer ours, but an address without access all the same.
 *
 * The trap needs a signal handler, which is per process: the one thing of the SDK that is. It is installed
 * with the first context that turns ghost frames on, removed with the last (if nobody has installed one above
 * it), and passes on what is not ours. */
#ifndef FRAMEALLOC_GHOST_H
#define FRAMEALLOC_GHOST_H

#include "framealloc/block.h"

FA_EXTERN_C_BEGIN

/// What a trap knows. Strings are borrowed for the call.
typedef struct fa_ghost_trap {
    const void *address;     ///< that was accessed
    uintptr_t instruction;   ///< that accessed it; 0: not known
    bool rewound;            ///< of a frame that is still open: it was rewound
    bool block_known;        ///< the next four are valid
    const void *start;       ///< of the block
    size_t bytes;            ///< asked for
    const char *tag;         ///< its path
    const char *here;        ///< where it was allocated
    const char *context;     ///< name of the context
    const char *arena;       ///< name of the arena or scratch it lay in; NULL: it lay in a frame
    uint64_t born;           ///< frame in which it was allocated
    uint64_t died;           ///< frame with whose end (or, in flight, begin) it ended
    uint64_t now;            ///< the context's open or last frame
    uint64_t thread;         ///< system's number of the thread that accessed it
    const char *thread_name; ///< "" where not known
} fa_ghost_trap;

typedef struct fa_ghost_desc {
    uint32_t start_canary;   ///< leave zero
    uint32_t every_n_frames; ///< one frame in n, chosen at random, is a ghost. Default 1: every frame
    size_t
        window_bytes; ///< address space. Default 4 TiB (16 GiB where a sanitizer watches); less when refused
    size_t record_bytes; ///< most memory for records. Default 1 GiB, taken as needed
    /// Called in the signal handler instead of printing: async-signal-safe functions only, siglongjmp
    /// included.
    void (*on_trap)(void *user, const fa_ghost_trap *trap);
    void *user;
    uint32_t end_canary; ///< leave zero
} fa_ghost_desc;

/// Turn ghost frames on, from the next frame. @p desc may be NULL for all defaults. On already: the desc
/// replaces the former one, and what is remembered is forgotten.
/// @return OK; FRAME_OPEN with FA603; INVALID_DESC with FA103; OUT_OF_MEMORY: no address space, memory or
/// signal handler;
///         NOT_FOUND: not on this system; WRONG_THREAD. Nothing changes then.
/// [frame-boundary]
FA_API fa_result fai_ghost_begin(fa_context *ctx, const fa_ghost_desc *desc, const char *here);
/// fa_ghost_begin(ctx, desc); written so that a compound literal with commas may stand for the desc.
#define fa_ghost_begin(ctx, ...) fai_ghost_begin((ctx), __VA_ARGS__, FA_HERE)
/// Turn them off. The window goes back to the system: pointers into it still trap, but are not explained.
/// @return OK; FRAME_OPEN with FA603; WRONG_THREAD. [frame-boundary]
FA_API fa_result fai_ghost_end(fa_context *ctx, const char *here);
#define fa_ghost_end(ctx) fai_ghost_end((ctx), FA_HERE)

/* X(name, meaning): all uint64_t, of one context since ghost frames were turned on */
#define FA_GHOST_STATS_TABLE(X)                                                                 \
    X(frames, "frames that were ghosts")                                                        \
    X(remembered, "ended frames that a trap can explain now")                                   \
    X(records, "records of blocks, alike ones in a row counted once")                           \
    X(window_bytes, "address space held")                                                       \
    X(record_bytes, "memory held for records")                                                  \
    X(laps, "times the window has been gone through")                                           \
    X(degraded, "frames that were no ghosts, or stayed accessible, because the system refused") \
    X(traps, "traps that were explained")

typedef struct fa_ghost_stats {
#define FA_X(name, meaning) uint64_t name;
    FA_GHOST_STATS_TABLE(FA_X)
#undef FA_X
} fa_ghost_stats;

/// @return OK; NOT_FOUND: ghost frames are off; INVALID_ARGUMENT; WRONG_THREAD. [owner-thread]
FA_API fa_result fa_ghost_stats_get(fa_context *ctx, fa_ghost_stats *out);

FA_EXTERN_C_END

#endif
