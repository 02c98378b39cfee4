/* context.h - the private shape of a context. The public head comes first, so that one address serves both.
 */
#ifndef FAI_CONTEXT_H
#define FAI_CONTEXT_H

#include <stdatomic.h>

#include "core/allocator.h"
#include "core/diagnostic.h"
#include "core/remote.h"
#include "framealloc/frame.h"
#include "framealloc/retain.h"
#include "framealloc/scratch.h"

typedef enum fai_context_state {
    FAI_CONTEXT_PARKED, /* detached; no thread owns it */
    FAI_CONTEXT_ATTACHED,
    FAI_CONTEXT_HANDED_OVER /* between two owners */
} fai_context_state;

typedef enum fai_frame_state { FAI_FRAME_CLOSED, FAI_FRAME_OPEN, FAI_FRAME_ENDING } fai_frame_state;

/* Bits of fai_context.attention: why the frame's end cannot take the short way. */
#define FAI_ATTEND_CALLS 1u         /* on-end calls are registered */
#define FAI_ATTEND_OVERSIZE 2u      /* blocks fell through to the heap */
#define FAI_ATTEND_ROWS 4u          /* bytes were charged to rows in mid-frame */
#define FAI_ATTEND_TAGS 8u          /* a tag scope was opened in this frame */
#define FAI_ATTEND_MARKS 16u        /* a checkpoint was taken */
#define FAI_ATTEND_HIGH 32u         /* the cursor has been higher than it is */
#define FAI_ATTEND_ALWAYS 64u       /* several frames in flight, or the inlined path is shut */
#define FAI_ATTEND_WORKERS 128u     /* it has workers, or is one's: their frames go together */
#define FAI_ATTEND_SCRATCH 256u     /* a scratch scope that was begun in this frame is open */
#define FAI_ATTEND_STEADY 512u      /* it is under the contract of steady.h */
#define FAI_ATTEND_GHOST 1024u      /* the next frame, or the open one, is a ghost */
#define FAI_ATTEND_RETAINED 2048u   /* blocks were retained in this frame */
#define FAI_ATTEND_BUDGET 4096u     /* budgets concern its frames */
#define FAI_ATTEND_PHASES 8192u     /* a phase is open */
#define FAI_ATTEND_LISTENERS 16384u /* somebody hears of its boundaries */
#define FAI_ATTEND_OUTBOX 32768u    /* frees of other contexts' objects are gathered */
#define FAI_ATTEND_DEFERRED 65536u  /* how frees come home is set: boundaries look */
/* Bits that a frame's end leaves as they are. */
#define FAI_ATTEND_LASTING                                                                               \
    (FAI_ATTEND_ALWAYS | FAI_ATTEND_WORKERS | FAI_ATTEND_STEADY | FAI_ATTEND_GHOST | FAI_ATTEND_BUDGET | \
     FAI_ATTEND_LISTENERS | FAI_ATTEND_DEFERRED)

/* Pool requests up to so many units of 16 bytes are served in line. */
#define FAI_POOL_UNITS 65u

/* Bits of fai_context.slow_reasons: why the inlined paths are shut. */
#define FAI_SLOW_BUILD 1u /* sanitizer, Valgrind or debug build */
#define FAI_SLOW_WATCH 2u /* diagnostics are on */
#define FAI_SLOW_GHOST 4u /* the open frame will be a ghost */
#define FAI_SLOW_TASK 8u  /* a task runs that did not begin the open frame */

/* While one of these is set, tag scopes open and close with care. */
#define FAI_ATTEND_SCOPES (FAI_ATTEND_MARKS)

/* Cursor of a context without an open frame: with limit 0 every request fails the compare, of zero bytes too.
 */
#define FAI_CURSOR_CLOSED ((uintptr_t)1)

typedef struct fai_tag_level {
    fa_tag tag;
    fai_tag_row *row;
    const char *here;
    uint32_t serial; /* tells a scope from an earlier one at the same depth */
} fai_tag_level;

typedef struct fai_mark { /* of a checkpoint */
    uintptr_t cursor;
    uint32_t serial;
    uint32_t spans;
    uint32_t calls;
    uint32_t oversize;
    size_t oversize_bytes;
    size_t promoted_bytes;
    uint32_t tag_depth;
    uint32_t tag_serial; /* of the scope that was on top */
} fai_mark;

