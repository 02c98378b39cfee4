/* typed_pool.h - the private shape of a typed pool: one class of its own, and the hot slot of the public
 * head.
 *
 * The block in the hot slot is the one that was handed out last. Its record says live whether it is out or
 * waits, and its charge stays; slot_free_here says which. In builds that watch memory the slot stays empty
 * and every call comes out of line. */
#ifndef FAI_TYPED_POOL_H
#define FAI_TYPED_POOL_H

#include "core/context.h"
#include "core/object.h"
#include "framealloc/pool.h"
#include "framealloc/typed_pool.h"

typedef struct fai_typed {
    fa_typed_pool head;
    uint64_t magic;
    fai_context *ctx;
    fai_owner owner;
    fai_class cls;
    fa_tag tag;
    uint32_t object_bytes;
    bool slot_shut;          /* as the inlined paths of the context are */
    fai_record *slot_record; /* NULL: the slot is empty */
    size_t live;             /* by their records: the block in the hot slot included */
    size_t max_objects;
    char name[FAI_NAME_BYTES];
    struct fai_typed *next;
    struct fai_typed *prev;
} fai_typed;

/* Is this typed block the one that waits in its pool's hot slot? */
bool fai_typed_holds_free(const fai_block *block);
const char *fai_typed_free_here(const fai_block *block);
/* Blocks of @p tag that wait in hot slots of this context: bytes to take off the row. Owner only. */
size_t fai_typed_waiting_bytes(const fai_context *ctx, fa_tag tag, bool all_tags, size_t *objects);
/* Times that the context's typed pools were given blocks to hand out. */
uint64_t fai_typed_refills(const fai_context *ctx);
/* Put waiting blocks back into their classes. */
void fai_typed_flush_all(fai_context *ctx);
/* Keep the hot slots shut, or let them be used again. */
void fai_typed_shut_all(fai_context *ctx, bool shut);

#endif
