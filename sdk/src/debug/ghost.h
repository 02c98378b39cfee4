/* ghost.h - the private shape of ghost frames. See the public header for what they are.
 *
 * A frame that is a ghost takes the place of its slot's extent: base and end lie in the window, the slot's
 * own extent is set aside and comes back when the frame is dead. All code that works on extents works on it
 * unchanged.
 *
 *     window: | dead | dead | dead | open frame |  not yet used ... |
 *
 * Frames and records are rings, numbered from 0 on; an entry is complete before its number is published, so
 * that a signal handler on any thread may read below it. */
#ifndef FAI_GHOST_H
#define FAI_GHOST_H

#include "core/context.h"
#include "framealloc/ghost.h"

/* Blocks of one site and size in a row. */
typedef struct fai_ghost_record {
    uint64_t site_tag; /* as in fai_record */
    uintptr_t start;
    size_t bytes; /* of each */
    uint32_t count;
    uint32_t stride;
} fai_ghost_record;

typedef struct fai_ghost_frame {
    uintptr_t begin;
    uintptr_t end; /* 0: open, or in flight */
    uint64_t lap;
    uint64_t born;
    uint64_t died; /* 0: alive */
    uint64_t first_record;
} fai_ghost_frame;

typedef struct fai_ghosts {
    fa_ghost_desc desc; /* resolved */
    fai_context *ctx;
    char name[FAI_NAME_BYTES];
    char arena[FAI_NAME_BYTES]; /* whose contents these are the ghosts of; "": of frames */
    size_t high;                /* most that the arena has used since it was empty */

    uintptr_t window;
    size_t window_bytes;
    uintptr_t position; /* where the next frame begins */
    uint64_t lap;
    size_t frame_bytes; /* address space of one frame */
    size_t stuck_bytes; /* of dead frames that the system did not take back */

    fai_extent home[FA_FRAMES_IN_FLIGHT_MAX]; /* the extents of slots that hold a ghost */
    bool away[FA_FRAMES_IN_FLIGHT_MAX];
    uint64_t entry[FA_FRAMES_IN_FLIGHT_MAX]; /* number of the frame there */
    uint64_t next_frame;                     /* index of the next frame that is one */
    uint64_t random;

    fai_extent frame_store;
    fai_extent record_store;
    fai_ghost_frame *frames;
    fai_ghost_record *records;
    uint64_t frame_capacity;
    uint64_t record_capacity;
    _Atomic uint64_t frame_head;
    _Atomic uint64_t frame_tail;
    _Atomic uint64_t record_head;

    _Atomic uint64_t now;
    _Atomic uint64_t traps;
    uint64_t ghost_count;
    uint64_t degraded;
} fai_ghosts;

/* Before a frame opens on ctx->extent: bury what the slot held, and make it a ghost if it is its turn. */
void fai_ghost_frame_begin(fai_context *ctx);
/* The frame has ended; its cursor is still there. @p high is the most it used. */
void fai_ghost_frame_end(fai_context *ctx, size_t high);
/* Arrange that the next ghost's begin goes with care. */
void fai_ghost_schedule(fai_context *ctx);
/* A block was handed out, or the last one changed its size, in a frame that is a ghost. */
void fai_ghost_alloc(fai_context *ctx, uintptr_t p, size_t size, const char *here);
void fai_ghost_resize(fai_context *ctx, uintptr_t p, size_t new_bytes);
/* The cursor of a ghost went back. */
void fai_ghost_rewound(fai_context *ctx);
/* The window has no memory for a frame that has not handed out anything: it is none then. False: it has. */
bool fai_ghost_give_up(fai_context *ctx);

/* ---- arenas (ghost_arena.c) ------------------------------------------------------------------------------
 *
 * An arena has a window, rings and slot 0 of its own, made when first needed. What it holds between being
 * empty and being emptied is what a frame is there: scratch scopes from the outermost one's begin to its end.
 */

struct fai_arena;

/* The arena is empty: what comes next lies at addresses of its own, if ghosts are on. */
void fai_ghost_arena_fresh(struct fai_arena *arena);
/* It is empty again: those addresses are dead. Nothing where it was no ghost. */
void fai_ghost_arena_dead(struct fai_arena *arena);
/* A block was handed out by an arena that is a ghost. */
void fai_ghost_arena_alloc(struct fai_arena *arena, uintptr_t p, size_t size, const char *here);
/* Its cursor is about to go back from where it is, and has gone back. */
void fai_ghost_arena_rewinds(struct fai_arena *arena);
void fai_ghost_arena_rewound(struct fai_arena *arena);
/* Its ghosts are forgotten; it is empty, and none. */
void fai_ghost_arena_drop(struct fai_arena *arena);

/* ---- between ghost.c and ghost_arena.c ----------------------------------------------------------------- */

/* Rings and window for frames or contents of at most @p frame_bytes. NULL: refused. */
fai_ghosts *fai_ghosts_make(fai_context *ctx, const fa_ghost_desc *desc, size_t frame_bytes,
                            const char *arena);
void fai_ghosts_free(fai_ghosts *g);
/* The next entry, at g->position. False: no memory for it. */
bool fai_ghosts_enter(fai_ghosts *g, uint32_t slot, uint64_t born);
void fai_ghosts_record(fai_ghosts *g, uint32_t slot, fa_tag tag, uintptr_t p, size_t size, const char *here);
/* Take the memory behind dead addresses back. */
void fai_ghosts_shut(fai_ghosts *g, fai_extent *extent);

/* Off, without a word. */
void fai_ghost_drop(fai_context *ctx);
/* What is known of an address in the window. False: it is not in it. */
bool fai_ghost_describe(const fai_ghosts *ghosts, const void *p, fa_block_info *out);

/* Is the open frame a ghost? */
static inline bool fai_is_ghost(const fai_context *ctx)
{
    return ctx->ghosts != NULL && ctx->ghosts->away[ctx->extent - ctx->extents] &&
           fai_frame_state_of(ctx) != FAI_FRAME_CLOSED;
}

#endif