typedef struct fai_span_entry { /* bytes that a tag took in one go, logged while there are marks */
    struct fai_tag_row *row;
    size_t bytes;
} fai_span_entry;

typedef struct fai_end_call {
    void (*fn)(void *user);
    void *user;
} fai_end_call;

typedef struct fai_oversize { /* frame block that fell through to the heap */
    void *p;
    size_t bytes;
} fai_oversize;

typedef struct fai_retain {
    fai_list slots;      /* of retain.c */
    fai_list pending;    /* uint32_t: slots of the open frame, in the order of retaining */
    fai_list dead;       /* uint32_t: slots of failed and discarded blocks, until the next frame's end */
    fai_list kept;       /* fa_retained: copies in scratch pools */
    fai_list results;    /* fa_promoted: of the last promotion */
    fai_list sums;       /* fa_promotion_sum: by tag */
    fai_list phase_sums; /* the same by phase */
    uint32_t *index;     /* which blocks are pending: slot + 1, or 0 */
    uint32_t index_count;
    uint32_t free_slot; /* slot + 1, or 0 */
    uint32_t serial;
    uint32_t kept_sweep; /* number of kept copies at which they are looked through */
    uint64_t dead_frame; /* in which the dead died */
    bool wanted;         /* the frame is being ended with promotions, whatever the desc says */
} fai_retain;

/* How often something happened in the context's last frame, or since it ended. Written by the owner. */
typedef struct fai_frame_count {
    atomic_size_t frame;
    atomic_size_t count;
} fai_frame_count;

