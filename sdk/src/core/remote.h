/* remote.h - pool objects freed by a thread that does not own them, on their way home.
 *
 * The freeing context gathers what it frees for one owner in a parcel and posts the parcel when it is full,
 * when it frees for another owner, and at its frame boundaries. The owner collects its mail when a class has
 * run empty, at its frame boundaries, and when asked to. Posting is one compare-and-swap, for a parcel.
 *
 * A free is never lost and never needs memory: the block's state says that it is free. When there is no
 * memory for a parcel the block is only marked, and the owner is told to look through its pages. */
#ifndef FAI_REMOTE_H
#define FAI_REMOTE_H

#include "core/object.h"

#define FAI_PARCEL_BLOCKS 63u

typedef struct fai_parcel {
    struct fai_parcel *next;
    uint32_t count;
    struct {
        void *p;
        fa_tag tag;
        uint32_t bytes; /* as asked for; it is uncharged already */
    } blocks[FAI_PARCEL_BLOCKS];
} fai_parcel;

/* Of the owner: on cache lines of its own, since every freeing thread writes there. */
typedef struct fai_inbox {
    _Alignas(64) _Atomic uintptr_t mail; /* newest parcel; lowest bit: blocks are marked */
    atomic_bool parked;                  /* nobody owns the context */
    char pad[64 - 2 * sizeof(uintptr_t)];
} fai_inbox;

#define FAI_MAIL_MARKED ((uintptr_t)1)

/* Of the freeing context. */
typedef struct fai_outbox {
    struct fai_context *to;
    fai_parcel *parcel; /* NULL or not empty */
} fai_outbox;

static inline bool fai_inbox_has_mail(const fai_inbox *inbox)
{
    return atomic_load_explicit(&inbox->mail, memory_order_relaxed) != 0;
}

/* Free a block of another context's page. False: it was not live. */
bool fai_remote_free(struct fai_context *ctx, fai_page *page, uint32_t index, const char *here);
/* Post what the context has gathered. */
void fai_outbox_flush(struct fai_context *ctx);
/* Free what other threads sent. Owner only, or nobody owns it and the contexts lock is held. */
void fai_inbox_collect(struct fa_allocator *allocator, fai_owner *owner);

#endif
