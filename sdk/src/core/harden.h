/* harden.h - the hardened option of the allocator's desc: freed blocks carry seals, and are used again in
 * random order.
 *
 * Where other allocators keep a link, at the start of a freed block, stands a seal: words made of the
 * allocator's key and their own addresses, which nobody can guess or copy from elsewhere. It is looked at
 * when the block is about to be handed out again. A block whose seal is broken was written to after its free:
 * it is withheld, another one is served, and FA607 names both sites. (The links themselves are out of line,
 * and a write after free never reaches them, hardened or not.) */
#ifndef FAI_HARDEN_H
#define FAI_HARDEN_H

#include "core/context.h"

/* Bytes of a block that are sealed, at most. */
#define FAI_SEAL_BYTES_MOST ((size_t)256)

static inline bool fai_is_hardened(const fa_allocator *allocator)
{
    return allocator->desc.hardened;
}

/* A key for a new allocator. */
uint64_t fai_harden_key(const fa_allocator *allocator);
/* Put one of the page's free blocks on top of its stack, any of them. */
FA_COLD void fai_harden_choose(fa_allocator *allocator, fai_class *cls);
/* The block is free from now on. */
FA_COLD void fai_harden_seal(const fa_allocator *allocator, void *p, size_t block_bytes);
/* The block was taken from its page. False: its seal was broken, it is withheld, and fai_harden_tell has
 * something to say. */
FA_COLD bool fai_harden_accept(fa_allocator *allocator, fai_class *cls, fai_record *record, void *p);
/* Report what was withheld since; no lock is held. */
FA_COLD void fai_harden_tell_all(fai_context *ctx, const char *here);

static inline void fai_harden_tell(fai_context *ctx, const char *here)
{
    if (FA_UNLIKELY(fai_is_hardened(ctx->allocator))) {
        fai_harden_tell_all(ctx, here);
    }
}

#endif