typedef struct fai_context {
    fa_context head; /* cursor, limit */

    /* Read by every pool call, see pool.h; side by side, so that the code is short. */
    _Atomic uintptr_t pool_owner; /* the owner, while pool calls may be served in line; else 0 */
    atomic_size_t pool_inline;    /* sizes below are served in line; 0: none, or the hot block waits */
    fai_tag_row *row;             /* of the current tag */
    uint64_t live_tag;            /* fai_state_live of the current tag */
    void *hot;
    fai_record *hot_record;
    atomic_uint_fast64_t hot_live; /* state of the waiting block when it was live; it is charged still */
    atomic_size_t pool_taken;      /* objects allocated by this context */
    atomic_size_t pool_given_back; /* objects freed by it: also others', only sums are exact */
    uintptr_t pool_reach;          /* bytes of the object range whose pages a free may look up in line */
    uintptr_t objects_base;        /* of the allocator */
    fai_page *pages;
    bool pool_is_open;

    /* Read at every boundary. */
    _Atomic uintptr_t owner; /* thread; 0: none */
    _Atomic uint32_t state;
    atomic_bool budgeted; /* some budget may concern what it takes or frees */
    bool ending;          /* on-end calls are running */
    bool steady_ticks;    /* as the allocator's clock says */
    uint64_t frame_index;
    fai_extent *extent;            /* of the open or last frame */
    uintptr_t limit_mask;          /* 0 keeps the inlined path shut: see slow_reasons */
    _Atomic uintptr_t scope_owner; /* the owner, while tag scopes may take the short way; else 0 */
    uint32_t attention;
    uint32_t frames_in_flight;
    uint32_t tag_depth;
    uint32_t frame_tag_depth; /* before the first scope that was opened in this frame */
    uint64_t window_end;      /* frame whose end looks around: after the pages, or for the next ghost */
    uint64_t window_close;    /* frame whose end looks after the pages: the recent peak, or a fixed limit */
    size_t window_peak;
    size_t window_peak_before;
    size_t frame_high; /* most used in this frame before a rewind */
    size_t keep_limit; /* committed bytes above this go back at the boundary */
    const char *begin_here;

    fa_allocator *allocator;
    fa_result last_result;
    char name[FAI_NAME_BYTES];
    char thread_name[64];
    struct fai_context *next;
    struct fai_context *prev;
    struct fai_arena *arenas;

    fai_retain retain;

    /* Tickets. */
    fai_list tickets;     /* of ticket.c: slots, free ones too */
    uint32_t free_ticket; /* slot + 1, or 0 */
    uint32_t ticket_count;
    uint32_t ticket_serial;

    /* Scratch scopes. */
    struct fai_arena *scratch[FA_SCRATCH_ARENAS]; /* made when first needed */
    fai_list scopes;                              /* of scratch.c: the open ones */
    uint32_t scope_serial;
    uint32_t frame_scope_depth; /* before the first scope that was begun in this frame */

    struct fai_typed *typed_pools;
    struct fa_workers *workers; /* that it started */
    struct fai_worker *worker;  /* whose it is */
    uint32_t slow_reasons;
    _Atomic uint32_t barrier_seats;
    bool evicting; /* a stream's on_evict hook is running */
    fai_steady_context steady;
    struct fai_ghosts *ghosts; /* ghost frames are on; else NULL */
    fai_listeners listeners;
    struct fa_task *task; /* innermost one that runs on it */

    /* Tags. */
    fa_tag tag;
    struct fai_watch *watch; /* diagnostics are on; else NULL */
    uintptr_t tag_mark;      /* cursor up to which bytes are charged */
    uint32_t tag_serial;
    fai_tag_level tag_stack[FA_TAG_DEPTH_MAX + 1]; /* [0] is FA_TAG_NONE and never popped */
    _Atomic(fai_tag_row *) rows[FAI_TAG_CHUNKS];
    fai_list ready_rows;    /* fai_tag_row * by tag, NULL where none is ready; capacity counts */
    fai_tag_row *touched;   /* rows with bytes in this frame or the last; ends with rows_end */
    fai_tag_row *reference; /* rows of the frame that last raised a peak; ends with rows_end */
    fai_tag_row rows_end;

    /* Frame. */
    fai_extent extents[FA_FRAMES_IN_FLIGHT_MAX];
    size_t in_flight_bytes[FA_FRAMES_IN_FLIGHT_MAX]; /* what the last frame of each place used; 0: nothing is
                                                        kept */
    uintptr_t last_block; /* start of the last one taken out of line; with red zones that is every one */
    size_t oversize_bytes;
    uint32_t mark_serial;
    fai_list marks; /* fai_mark */
    fai_list spans; /* fai_span_entry */
    fai_list calls; /* fai_end_call */
    fai_list
        oversize[FA_FRAMES_IN_FLIGHT_MAX]; /* fai_oversize; lives as long as the extent of the same place */

    /* Pool. */
    fai_page *pool_pages[FAI_POOL_UNITS]; /* current page by the size in units of 16 bytes */
    fai_class pool[FAI_CLASS_COUNT];
    fai_owner owner_of_pool;
    fai_outbox outbox;
    fai_inbox inbox;
    fa_deferred_desc deferred; /* resolved */

    fai_context_budgets budgets;
    _Atomic(fai_phase_stack *) phases; /* NULL until the first phase begins */

    /* Figures; read by other threads. */
    atomic_size_t last_frame_bytes;
    atomic_size_t peak_frame_bytes;
    atomic_size_t frames_ended;
    atomic_size_t frees_processed;
    atomic_size_t frees_sent; /* of other contexts' objects */
    fai_frame_count frees_processed_now;
    fai_frame_count transfers_received_now;
    fai_frame_count promoted_now[FA_RETAIN_SCRATCH + 1]; /* by place; [FA_RETAIN_DISCARD]: failed */
    atomic_size_t heap_bytes;                            /* taken less given back */
    atomic_size_t transfers_sent;
    atomic_size_t transfers_received;
    uint64_t frame_grows;
    uint64_t frame_shrinks;
    uint64_t frame_oversize_count;
    uint64_t frame_overflows;  /* requests past frame_max_bytes, served or not */
    size_t frame_wanted_bytes; /* the most that a frame would have used, had there been room */
    uint64_t pool_oversize;
    uint64_t heap_allocs;
    uint64_t refused;
} fai_context;

/* Blocks of the open frame that fell through to the heap. */
static inline fai_list *fai_oversize_of(fai_context *ctx)
{
    return &ctx->oversize[ctx->extent - ctx->extents];
}

