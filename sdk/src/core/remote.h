/* remote.h - pool objects freed by a thread that does not own them, on their way home.
 *
 * The freeing context gathers what it frees for one owner in a parcel and posts the parcel when it holds as
 * many as the owner's batch, when it frees for another owner, at its frame boundaries and before it waits.
 * The owner collects its mail when a class has run empty, at its frame boundaries, and when asked to: see
 * deferred.h. Posting is one compare-and-swap, for a parcel; emptied parcels go back the same way.
 *
 * A free is never lost and never needs memory or room: the block's state says that it is free. When there is
 * no memory for a parcel, or no room in a bounded queue, the block is only marked, and the owner is told to
 * look through its pages. */
#ifndef FAI_REMOTE_H
#define FAI_REMOTE_H

#include "core/diagnostic.h"
#include "core/object.h"
#include "framealloc/deferred.h"

#define FAI_PARCEL_BLOCKS 62u
_Static_assert(FAI_PARCEL_BLOCKS == FA_DEFERRED_BATCH_MAX, "the header names it");

typedef struct fai_parcel {
    struct fai_parcel *next;
    uint32_t count;
    uint32_t bytes; /* of all blocks, as asked for */
    /* Number on its page, page, tag, size as asked for; it is uncharged already. */
    uint64_t blocks[FAI_PARCEL_BLOCKS];
} fai_parcel;
_Static_assert(sizeof(fai_parcel) == 512, "a size of the metadata's");

#define FAI_PARCEL_INDEX_BITS 12u /* blocks of 16 bytes on a page */
/* Pages from here on do not fit into an entry: their blocks are marked, and nothing there is freed in line.
 */
#define FAI_PARCEL_PAGES ((uint32_t)1 << (32 - FAI_PARCEL_INDEX_BITS))
#define FAI_PARCEL_REACH ((uintptr_t)FAI_PARCEL_PAGES << FAI_PAGE_SHIFT)

/* Of the owner: on cache lines of its own, since every freeing thread writes there. */
typedef struct fai_inbox {
    _Alignas(64) _Atomic uintptr_t mail; /* newest parcel; lowest bit: blocks are marked */
    _Atomic size_t posted;               /* ever, marked ones among them */
    _Atomic size_t posted_bytes;         /* without the marked ones */
    _Atomic(fai_parcel *) empties;       /* for whoever frees for this owner */
    atomic_bool parked;                  /* nobody owns the context */
    atomic_uint waiters;                 /* for room */
    /* How it wants to have them. Written by the owner. */
    _Alignas(64) _Atomic size_t capacity;
    _Atomic int64_t block_timeout_ns;
    atomic_uint batch;
    atomic_uint full; /* fa_deferred_full */
    /* Written by whoever collects. */
    _Alignas(64) _Atomic size_t processed;
    _Atomic size_t processed_bytes;
    _Atomic size_t peak;
    /* Written where it is full. */
    _Atomic size_t grown;
    _Atomic size_t in_place;
    _Atomic size_t timed_out;
    fai_parcel *held;    /* taken in, not processed yet; the owner's */
    uint32_t held_count; /* blocks of the first one that are processed */
    bool taking;         /* fai_inbox_take runs */
} fai_inbox;

#define FAI_MAIL_MARKED ((uintptr_t)1)

/* Of the freeing context. */
typedef struct fai_outbox {
    struct fai_context *to;       /* NULL without a parcel */
    struct fai_context *quick_to; /* the same; the context itself: not in line */
    fai_parcel *parcel;
    uint64_t *next;    /* entry of the next free */
    uint64_t *last;    /* of the free that fills it: it is posted then, which is not done in line */
    fai_parcel *spare; /* empty ones */
} fai_outbox;

static inline bool fai_inbox_has_mail(const fai_inbox *inbox)
{
    return atomic_load_explicit(&inbox->mail, memory_order_relaxed) != 0;
}

static inline uint64_t fai_parcel_entry(uint32_t page, uint32_t index, fa_tag tag, size_t size)
{
    return (uint64_t)(page << FAI_PARCEL_INDEX_BITS | index) | (uint64_t)tag << 32 | (uint64_t)size << 48;
}

/* May frees go the inlined way? To be called when listeners or diagnostics come or go. */
void fai_outbox_refresh(struct fai_context *ctx);
/* Free a block of another context's page. DOUBLE_FREE: it was not live. FULL: it is free, and the owner's
 * queue was full. */
fa_result fai_remote_free(struct fai_context *ctx, fai_page *page, uint32_t index, const char *here);
/* Post what the context has gathered. */
fa_result fai_outbox_flush(struct fai_context *ctx);
/* Give up parcels that are kept for speed. Owner only. */
void fai_parcels_trim(struct fai_context *ctx);

/* Free what other threads sent, at most so many. Owner only, or nobody owns it and the contexts lock is held.
 * @return How many. */
size_t fai_inbox_take(struct fai_context *ctx, size_t most);
/* All of it. */
void fai_inbox_collect(fai_owner *owner);
/* At a frame boundary, or on an empty list, if it is wanted there; @p when is one of FA_DEFERRED_AT_... */
void fai_inbox_collect_at(struct fai_context *ctx, uint32_t when);

/* ---- deferred.c ---------------------------------------------------------------------------------------- */

/* Of a context that attaches: what the allocator's desc says. */
void fai_deferred_start_over(struct fai_context *ctx);
/* Problems of a desc, NULL is fine; and the desc with its defaults. */
void fai_deferred_check(const fa_deferred_desc *desc, fai_problems *problems);
fa_deferred_desc fai_deferred_resolve(const fa_deferred_desc *desc);

#endif
