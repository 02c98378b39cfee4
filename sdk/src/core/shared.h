/* shared.h - what belongs to the allocator as a whole, and may be used by every thread through its own
 * context: groups, handle heaps, stream caches, shared arenas.
 *
 *   fai_shared   the common beginning of each of them: magic, name, tag, lock, its extent where it has one.
 * The allocator keeps a list of them (contexts lock), so that a pointer can be named, figures can be summed,
 * and what was not destroyed goes with the allocator. fai_depot    blocks of one family, for all threads: the
 * classes of object.h under a lock, as the heap has them. A family of its own keeps the wrong function from
 * freeing them. */
#ifndef FAI_SHARED_H
#define FAI_SHARED_H

#include "core/context.h"

typedef struct fai_shared {
    uint64_t magic; /* of the kind; 0: destroyed */
    fa_allocator *allocator;
    fai_mutex lock;
    fai_extent extent; /* reserved_bytes 0: it has none */
    fa_tag tag;
    const char *kind; /* "group" */
    char name[FAI_NAME_BYTES];
    size_t (*arena_bytes)(
        const struct fai_shared *shared); /* bytes for the tag's arena figure; may be NULL */
    void (*each_block)(struct fai_shared *shared,
                       void (*fn)(void *user, fa_tag tag, const char *site, size_t bytes), void *user);
    /* live blocks that lie on no page of object.h, for the list of leaks; may be NULL */
    size_t (*used_bytes)(
        struct fai_shared *shared); /* of its extent, where blocks are freed one by one; may be NULL */
    const char *(*validate)(struct fai_shared *shared); /* first problem, or NULL; may be NULL */
    void (*dispose)(struct fai_shared *shared); /* free everything, the structure too; not linked any more */
    struct fai_shared *next;
    struct fai_shared *prev;
} fai_shared;

/* Start the common part of a zeroed structure; not linked yet. */
void fai_shared_init(fai_shared *shared, fai_context *ctx, uint64_t magic, const char *kind, const char *name,
                     fa_tag tag);
void fai_shared_link(fai_shared *shared);
/* Unlink and dispose. */
void fai_shared_destroy(fai_shared *shared);
/* All that are left; nobody else uses the allocator any more. */
void fai_shared_destroy_all(fa_allocator *allocator);

/* Bytes in shared arenas of a tag and everything below it; FA_TAG_INVALID: in all of them. */
size_t fai_shared_arena_bytes(fa_allocator *allocator, fa_tag root);

/* OK; what fai_context_check says; INVALID_ARGUMENT with FA005 for what is NULL, destroyed, of another kind
 * or of another allocator. */
FA_COLD fa_result fai_shared_refuse(const fa_context *ctx, const fai_shared *shared, const char *kind,
                                    const char *call, const char *here);
static inline bool fai_shared_is_usable(const fa_context *ctx, const fai_shared *shared, uint64_t magic)
{
    return FA_LIKELY(ctx != NULL &&
                     atomic_load_explicit(&fai_ctx(ctx)->owner, memory_order_relaxed) == fai_thread_self() &&
                     shared != NULL && shared->magic == magic &&
                     shared->allocator == fai_ctx(ctx)->allocator);
}
static inline fa_result fai_shared_check(const fa_context *ctx, const fai_shared *shared, uint64_t magic,
                                         const char *kind, const char *call, const char *here)
{
    if (fai_shared_is_usable(ctx, shared, magic)) {
        return FA_RESULT_OK;
    }
    return fai_shared_refuse(ctx, shared, kind, call, here);
}

/* Charge a tag with heap bytes and blocks (negative as two's complement). Any thread; never fails. */
void fai_shared_charge(fai_context *ctx, fa_tag tag, size_t bytes, size_t objects);

/* ---- damage ---------------------------------------------------------------------------------------------
 *
 * Records that decide what memory is handed out carry a seal, a hash of their fields, renewed when they
 * change and looked at before they are believed. What does not fit stops the program (FA901): serving on
 * could hand one block out twice. */

/* Says so and aborts; @p shared's lock is held. */
FA_COLD void fai_shared_damaged(fai_shared *shared, const char *what);
static inline void fai_shared_expect(fai_shared *shared, bool sound, const char *what)
{
    if (!FA_LIKELY(sound)) {
        fai_shared_damaged(shared, what);
    }
}
static inline uint64_t fai_seal_add(uint64_t seal, uint64_t word)
{
    seal = (seal ^ word) * UINT64_C(0x9E3779B97F4A7C15);
    return seal ^ seal >> 29;
}

/* ---- depot --------------------------------------------------------------------------------------------- */

void fai_depot_create(fai_depot *depot, fai_family family);
void fai_depot_destroy(fai_depot *depot);
/* A block, charged to @p tag; NULL: refused, with the reason in the context's last result. Size and alignment
 * have been checked. */
void *fai_depot_alloc(fai_context *ctx, fai_depot *depot, size_t size, size_t align, fa_tag tag,
                      const char *here);
/* The same for a request that the budgets know of already: nobody is called, so locks may be held. */
void *fai_depot_alloc_charged(fai_context *ctx, fai_depot *depot, size_t size, size_t align, fa_tag tag,
                              const char *here);
/* False: not a live block of this depot, nothing changed; @p block says what it is. */
bool fai_depot_free(fai_context *ctx, fai_depot *depot, void *p, const char *here, fai_block *block);
/* Empty pages go back. */
void fai_depot_trim(fa_allocator *allocator, fai_depot *depot);
const char *fai_depot_validate(fa_allocator *allocator, fai_depot *depot);

#endif