/* The cursor says whether a frame is open: no state to store at a boundary. */
static inline fai_frame_state fai_frame_state_of(const fai_context *ctx)
{
    return ctx->head.cursor == FAI_CURSOR_CLOSED ? FAI_FRAME_CLOSED
           : ctx->ending                         ? FAI_FRAME_ENDING
                                                 : FAI_FRAME_OPEN;
}

/* What a frame count is of: the open frame, else the one that ended last. */
static inline size_t fai_frame_count_key(const fai_context *ctx)
{
    bool open = fai_frame_state_of(ctx) != FAI_FRAME_CLOSED;
    return atomic_load_explicit(&ctx->frames_ended, memory_order_relaxed) + (open ? 1 : 0);
}

/* Owner only. */
static inline void fai_frame_count_add(const fai_context *ctx, fai_frame_count *counted, size_t count)
{
    size_t key = fai_frame_count_key(ctx);
    bool same = atomic_load_explicit(&counted->frame, memory_order_relaxed) == key;
    size_t before = same ? atomic_load_explicit(&counted->count, memory_order_relaxed) : 0;
    atomic_store_explicit(&counted->count, before + count, memory_order_relaxed);
    atomic_store_explicit(&counted->frame, key, memory_order_relaxed);
}

/* Any thread. */
static inline size_t fai_frame_count_get(const fai_context *ctx, const fai_frame_count *counted)
{
    size_t ended = atomic_load_explicit(&ctx->frames_ended, memory_order_relaxed);
    bool now = atomic_load_explicit(&counted->frame, memory_order_relaxed) >= ended;
    return now ? atomic_load_explicit(&counted->count, memory_order_relaxed) : 0;
}

static inline bool fai_always_slow(const struct fai_context *ctx)
{
    return ctx->limit_mask == 0;
}

/* To be called when the owner, `pool_is_open` or `budgeted` may have changed. A thread that sets budgets
 * stores `budgeted` first and shuts second: whichever way that meets this, the pool is shut in the end. */
static inline void fai_pool_refresh(fai_context *ctx)
{
    uintptr_t owner = atomic_load_explicit(&ctx->owner, memory_order_relaxed);
    atomic_store(&ctx->pool_owner, ctx->pool_is_open ? owner : 0);
    if (atomic_load(&ctx->budgeted)) {
        atomic_store(&ctx->pool_owner, 0);
    }
}

/* Some budget may concern it from now on. Any thread; the contexts lock is held. */
static inline void fai_context_set_budgeted(fai_context *ctx)
{
    atomic_store(&ctx->budgeted, true);
    atomic_store(&ctx->pool_owner, 0);
}

/* To be called when the owner or FAI_ATTEND_SCOPES may have changed. */
static inline void fai_scopes_refresh(fai_context *ctx)
{
    uintptr_t owner = atomic_load_explicit(&ctx->owner, memory_order_relaxed);
    atomic_store_explicit(&ctx->scope_owner, (ctx->attention & FAI_ATTEND_SCOPES) == 0 ? owner : 0,
                          memory_order_relaxed);
}

static inline void fai_tag_make_current(fai_context *ctx, fa_tag tag, fai_tag_row *row)
{
    ctx->tag = tag;
    ctx->row = row;
    ctx->live_tag = fai_state_live(tag);
}

static inline void fai_owner_changed(fai_context *ctx)
{
    fai_scopes_refresh(ctx);
    fai_pool_refresh(ctx);
}

static inline fai_context *fai_ctx(const fa_context *ctx)
{
    return (fai_context *)(uintptr_t)ctx;
}

/* Why this context may not be used here: WRONG_THREAD with FA206, INVALID_ARGUMENT with FA005 when it is NULL
 * or detached. */
FA_COLD fa_result fai_context_refuse(const fa_context *ctx, const char *call, const char *here);

/* OK, or what fai_context_refuse says. Two loads and a compare in the good case. */
static inline fa_result fai_context_check(const fa_context *ctx, const char *call, const char *here)
{
    if (FA_LIKELY(ctx != NULL &&
                  atomic_load_explicit(&fai_ctx(ctx)->owner, memory_order_relaxed) == fai_thread_self())) {
        return FA_RESULT_OK;
    }
    return fai_context_refuse(ctx, call, here);
}

