/* tag.h - the table of interned tags, shared by an allocator's contexts, and the rows in which each context
 * counts.
 *
 * Entries and rows live in chunks that never move, so that readers need no lock: a chunk pointer is published
 * once. A row has one writer, the owner of its context; figures are relaxed atomics so that other threads may
 * read them. Pool and heap bytes may be taken by one context and given back by another: single figures then
 * wrap below zero, their sum over all contexts is exact. What is given back where no row exists goes to the
 * shared figures of the entry, since a free must not need memory. */
#ifndef FAI_TAG_H
#define FAI_TAG_H

#include <stdatomic.h>

#include "framealloc/tag.h"
#include "platform/platform.h"

#define FAI_TAG_CHUNK 64u
#define FAI_TAG_CHUNKS ((FA_TAG_MAX + FAI_TAG_CHUNK) / FAI_TAG_CHUNK)

typedef struct fai_tag_entry {
    char *path;
    uint32_t hash;
    fa_tag parent;
    _Atomic(struct fai_account *) account; /* of its budget, or NULL */
    atomic_size_t shared_pool_bytes;
    atomic_size_t shared_heap_bytes;
} fai_tag_entry;

/* The first 64 bytes are what opening, closing and a frame's end touch; the size is a power of two. */
typedef struct fai_tag_row {
    atomic_size_t frame_bytes;      /* of the open frame; 0 between frames */
    struct fai_tag_row *next;       /* rows with bytes in this frame or the last; NULL: not among them */
    size_t reference_bytes;         /* what it took in the frame that last raised a peak */
    atomic_size_t last_frame_bytes; /* valid while last_stamp is the last frame that ended */
    atomic_uint_fast64_t last_stamp;
    atomic_size_t total_frame_bytes; /* of all frames that ended */
    struct fai_tag_row *parent;      /* NULL: a root, or untagged */
    uint32_t soft_told;              /* when the soft limit of this tag was told last */
    uint16_t tag;
    bool ready; /* it and its ancestors are known to the context: a scope may open */
    atomic_size_t peak_frame_bytes;
    atomic_size_t tree_peak_bytes; /* of the tag and everything below it, at a frame's end */
    size_t tree_bytes;             /* while a frame's end adds up */
    struct fai_tag_row *next_reference;
    atomic_size_t peak_scratch_bytes;
    atomic_size_t pool_bytes; /* taken; what was given back in line is apart: a counter that is written */
    atomic_size_t
        pool_freed_bytes;  /* twice in a pair costs the pair the time from a store to the next load */
    atomic_size_t granted; /* frame bytes up to which its accounts are charged; see budget.h */
} fai_tag_row;
_Static_assert(sizeof(fai_tag_row) == 128, "two cache lines, the first of which is the hot one");

typedef struct fai_tags {
    fai_mutex lock;
    _Atomic(fai_tag_entry *) chunks[FAI_TAG_CHUNKS];
    atomic_uint count;
    uint32_t *slots; /* open addressing: tag + 1, or 0 */
    uint32_t slot_count;
} fai_tags;

struct fai_context;

bool fai_tags_create(struct fa_allocator *allocator);
/* NULL for what is no tag. */
fai_tag_entry *fai_tags_entry(const struct fa_allocator *allocator, fa_tag tag);
const char *fai_tags_path(const struct fa_allocator *allocator, fa_tag tag);

/* The context's row, or NULL when it has none (yet). */
fai_tag_row *fai_tag_row_find(const struct fai_context *ctx, fa_tag tag);
/* The same, made ready where needed; NULL: no memory. Owner only. */
fai_tag_row *fai_tag_row_make(struct fai_context *ctx, fa_tag tag);

/* When making a context fails. */
void fai_tag_rows_free(struct fai_context *ctx);

/* Single-writer addition: no locked instruction. Debug builds, which race detectors watch, take the plain
 * way. */
static inline void fai_figure_add(atomic_size_t *figure, size_t bytes)
{
#if defined(__x86_64__) && defined(__GNUC__) && !(defined(FA_DEBUG) && FA_DEBUG)
    __asm__("addq %1, %0" : "+m"(*figure) : "er"(bytes)); /* one instruction; compilers take three */
#else
    atomic_store_explicit(figure, atomic_load_explicit(figure, memory_order_relaxed) + bytes,
                          memory_order_relaxed);
#endif
}

static inline size_t fai_figure(const atomic_size_t *figure)
{
    return atomic_load_explicit(figure, memory_order_relaxed);
}

/* Charge pool or heap bytes (negative as two's complement) to a tag. Owner only; never fails. */
void fai_tag_charge_pool(struct fai_context *ctx, fa_tag tag, size_t bytes);
void fai_tag_charge_heap(struct fai_context *ctx, fa_tag tag, size_t bytes);

/* Bring the open frame's bytes up to the cursor into the row of the current tag. Owner only. */
void fai_tag_flush(struct fai_context *ctx);
/* Charge the current tag with frame bytes that the cursor does not show. */
void fai_tag_charge_frame(struct fai_context *ctx, size_t bytes);
/* Room in the log of charges for closing @p depth scopes and a little more; needed while there are
 * checkpoints. */
bool fai_tag_reserve_spans(struct fai_context *ctx, uint32_t depth);
/* Take back what was charged since the log had @p spans entries. */
void fai_tag_rewind(struct fai_context *ctx, uint32_t spans);
/* At the end of a frame in which only the current tag took bytes, more of them than ever. */
void fai_tag_whole_frame(struct fai_context *ctx, size_t bytes);
/* The same, of a frame in which nothing but tag scopes was attended to. */
void fai_tag_end_scopes(struct fai_context *ctx);
/* At the frame's end: this frame's figures become the last frame's. */
void fai_tag_frame_ended(struct fai_context *ctx);
/* Close scopes down to @p depth. */
void fai_tag_unwind(struct fai_context *ctx, uint32_t depth);

#endif