/* Does any budget concern this context? Then pool and heap requests are charged before they are served. */
static inline bool fai_is_budgeted(const fai_context *ctx)
{
    return atomic_load_explicit(&ctx->budgeted, memory_order_relaxed);
}

/* Is a hook running that one of its calls has called, and to which that call will return? */
static inline bool fai_is_telling(const fai_context *ctx)
{
    return ctx->evicting || ctx->budgets.telling || ctx->listeners.telling ||
           atomic_load(&ctx->allocator->reporting_thread) == fai_thread_self();
}

/* Remember why a hot call gave NULL. */
static inline void *fai_context_fail(fai_context *ctx, fa_result why)
{
    ctx->last_result = why;
    ctx->refused++;
    return NULL;
}

/* Refuse a desc with FA103; @p what is its type's name. */
fa_result fai_context_refuse_desc(fai_context *ctx, const char *what, const fai_problems *problems,
                                  const char *here);

/* Remember and return an error. */
static inline fa_result fai_context_error(fai_context *ctx, fa_result why)
{
    ctx->last_result = why;
    return why;
}

/* The alignment to use: 0 is the default. 0: not a power of two or too large, FA004 was sent. */
size_t fai_align_check(fai_context *ctx, size_t align, const char *call, const char *here);

/* Room for one more item. False: no memory, unchanged. */
bool fai_list_reserve(fa_allocator *allocator, fai_list *list, uint32_t capacity, size_t item_bytes);
void fai_list_free(fa_allocator *allocator, fai_list *list, size_t item_bytes);

/* Shut the inlined paths of frame, arenas and typed pools for a reason, or take the reason back: they are
 * open when there is none left. */
void fai_context_slow(fai_context *ctx, uint32_t reason, bool on);

/* Before a request is refused: give empty pages that are only kept for speed back, so that they can serve it.
 */
FA_COLD void fai_context_relieve(fai_context *ctx);
/* A thread ended: its contexts are adopted. Called by the thread key. */
void fai_context_thread_ended(void *allocator);
/* Take a context apart; the contexts lock is held or nobody else is left. */
void fai_context_dispose(fai_context *ctx);

/* ---- frame.c, for others in the core ------------------------------------------------------------------- */

/* FRAME_OPEN, NO_FRAME or REENTRANT with a diagnostic: a boundary call at the wrong time. */
FA_COLD fa_result fai_frame_refuse_boundary(fai_context *ctx, const char *here, const char *call);
/* Frame memory wanted while no frame is open: FA001; inside an on-end call: FA105. Always NULL. */
FA_COLD void *fai_frame_refuse_closed(fai_context *ctx, const char *here);
/* NULL; INVALID_ARGUMENT with FA005. */
FA_COLD void *fai_frame_refuse_argument(fa_context *ctx, const char *here, const char *text);
/* Forget the mark of a checkpoint and keep what was taken since. STALE and so on as fa_frame_rewind. */
fa_result fai_frame_drop_mark(fa_context *ctx, fa_checkpoint checkpoint, const char *here);
/* Run on-end calls, last first, until @p down_to are left. */
void fai_frame_run_calls(fai_context *ctx, uint32_t down_to);
/* Free blocks that fell through to the heap, those of the present place, until @p down_to are left. */
void fai_frame_free_oversize(fai_context *ctx, uint32_t down_to);
/* Before the cursor goes back: remember how high it was. */
void fai_frame_note_high(fai_context *ctx);
/* End a frame whatever is left open in it, running its on-end calls; nothing is reported. */
void fai_frame_abandon(fai_context *ctx);
/* The last block of the open frame changes its size where it is. False: it is not the last one, or there is
 * no room, or bytes that are charged to a tag already would go back. */
bool fai_frame_resize_last(fai_context *ctx, void *p, size_t old_bytes, size_t new_bytes, const char *here);
/* The limit that the inlined path compares with, anew. */
void fai_frame_reopen(fai_context *ctx);
size_t fai_frame_used(const fai_context *ctx);
/* Frame memory committed, over all frames in flight. */
size_t fai_frame_committed(const fai_context *ctx);

#endif
